import { Button, Loader } from '@mantine/core';
import { IconArrowDown, IconMessage2 } from '@tabler/icons-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConversationView } from '../../contract';
import { dayOf, type Locale } from '../../ui/format';
import { StatePanel } from '../../ui/StatePanel';
import { CallEntryRow } from '../call/CallEntryRow';
import { MessageItem, type MessageActions } from './MessageItem';
import classes from './MessageList.module.css';
import type { Quote } from './QuotedMessage';
import { receiptOf } from './receipts';
import type { Row } from './timeline';
import { UnsentItem } from './UnsentItem';
import { useAnchoredScroll } from './useAnchoredScroll';

export interface Paging {
  older: boolean;
  newer: boolean;
  loading: 'older' | 'newer' | null;
  loadOlder: () => void;
  loadNewer: () => void;
  toNewest: () => void;
}

interface MessageListProps {
  conversation: ConversationView;
  rows: Row[];
  paging: Paging;
  me: string;
  locale: Locale;
  live: boolean;
  /** Row to bring into view; changes each time somebody asks to jump. */
  target: { key: string } | null;
  quoteOf: (n: number | null | undefined) => Quote | null;
  actions: MessageActions;
  onRetry: (cid: string) => void;
  onDiscard: (cid: string) => void;
  /** Whether the newest message is in view. */
  onEnd: (atEnd: boolean) => void;
}

export function MessageList(props: MessageListProps) {
  const { conversation, rows, paging, me, locale, live, target, quoteOf, actions, onEnd } = props;
  const { t } = useTranslation();
  const { viewRef, listRef, atEnd, onScroll, toEnd, toRow } = useAnchoredScroll(rows);
  const [flash, setFlash] = useState<string | null>(null);
  const people = new Map(conversation.members.map((member) => [member.person.user_id, member.person]));
  const lastMessage = rows.findLast((row) => row.kind === 'message')?.key;
  const newestSeen = atEnd && !paging.newer;

  useEffect(() => { onEnd(newestSeen); }, [newestSeen, onEnd, rows]);
  useNearEdges(viewRef, rows, paging);

  useEffect(() => {
    if (!target || !toRow(target.key)) return;
    setFlash(target.key);
    const timer = setTimeout(() => { setFlash(null); }, 2_000);
    return () => { clearTimeout(timer); };
  }, [target, toRow]);

  const unsentCount = rows.filter((row) => row.kind === 'unsent').length;
  const before = useRef(unsentCount);
  useEffect(() => {
    if (unsentCount > before.current) toEnd();
    before.current = unsentCount;
  }, [unsentCount, toEnd]);

  return (
    <div className={classes.frame}>
      <div ref={viewRef} className={classes.view} onScroll={onScroll} role="region" aria-label={t('chat.messages')} tabIndex={0} onKeyDown={moveFocus}>
        {rows.length === 0 && <StatePanel icon={<IconMessage2 />} title={t('chat.emptyTitle')}>{t('chat.emptyText')}</StatePanel>}
        {paging.older && (
          <div className={classes.edge}>
            {paging.loading === 'older' ? <Loader size="sm" role="img" aria-label={t('app.loading')} /> : <Button variant="subtle" size="xs" onClick={paging.loadOlder}>{t('chat.older')}</Button>}
          </div>
        )}
        <ol ref={listRef} className={classes.list}>
          {rows.map((row) => (
            <li key={row.key} data-key={row.key} data-message={row.kind === 'message' || undefined}>
              {row.kind === 'day' && <DayMark at={row.at} locale={locale} />}
              {row.kind === 'unread' && <p className={classes.unread}><span>{t('chat.unreadDivider')}</span></p>}
              {row.kind === 'call' && <CallEntryRow entry={row.call} conversationId={conversation.conversation_id} me={me} locale={locale} writable={!conversation.closed} />}
              {row.kind === 'message' && (
                <MessageItem
                  message={row.message} author={people.get(row.message.author_id)} own={row.message.author_id === me}
                  group={conversation.kind === 'group'} opens={row.opens} closes={row.closes} writable={!conversation.closed}
                  flash={flash === row.key} focusable={row.key === lastMessage} change={row.change} quote={quoteOf(row.message.reply_to)}
                  receipt={row.message.author_id === me ? receiptOf(row.message.n, conversation.members, me) : null} locale={locale} actions={actions}
                />
              )}
              {row.kind === 'unsent' && (
                <UnsentItem item={row.item} live={live} quote={quoteOf(row.item.payload.reply_to)} locale={locale} onRetry={props.onRetry} onDiscard={props.onDiscard} />
              )}
            </li>
          ))}
        </ol>
        {paging.newer && (
          <div className={classes.edge}>
            {paging.loading === 'newer' ? <Loader size="sm" role="img" aria-label={t('app.loading')} /> : <Button variant="subtle" size="xs" onClick={paging.loadNewer}>{t('chat.newer')}</Button>}
          </div>
        )}
      </div>
      {(!atEnd || paging.newer) && (
        <Button className={classes.toEnd} variant="default" radius="xl" size="sm" leftSection={<IconArrowDown size={16} />} onClick={() => { paging.toNewest(); toEnd(); }}>
          {conversation.unread > 0 ? t('chat.toUnread', { count: conversation.unread }) : t('chat.toNewest')}
        </Button>
      )}
    </div>
  );
}

function DayMark({ at, locale }: { at: string; locale: Locale }) {
  const { t } = useTranslation();
  const day = dayOf(at, new Date(), locale);
  return <p className={classes.day}><span>{'relative' in day ? t(`day.${day.relative}`) : day.text}</span></p>;
}

const NEAR_PX = 240;

/** Fetches the next page when a person comes near an edge, once per arrival. */
function useNearEdges(viewRef: React.RefObject<HTMLDivElement | null>, rows: Row[], paging: Paging) {
  useEffect(() => {
    const view = viewRef.current;
    if (!view) return;
    const look = () => {
      if (paging.loading !== null || view.clientHeight === 0) return;
      if (paging.older && view.scrollTop < NEAR_PX) paging.loadOlder();
      else if (paging.newer && view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_PX) paging.loadNewer();
    };
    look();
    view.addEventListener('scroll', look, { passive: true });
    return () => { view.removeEventListener('scroll', look); };
  }, [viewRef, rows, paging]);
}

/** Arrow keys walk from message to message by their action buttons. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>) {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-menu]')];
  const now = buttons.findIndex((button) => button === document.activeElement);
  if (now < 0 && document.activeElement !== event.currentTarget) return;
  if (now >= 0 && buttons[now]?.getAttribute('aria-expanded') === 'true') return;
  const next = now < 0 ? buttons.length - 1 : now + (event.key === 'ArrowUp' ? -1 : 1);
  if (!buttons[next]) return;
  event.preventDefault();
  buttons[next].focus();
}
