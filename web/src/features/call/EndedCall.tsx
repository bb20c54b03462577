import { Button } from '@mantine/core';
import { IconMessageCircle, IconPhoneCall } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useConversation, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallReason, CallView, PartyView } from '../../contract';
import { secondsOf } from '../../state';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { Whole } from './CallPage';
import classes from './CallPage.module.css';
import { clock } from './useCall';

/** It is over: why, how long it was, and what one may want next. */
export function EndedCall({ call, mine }: { call: CallView; mine: PartyView | undefined }) {
  const { t, i18n } = useTranslation();
  const { me, calls } = useWorkspace();
  const conversation = useConversation(call.conversation_id);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { heading.current?.focus(); }, []);
  const others = call.parties.filter((party) => party.person.user_id !== me);
  const going = call.state !== 'ended';
  const reason: CallReason = (going ? mine?.ended : call.reason) ?? 'ended';
  const seconds = secondsOf(going && mine?.left_at ? { ...call, ended_at: mine.left_at } : call, calls.now());
  const other = others[0]?.person;
  return (
    <Whole>
      {other && <PersonAvatar name={other.name} seed={other.user_id} size={84} />}
      <h1 ref={heading} tabIndex={-1} className={classes.title} data-testid="ended" data-reason={reason}>{going && reason === 'ended' ? t('calls.ended.youLeft') : t(`calls.ended.${reason}`)}</h1>
      <p className={classes.lead}><bdi>{others.map((party) => party.person.name || t(`role.${party.person.role}`)).join(', ')}</bdi></p>
      {call.answered_at !== null && <p className={classes.time}>{clock(seconds, i18n.language)}</p>}
      <div className={classes.buttons}>
        {going
          ? <Button leftSection={<IconPhoneCall size={18} />} onClick={() => void calls.answer(call.call_id, { microphone: true, camera: call.kind === 'video' }).catch(() => undefined)}>{t('calls.ended.comeBack')}</Button>
          : conversation && !conversation.closed && <Button component={Link} to={`/call/new/${call.conversation_id}?kind=${call.kind}`} leftSection={<IconPhoneCall size={18} />}>{t('calls.ended.again')}</Button>}
        <Button component={Link} to={conversation ? `/conversations/${call.conversation_id}` : '/conversations'} variant="default" leftSection={<IconMessageCircle size={18} />}>{t('calls.ended.chat')}</Button>
      </div>
    </Whole>
  );
}
