import { useEffect, useState } from 'react';
import { useSlice } from '../../app/workspace/slice';
import { useCalls, useTaking, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallSession } from '../../app/workspace/callSession';
import type { CallView, PartyView } from '../../contract';
import { NO_MEDIA, type LocalView, type MediaView } from '../../media';
import { useSyncExternalStore } from 'react';
import { Slice } from '../../app/workspace/slice';
import { partyOf, seatedCall } from '../../state';

const NOTHING = new Slice<MediaView>(NO_MEDIA);

/** One call with my seat in it, and this page's session if it takes part. */
export function useCall(callId: string): { call: CallView | undefined; mine: PartyView | undefined; session: CallSession | null } {
  const { me } = useWorkspace();
  const call = useCalls().byId[callId];
  const taking = useTaking();
  return { call, mine: call && partyOf(call, me), session: taking?.phase === 'in' && taking.callId === callId ? taking.session : null };
}

/** The call that I sit in, on this page or another device. */
export function useSeatedCall(): CallView | undefined {
  const { me } = useWorkspace();
  return seatedCall(useCalls(), me);
}

export function useMedia(session: CallSession | null): MediaView {
  return useSlice(session?.media ?? NOTHING);
}

export function useLocal(): LocalView {
  const { local } = useWorkspace().calls;
  return useSyncExternalStore(local.subscribe, local.snapshot);
}

/** The hub's time, once a second while `on`. */
export function useSeconds(on: boolean): number {
  const { calls } = useWorkspace();
  const [now, setNow] = useState(() => calls.now());
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => { setNow(calls.now()); }, 1_000);
    return () => { clearInterval(timer); };
  }, [on, calls]);
  return now;
}

/** Minutes and seconds, hours when there are any; digits of the language. */
export function clock(seconds: number, language: string): string {
  const digits = new Intl.NumberFormat(language, { minimumIntegerDigits: 2, useGrouping: false });
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [...(hours > 0 ? [hours] : []), minutes, rest].map((part) => digits.format(part)).join(':');
}
