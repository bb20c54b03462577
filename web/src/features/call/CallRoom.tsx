import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSession } from '../../app/workspace/callSession';
import { useConversation, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView, PartyView } from '../../contract';
import { secondsOf } from '../../state';
import { SidePanel } from '../chat/SidePanel';
import { CallChat } from './CallChat';
import classes from './CallRoom.module.css';
import { Controls } from './Controls';
import { DeviceForm } from './DeviceForm';
import { PeoplePanel } from './PeoplePanel';
import { QualityMark } from './QualityMark';
import { RecordingNotice } from './RecordingNotice';
import { RecordingSign } from './RecordingSign';
import { Stage } from './Stage';
import { useCallAnnouncements } from './useCallAnnouncements';
import { clock, useMedia, useSeconds } from './useCall';
import { useRoomActions, type RoomActions } from './useRoomActions';
import { useSound } from './useRinging';

interface CallRoomProps {
  call: CallView;
  mine: PartyView;
  session: CallSession;
}

/** In the call: the stage, what one can do, and a panel beside it. */
export function CallRoom({ call, mine, session }: CallRoomProps) {
  const { t, i18n } = useTranslation();
  const { me, conversations } = useWorkspace();
  const media = useMedia(session);
  const room = useRoomActions(call, mine);
  const now = useSeconds(call.answered_at !== null);
  const heading = useRef<HTMLHeadingElement>(null);
  const conversation = useConversation(call.conversation_id);
  const waiting = call.parties.filter((party) => party.state === 'waiting');
  const others = call.parties.filter((party) => party.person.user_id !== me && party.state !== 'gone');
  const names = others.map((party) => party.person.name || t(`role.${party.person.role}`)).join(', ');
  const rings = others.some((party) => party.state === 'ringing');
  useSound(call.state === 'ringing' && call.host_id === me && rings ? 'ringback' : null);
  useCallAnnouncements(call, media);
  useEffect(() => { heading.current?.focus({ preventScroll: true }); }, []);
  useEffect(() => { conversations.rewind(call.conversation_id); }, [conversations, call.conversation_id]);
  return (
    <div className={classes.room} data-testid="call-room" data-state={call.state} data-path={media.path ?? 'none'} data-connection={media.phase} data-recording={call.recording}>
      <div className={classes.main}>
        <header className={classes.head}>
          <h1 ref={heading} tabIndex={-1} className={classes.title}><bdi>{names}</bdi></h1>
          {call.answered_at === null
            ? <span className={classes.timer}>{t(rings ? 'calls.tile.ringing' : waiting.length > 0 ? 'calls.people.waiting' : 'calls.tile.connecting')}</span>
            : <span className={classes.timer} role="timer" aria-label={t('calls.duration')}>{clock(secondsOf(call, now), i18n.language)}</span>}
          <span className={classes.gap} />
          <RecordingSign call={call} />
          {call.kind !== 'chat' && call.answered_at !== null && <QualityMark media={media} />}
        </header>
        <div className={classes.notices}>
          {room.isHost && room.panel !== 'people' && waiting[0] && <Knock callId={call.call_id} party={waiting[0]} room={room} />}
          <RecordingNotice call={call} onAsk={room.recording.mayAsk ? room.recording.ask : null} />
          {room.local.held && <Held onResume={room.toggleHold} />}
        </div>
        {call.kind === 'chat' && conversation ? <CallChat conversation={conversation} /> : <Stage call={call} mine={mine} media={media} session={session} follow={room.speakerView} />}
        <Controls room={call.kind === 'chat' ? { ...room, hasChat: false } : room} others={others.length} waiting={waiting.length} unread={conversation?.unread ?? 0} />
      </div>
      {room.panel === 'chat' && conversation && <SidePanel title={t('calls.control.chat')} onClose={room.close}><CallChat conversation={conversation} /></SidePanel>}
      {room.panel === 'people' && <PeoplePanel call={call} conversation={conversation} room={room} />}
      {room.panel === 'devices' && <SidePanel title={t('calls.control.devices')} onClose={room.close}><div className={classes.devices}><DeviceForm camera /></div></SidePanel>}
    </div>
  );
}

/** Somebody waits at the door. */
function Knock({ callId, party, room }: { callId: string; party: PartyView; room: RoomActions }) {
  const { t } = useTranslation();
  const { calls } = useWorkspace();
  return (
    <section className={classes.notice} aria-label={t('calls.people.waiting')} data-testid="knock">
      <span className={classes.noticeText}>{t('calls.said.waits', { name: party.person.name || t(`role.${party.person.role}`) })}</span>
      <Button size="compact-md" onClick={() => { room.run(calls.admit(callId, party.party_id)); }}>{t('calls.people.admit')}</Button>
      <Button size="compact-md" variant="default" onClick={() => { room.run(calls.refuse(callId, party.party_id)); }}>{t('calls.people.refuse')}</Button>
    </section>
  );
}

/** What others notice at once, one forgets easily: nothing of oneself is sent. */
function Held({ onResume }: { onResume: () => void }) {
  const { t } = useTranslation();
  return (
    <section className={classes.notice} aria-label={t('calls.tile.held')} data-testid="held">
      <span className={classes.noticeText} role="status">{t('calls.control.held')}</span>
      <Button size="compact-md" leftSection={<IconPlayerPlay size={17} />} onClick={onResume}>{t('calls.control.resume')}</Button>
    </section>
  );
}
