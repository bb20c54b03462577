import { Anchor, Button, Checkbox, SegmentedControl } from '@mantine/core';
import { IconMessageCircle, IconPhone, IconVideo } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useNavigate, useParams, useSearchParams } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { useConversation, useConversations, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallKind, ConversationView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { usePageTitle } from '../../ui/usePageTitle';
import { useTask } from '../../ui/useTask';
import { titleOf } from '../conversations/titles';
import { Whole } from './CallPage';
import classes from './CallPage.module.css';
import { DeviceForm } from './DeviceForm';
import { Preview } from './Preview';
import { useSeatedCall } from './useCall';

const KINDS: readonly CallKind[] = ['video', 'audio', 'chat'];

/** Before a call: is the picture right, is the voice heard, can the loudspeaker be heard? */
export function PreCallPage() {
  const { conversationId = '' } = useParams();
  const conversations = useConversations();
  const conversation = useConversation(conversationId);
  const seated = useSeatedCall();
  if (seated) return <Navigate to={`/call/${seated.call_id}`} replace />;
  if (!conversation) return conversations.phase === 'ready' ? <Navigate to="/conversations" replace /> : null;
  return <PreCall conversation={conversation} />;
}

function PreCall({ conversation }: { conversation: ConversationView }) {
  const { t } = useTranslation();
  const { calls, me } = useWorkspace();
  const session = useSessionState();
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const kind = KINDS.find((value) => value === query.get('kind')) ?? 'video';
  const [room, setRoom] = useState(false);
  const name = titleOf(conversation, me);
  const clinician = session.phase === 'signed_in' && (session.role === 'doctor' || session.role === 'nurse');
  usePageTitle(t('calls.check.title', { name }));

  useEffect(() => {
    if (kind === 'chat') calls.local.stop();
    else void calls.local.start({ microphone: true, camera: kind === 'video' });
    if (kind === 'audio') void calls.local.toggleCamera(false);
  }, [calls, kind]);
  useEffect(() => () => { if (!calls.taking.value) calls.local.stop(); }, [calls]);
  const begin = useTask(useCallback(async () => {
    const callId = await calls.begin(conversation.conversation_id, kind, { waiting_room: room });
    await navigate(`/call/${callId}`, { replace: true });
  }, [calls, conversation.conversation_id, kind, room, navigate]));
  const Icon = kind === 'video' ? IconVideo : kind === 'audio' ? IconPhone : IconMessageCircle;
  return (
    <Whole>
      <div className={classes.check} data-single={kind !== 'video' || undefined}>
        {kind === 'video' && <Preview />}
        <div className={classes.form}>
          <h1 className={classes.title}>{t('calls.check.title', { name })}</h1>
          <SegmentedControl fullWidth value={kind} onChange={(value) => { setQuery({ kind: value }, { replace: true }); }} data={KINDS.map((value) => ({ value, label: t(`calls.kind.${value}`) }))} aria-label={t('calls.check.kind')} />
          <p className={classes.lead}>{t(`calls.check.${kind}`)}</p>
          {kind !== 'chat' && <DeviceForm camera={kind === 'video'} />}
          {clinician && <Checkbox checked={room} onChange={(event) => { setRoom(event.currentTarget.checked); }} label={t('calls.check.waitingRoom')} description={t('calls.check.waitingRoomHint')} />}
          <FormAlert error={begin.error} />
          <div className={classes.go}><Button size="lg" leftSection={<Icon size={21} />} loading={begin.busy} onClick={() => void begin.run()}>{t('calls.check.begin')}</Button></div>
          <Button component={Link} to={`/conversations/${conversation.conversation_id}`} variant="subtle" color="gray">{t('action.cancel')}</Button>
          {kind !== 'chat' && <Anchor component={Link} to="/connection" size="sm" ta="center">{t('connectionTest.open')}</Anchor>}
        </div>
      </div>
    </Whole>
  );
}
