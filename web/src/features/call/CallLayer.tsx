import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useMatch } from 'react-router';
import { useSlice } from '../../app/workspace/slice';
import { useCalls, useTaking, useWorkspace } from '../../app/workspace/WorkspaceContext';
import { partyOf, presentOthersIds, ringing } from '../../state';
import { CallAudio } from './CallAudio';
import { CallBar } from './CallBar';
import classes from './CallLayer.module.css';
import { ConsentModal } from './ConsentModal';
import { IncomingCall } from './IncomingCall';
import { useSeatedCall } from './useCall';

/** What calls need on every page: who calls, the way back, everybody's sound, and the question of consent. */
export function CallLayer() {
  const { t } = useTranslation();
  const { calls, me } = useWorkspace();
  const state = useCalls();
  const taking = useTaking();
  const seated = useSeatedCall();
  const looking = useMatch('/call/:callId')?.params.callId;
  const notice = useSlice(calls.notice);
  const session = taking?.phase === 'in' ? taking.session : null;
  const rings = ringing(state).filter((ring) => taking?.callId !== ring.call_id);
  const asked = session ? state.byId[session.callId] : undefined;
  const away = session !== null && looking !== session.callId;

  useEffect(() => {
    if (!notice) return;
    notifications.show({ id: `elsewhere-${notice.callId}`, message: t(`calls.elsewhere.${notice.reason}`), role: 'status' });
    calls.notice.set(null);
  }, [notice, calls, t]);
  useEffect(() => {
    // Nobody looks: no need for pictures.
    if (away && asked) session.wantVideos(presentOthersIds(asked, me));
  }, [away, asked, session, me]);

  return (
    <>
      {seated && seated.call_id !== looking && <CallBar call={seated} />}
      {rings.length > 0 && <div className={classes.layer}>{rings.map((ring) => <IncomingCall key={ring.call_id} ring={ring} inCall={seated} />)}</div>}
      {session && <CallAudio session={session} />}
      {session && asked && partyOf(asked, me)?.consent === 'asked' && <ConsentModal call={asked} />}
    </>
  );
}
