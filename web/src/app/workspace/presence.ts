import type { SetStatus } from '../../contract';
import { systemClock, type Clock, type Hub, type Unsubscribe } from '../../hub';
import { presenceChanged, presenceRefreshed, type PresenceState } from '../../state';
import { Slice } from './slice';

/** After this long without a touch the device counts as left alone. */
const IDLE_MS = 5 * 60_000;
/** Facts of presence may be lost: all of it is asked for again this often while connected, or up to a fifth later. */
const AGAIN_MS = 60_000;
const AGAIN_JITTER = 0.2;
const TOUCHES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Who can be reached, and whether this device is in use. */
export class Presence {
  readonly slice = new Slice<PresenceState>({});
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #stops: Unsubscribe[] = [];
  #active = true;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #again: unknown;

  constructor(hub: Hub, clock: Clock = systemClock) {
    this.#hub = hub;
    this.#clock = clock;
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
    this.#later();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#idle);
    this.#clock.clearTimeout(this.#again);
  }

  /** Presence is not in the log: ask anew after each connection, and now and then. */
  watch = async (): Promise<void> => {
    const before = this.slice.value;
    const snapshot = await this.#hub.request('presence.watch', {});
    this.slice.update((now) => presenceRefreshed(before, now, snapshot));
    if (!this.#active) this.#hub.signal('presence.report', { active: false });
  };

  set = (status: SetStatus): Promise<unknown> => this.#hub.request('presence.set', status);

  #later(): void {
    this.#again = this.#clock.setTimeout(() => {
      this.#later();
      if (this.#hub.status.state === 'live') void this.watch().catch(() => undefined);
    }, AGAIN_MS * (1 + AGAIN_JITTER * this.#clock.random()));
  }

  #report(active: boolean): void {
    clearTimeout(this.#idle);
    if (active) this.#idle = setTimeout(() => { this.#report(false); }, IDLE_MS);
    if (active === this.#active) return;
    this.#active = active;
    this.#hub.signal('presence.report', { active });
  }
}
