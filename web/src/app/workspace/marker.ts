import { HubError, type Hub } from '../../hub';

const PAUSE_MS = 300;

interface Marks {
  delivered_n?: number;
  read_n?: number;
}

type Tell = (conversationId: string, marks: Marks) => Promise<unknown>;

/**
 * Tells the hub how far messages arrived here and how far they were read. Marks of one conversation are gathered for
 * a moment, only move forward, and wait for a connection when there is none.
 */
export class Marker {
  readonly #hub: Hub;
  readonly #tell: Tell;
  readonly #due = new Map<string, Marks>();
  readonly #told = new Map<string, Required<Marks>>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #busy = false;

  constructor(hub: Hub, tell: Tell) {
    this.#hub = hub;
    this.#tell = tell;
  }

  /** What the hub already knows. */
  known(conversationId: string, delivered: number, read: number): void {
    const before = this.#told.get(conversationId);
    this.#told.set(conversationId, {
      delivered_n: Math.max(before?.delivered_n ?? 0, delivered),
      read_n: Math.max(before?.read_n ?? 0, read),
    });
  }

  delivered(conversationId: string, n: number): void {
    this.#want(conversationId, { delivered_n: n });
  }

  read(conversationId: string, n: number): void {
    this.#want(conversationId, { delivered_n: n, read_n: n });
  }

  /** Send what is due now; called again when the connection is back. */
  flush = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, PAUSE_MS);
  };

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #want(conversationId: string, marks: Marks): void {
    const told = this.#told.get(conversationId);
    const due = this.#due.get(conversationId) ?? {};
    for (const name of ['delivered_n', 'read_n'] as const) {
      const n = marks[name];
      if (n !== undefined && n > Math.max(told?.[name] ?? 0, due[name] ?? 0)) due[name] = n;
    }
    if (Object.keys(due).length === 0) return;
    this.#due.set(conversationId, due);
    this.flush();
  }

  async #send(): Promise<void> {
    if (this.#busy || this.#hub.status.state !== 'live') return;
    this.#busy = true;
    for (const [conversationId, marks] of [...this.#due]) {
      this.#due.delete(conversationId);
      try {
        await this.#tell(conversationId, marks);
        this.known(conversationId, marks.delivered_n ?? 0, marks.read_n ?? 0);
      } catch (error) {
        if (error instanceof HubError && error.retryable) this.#want(conversationId, marks);
      }
    }
    this.#busy = false;
    if (this.#due.size > 0) this.flush();
  }
}
