import { ActionIcon, Textarea, UnstyledButton } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconPencil, IconSend2, IconX } from '@tabler/icons-react';
import { useEffect, useRef, type KeyboardEvent, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { MessageView } from '../../contract';
import classes from './Composer.module.css';
import { MESSAGE_MAX } from './limits';

export type ComposerMode = { kind: 'new' } | { kind: 'reply'; message: MessageView; name: string } | { kind: 'edit'; message: MessageView };

interface ComposerProps {
  mode: ComposerMode;
  text: string;
  onText: (text: string) => void;
  onSend: (text: string) => void;
  onCancelMode: () => void;
  /** Arrow up in an empty field. */
  onEditLast: () => void;
}

/** A touch keyboard has no easy Shift+Enter, so there Enter makes a new line and the button sends. */
function entersSend(): boolean {
  return typeof matchMedia === 'undefined' || !matchMedia('(pointer: coarse)').matches;
}

export function Composer({ mode, text, onText, onSend, onCancelMode, onEditLast }: ComposerProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const length = [...text.trim()].length;
  const left = MESSAGE_MAX - length;
  const sendable = length > 0 && left >= 0;

  useEffect(() => {
    if (mode.kind !== 'new') field.current?.focus();
  }, [mode]);

  const send = (event?: SyntheticEvent) => {
    event?.preventDefault();
    if (!sendable) return;
    onSend(text.trim());
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && entersSend()) send(event);
    else if (event.key === 'Escape' && mode.kind !== 'new') onCancelMode();
    else if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault();
      onEditLast();
    }
  };
  return (
    <form className={classes.composer} onSubmit={send} aria-label={t('chat.composer')}>
      {mode.kind !== 'new' && <ModeBar mode={mode} onCancel={onCancelMode} />}
      <div className={classes.row}>
        <Textarea
          ref={field} className={classes.field} classNames={{ input: classes.input }} aria-label={t('chat.write')} placeholder={t('chat.write')}
          autosize minRows={1} maxRows={7} dir="auto" value={text} onChange={(event) => { onText(event.currentTarget.value); }} onKeyDown={onKeyDown}
          aria-invalid={left < 0 || undefined} enterKeyHint={entersSend() ? 'send' : 'enter'}
        />
        <ActionIcon type="submit" size={44} radius="xl" disabled={!sendable} aria-label={t(mode.kind === 'edit' ? 'action.save' : 'chat.send')}>
          {mode.kind === 'edit' ? <IconCheck size={22} /> : <IconSend2 size={22} className="cw-flip" />}
        </ActionIcon>
      </div>
      {left < 200 && <p className={classes.count} data-over={left < 0 || undefined} role="status">{t('chat.left', { count: left })}</p>}
    </form>
  );
}

function ModeBar({ mode, onCancel }: { mode: Exclude<ComposerMode, { kind: 'new' }>; onCancel: () => void }) {
  const { t } = useTranslation();
  const Icon = mode.kind === 'reply' ? IconArrowBackUp : IconPencil;
  return (
    <div className={classes.mode}>
      <Icon size={18} className={mode.kind === 'reply' ? 'cw-flip' : undefined} aria-hidden="true" />
      <div className={classes.modeText}>
        <strong>{mode.kind === 'reply' ? t('chat.replyingTo', { name: mode.name }) : t('chat.editing')}</strong>
        <span><bdi>{mode.message.text}</bdi></span>
      </div>
      <UnstyledButton className={classes.cancel} onClick={onCancel} aria-label={t('action.cancel')}><IconX size={18} aria-hidden="true" /></UnstyledButton>
    </div>
  );
}
