import type { Notifications, NotificationView } from '../contract';
import type { HubEvent } from '../hub';
import type { NotificationsState } from './types';

export const noNotifications: NotificationsState = { items: [], more: false, unread: 0, readUpTo: 0, n: 0 };

const UNREAD_CAP = 999;

/** The newest page: the inbox as it is now. */
export function notificationsLoaded(page: Notifications): NotificationsState {
  return { items: page.notifications, more: page.more, unread: page.unread, readUpTo: page.read_up_to, n: page.n };
}

/** An older page, behind what is loaded. */
export function olderNotificationsLoaded(state: NotificationsState, page: Notifications): NotificationsState {
  const last = state.items.at(-1)?.n ?? Infinity;
  return { ...state, items: [...state.items, ...page.notifications.filter((item) => item.n < last)], more: page.more };
}

/** One fact of the inbox. Applying a fact twice, or one already inside the page, changes nothing. */
export function notificationEvent(state: NotificationsState, event: HubEvent): NotificationsState {
  if (event.n <= state.n) return state;
  const next = { ...state, n: event.n };
  switch (event.t) {
    case 'notification.raised': {
      const item: NotificationView = { n: event.n, at: event.at, ...event.data, read: false };
      return { ...next, items: [item, ...state.items], unread: Math.min(state.unread + 1, UNREAD_CAP) };
    }
    case 'notification.marked': {
      const upTo = Math.max(state.readUpTo, event.data.up_to_n ?? 0);
      const single = new Set(event.data.ns);
      const items = state.items.map((item) => (!item.read && (item.n <= upTo || single.has(item.n)) ? { ...item, read: true } : item));
      const newlyRead = items.filter((item, index) => item !== state.items[index]).length;
      // Everything loaded is read, and so is what is older: nothing unread can be left out of sight.
      const unread = upTo >= (state.items[0]?.n ?? 0) ? 0 : Math.max(state.unread - newlyRead, 0);
      return { ...next, items, readUpTo: upTo, unread };
    }
    default:
      return next;
  }
}
