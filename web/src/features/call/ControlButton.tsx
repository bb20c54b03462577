import { Tooltip, UnstyledButton } from '@mantine/core';
import { IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff, type Icon } from '@tabler/icons-react';
import { forwardRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Controls.module.css';

interface ControlButtonProps {
  icon: Icon;
  label: string;
  /** `off`: something of mine is switched off; `active`: its panel is open, or it runs. */
  state?: 'plain' | 'off' | 'active' | 'leave';
  keys?: string;
  badge?: number;
  expanded?: boolean;
  wide?: boolean;
  onClick?: () => void;
  /** Given by a menu that opens from it. */
  className?: string;
}

/** A round button with its word on hover. */
export const ControlButton = forwardRef<HTMLButtonElement, ControlButtonProps>(function ControlButton({ icon: Glyph, label, state = 'plain', keys, badge = 0, expanded, wide = false, onClick, className, ...rest }, ref) {
  const { t } = useTranslation();
  return (
    <Tooltip label={keys === undefined ? label : `${label} (${keys})`} openDelay={400} withinPortal={false}>
      <UnstyledButton ref={ref} className={`${classes.button ?? ''} ${className ?? ''}`} data-state={state} data-wide={wide || undefined} data-badge={badge > 0 ? badge : undefined} aria-label={badge > 0 ? t('calls.control.withCount', { label, count: badge }) : label} aria-expanded={expanded} aria-keyshortcuts={keys} onClick={onClick} {...rest}>
        <Glyph size={23} stroke={1.8} aria-hidden="true" />
      </UnstyledButton>
    </Tooltip>
  );
});

interface ToggleProps {
  on: boolean;
  onToggle: () => void;
}

export function MicrophoneButton({ on, onToggle }: ToggleProps) {
  const { t } = useTranslation();
  return <ControlButton icon={on ? IconMicrophone : IconMicrophoneOff} state={on ? 'plain' : 'off'} keys="M" label={t(on ? 'calls.control.mute' : 'calls.control.unmute')} onClick={onToggle} />;
}

export function CameraButton({ on, onToggle }: ToggleProps) {
  const { t } = useTranslation();
  return <ControlButton icon={on ? IconVideo : IconVideoOff} state={on ? 'plain' : 'off'} keys="V" label={t(on ? 'calls.control.cameraOff' : 'calls.control.cameraOn')} onClick={onToggle} />;
}
