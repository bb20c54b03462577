import type { Unsubscribe } from './types';

/** Callbacks that hear one thing. One that throws does not keep the others from hearing it. */
export class Listeners<A extends unknown[]> {
  private readonly all = new Set<(...args: A) => void>();

  add(listen: (...args: A) => void): Unsubscribe {
    const own = (...args: A): void => {
      listen(...args);
    };
    this.all.add(own);
    return () => {
      this.all.delete(own);
    };
  }

  tell(...args: A): void {
    for (const listen of [...this.all]) guarded(() => { listen(...args); });
  }
}

/** Run a callback that is not ours; what it throws is reported, and never breaks the protocol. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
