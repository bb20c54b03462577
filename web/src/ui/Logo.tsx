import classes from './Logo.module.css';

/** The mark: a wire that becomes a pulse. Decorative; the name beside it is the text. */
export function Logo({ size = 28, wordmark = true }: { size?: number; wordmark?: boolean }) {
  return (
    <span className={classes.logo}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" className={classes.tile} />
        <path d="M5 17h6l2.5-7 5 13 3-8.5 1.5 2.5H27" className={classes.wire} />
      </svg>
      {wordmark && <span className={classes.word}>Carewire</span>}
    </span>
  );
}
