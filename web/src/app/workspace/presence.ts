import type { SetStatus } from '../../contract';
import type { Hub } from '../../hub';
import { presenceChanged, presenceLoaded, type PresenceState } from '../../state';
import { Slice } from './slice';

/** After this long without a touch the device counts as left alone. */
const IDLE_MS = 5 * 60_000;
const TOUCHES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Who can be reached, and whether this device is in use. */
export class Presence {
  readonly slice = new Slice<PresenceState>({});
  readonly #hub: Hub;
  readonly #stops: (() => void)[] = [];
  #active = true;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  start(): void {
    this.#stops.push(this.#hub.on('presence.changed', ({ presence }) => { this.slice.update((state) => presenceChanged(state, presence)); }));
    const touched = () => { this.#report(!document.hidden); };
    for (const name of TOUCHES) {
      window.addEventListener(name, touched, { passive: true });
      this.#stops.push(() => { window.removeEventListener(name, touched); });
    }
    document.addEventListener('visibilitychange', touched);
    this.#stops.push(() => { document.removeEventListener('visibilitychange', touched); });
    touched();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#idle);
  }

  /** Presence is not in the log: ask anew after each connection. */
  watch = async (): Promise<void> => {
    this.slice.set(presenceLoaded(await this.#hub.request('presence.watch', {})));
    if (!this.#active) this.#hub.signal('presence.report', { active: false });
  };

  set = (status: SetStatus): Promise<unknown> => this.#hub.request('presence.set', status);

  #report(active: boolean): void {
    clearTimeout(this.#idle);
    if (active) this.#idle = setTimeout(() => { this.#report(false); }, IDLE_MS);
    if (active === this.#active) return;
    this.#active = active;
    this.#hub.signal('presence.report', { active });
  }
}
