import type { Availability } from '../contract';
import classes from './PresenceMark.module.css';

const GLYPHS: Record<Availability, string> = {
  online: '',
  away: 'M8 4.2V8l2.6 1.8',
  busy: 'M4.6 8h6.8',
  in_call: 'M5 6.4v3.2M8 4.6v6.8M11 6.4v3.2',
  offline: '',
};

/** Presence as colour and shape, so that it does not depend on colour alone. The word stands beside it. */
export function PresenceMark({ status, size = 12, className = '' }: { status: Availability; size?: number; className?: string | undefined }) {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} className={`${classes.mark ?? ''} ${className}`} data-status={status} aria-hidden="true" focusable="false">
      <circle cx="8" cy="8" r="8" className={classes.rim} />
      <circle cx="8" cy="8" r="6" className={classes.disc} />
      {status === 'offline' && <circle cx="8" cy="8" r="3.2" className={classes.rim} />}
      {GLYPHS[status] !== '' && <path d={GLYPHS[status]} className={classes.glyph} />}
    </svg>
  );
}
