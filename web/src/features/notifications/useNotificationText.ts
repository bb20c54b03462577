import { useTranslation } from 'react-i18next';
import type { NotificationView } from '../../contract';

/** Keys come from the hub at run time, so their type cannot know them; `exists` is asked first. */
type AnyText = (key: string, values: Record<string, string>) => string;

/** The hub sends keys and names; the words are ours. An unknown key of a newer hub gets the words of its category. */
export function useNotificationText(item: NotificationView): { title: string; body: string } {
  const { t, i18n } = useTranslation();
  const text = (key: string): string | null => {
    const path = `notifications.text.${key}`;
    return key !== '' && i18n.exists(path) ? (t as unknown as AnyText)(path, item.params) : null;
  };
  return { title: text(item.title) ?? t(`notifications.category.${item.category}`), body: text(item.body) ?? '' };
}
