import { useCallback, useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { SessionProvider } from '../../app/session/SessionContext';
import { WorkspaceProvider } from '../../app/workspace/WorkspaceContext';
import type { GuestJoined } from '../../contract';
import { GuestCall } from './GuestCall';
import { GuestSession } from './GuestSession';
import { joinedAs, keepPass, keptPass, takeSecret, type GuestPass } from './invitation';
import { NoInvitation, ThankYou, type Ending } from './GuestEndings';
import { Lobby } from './Lobby';

export interface DeviceWish {
  readonly microphone: boolean;
  readonly camera: boolean;
}

type Stage =
  | { phase: 'lobby'; secret: string }
  | { phase: 'call'; callId: string; userId: string; session: GuestSession; wish: DeviceWish | null }
  | { phase: 'over'; ending: Ending }
  | { phase: 'none' };

/** Into one call by a link, without an account: who invites, one's name and devices, waiting, the call, goodbye. */
export function GuestPage() {
  const [stage, setStage] = useState(firstStage);
  const { hash } = useLocation();
  useEffect(() => { if (hash.length > 1 && takeSecret()) setStage(firstStage()); }, [hash]);

  const secret = stage.phase === 'lobby' ? stage.secret : '';
  const join = useCallback(({ tokens, call }: GuestJoined, wish: DeviceWish) => {
    const pass: GuestPass = { secret, joined: joinedAs(call.call_id, tokens) };
    keepPass(pass);
    const session = sessionOf(pass);
    if (!session) return;
    session.take(tokens);
    setStage({ phase: 'call', callId: call.call_id, userId: tokens.user_id, session, wish });
  }, [secret]);
  const over = useCallback((ending: Ending) => {
    keepPass(null);
    setStage({ phase: 'over', ending });
  }, []);

  switch (stage.phase) {
    case 'lobby': return <Lobby key={stage.secret} secret={stage.secret} onJoined={join} />;
    case 'call': return (
      <SessionProvider session={stage.session}>
        <WorkspaceProvider key={stage.userId} userId={stage.userId} guest>
          <GuestCall callId={stage.callId} wish={stage.wish} onOver={over} />
        </WorkspaceProvider>
      </SessionProvider>
    );
    case 'over': return <ThankYou ending={stage.ending} />;
    case 'none': return <NoInvitation />;
  }
}

/** A tab that was in the call goes on with it. */
function firstStage(): Stage {
  const pass = keptPass();
  if (!pass) return { phase: 'none' };
  const session = sessionOf(pass);
  if (!pass.joined || !session) return { phase: 'lobby', secret: pass.secret };
  return { phase: 'call', callId: pass.joined.callId, userId: pass.joined.userId, session, wish: null };
}

function sessionOf(pass: GuestPass): GuestSession | null {
  const { joined } = pass;
  return joined && new GuestSession(joined, (refreshToken) => { keepPass({ ...pass, joined: { ...joined, refreshToken } }); });
}
