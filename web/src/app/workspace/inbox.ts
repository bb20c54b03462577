import type { Notifications as NotificationPage } from '../../contract';
import type { Hub, HubEvent } from '../../hub';
import { notificationEvent, notificationsLoaded, olderNotificationsLoaded, type NotificationsState } from '../../state';
import { Slice, type Loaded } from './slice';

/** The person's own stream: notifications here, everything else to whoever it concerns. */
export class Inbox {
  readonly slice = new Slice<Loaded<NotificationsState>>({ phase: 'loading' });
  readonly #hub: Hub;
  readonly #stream: string;
  readonly #onEvents: (events: HubEvent[]) => void;
  #followed = false;

  constructor(hub: Hub, me: string, onEvents: (events: HubEvent[]) => void) {
    this.#hub = hub;
    this.#stream = `u:${me}`;
    this.#onEvents = onEvents;
  }

  load = async (): Promise<void> => {
    if (this.slice.value.phase === 'failed') this.slice.set({ phase: 'loading' });
    try {
      const page = await this.#snapshot();
      if (this.#followed) return;
      this.#followed = true;
      this.#hub.open(this.#stream, page.n, {
        onEvents: (events) => {
          this.slice.update((loaded) => (loaded.phase === 'ready' ? { phase: 'ready', value: events.reduce(notificationEvent, loaded.value) } : loaded));
          this.#onEvents(events);
        },
        onReset: async () => (await this.#snapshot()).n,
        onGone: () => { this.#followed = false; },
      });
    } catch (error) {
      if (this.slice.value.phase !== 'ready') this.slice.set({ phase: 'failed', error });
    }
  };

  older = async (): Promise<void> => {
    const loaded = this.slice.value;
    const last = loaded.phase === 'ready' ? loaded.value.items.at(-1) : undefined;
    if (!last) return;
    const page = await this.#hub.request('notification.list', { before_n: last.n });
    this.slice.update((now) => (now.phase === 'ready' ? { phase: 'ready', value: olderNotificationsLoaded(now.value, page) } : now));
  };

  /** Durable, so that what was read here without a network is read everywhere later. */
  read = (ns: number[]): void => {
    if (ns.length > 0) this.#hub.post('notification.read', { ns: ns.slice(0, 100) });
  };

  readAll = (): void => {
    const loaded = this.slice.value;
    const newest = loaded.phase === 'ready' ? loaded.value.items[0]?.n : undefined;
    if (newest !== undefined) this.#hub.post('notification.read', { up_to_n: newest, ns: [] });
  };

  async #snapshot(): Promise<NotificationPage> {
    const page = await this.#hub.request('notification.list', {});
    this.slice.set({ phase: 'ready', value: notificationsLoaded(page) });
    return page;
  }
}
