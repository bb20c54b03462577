import type { ErrorShape } from './types';

/** A refusal. `code` is stable; show your own words for it, not `message`. */
export class HubError extends Error {
  readonly code: ErrorShape['code'];
  readonly retryable: boolean;
  readonly afterMs: number | null;
  readonly details: Record<string, unknown>;
  /** Finds the refusal in the hub's log and audit; quote it to support. */
  readonly ref: string;

  constructor(shape: ErrorShape) {
    super(shape.message);
    this.name = 'HubError';
    this.code = shape.code;
    this.retryable = shape.retryable;
    this.afterMs = shape.after_ms ?? null;
    this.details = shape.details ?? {};
    this.ref = shape.ref ?? '';
  }

  toShape(): ErrorShape {
    return { code: this.code, message: this.message, retryable: this.retryable, after_ms: this.afterMs, details: this.details, ref: this.ref };
  }
}

const LOCAL = {
  timeout: 'No answer in time.',
  disconnected: 'There is no connection.',
  closed: 'The connection was closed.',
  discarded: 'Given up.',
  outbox_full: 'Too many commands are waiting already.',
} as const;

/** A refusal that never reached a hub. */
export function localError(code: keyof typeof LOCAL): HubError {
  return new HubError({ code, message: LOCAL[code], retryable: code === 'timeout' || code === 'disconnected' });
}
