import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionState } from '../../app/session/SessionContext';
import { useConversation, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView, PartyView } from '../../contract';
import { isLanguage } from '../../i18n';
import { canShareScreen } from '../../media';
import { useErrorText } from '../../ui/useErrorText';
import { CONSENT_TEXT_VERSION } from './ConsentModal';
import { useLocal } from './useCall';

export type PanelName = 'chat' | 'people' | 'devices';
export type RoomActions = ReturnType<typeof useRoomActions>;

/** Everything one can do in a call, for buttons and keys alike. */
export function useRoomActions(call: CallView, mine: PartyView) {
  const { calls, me } = useWorkspace();
  const { i18n } = useTranslation();
  const session = useSessionState();
  const local = useLocal();
  const errorText = useErrorText();
  const small = useMediaQuery('(max-width: 48em)');
  const [panel, setPanel] = useState<PanelName | null>(null);
  const [speakerView, setSpeakerView] = useState(false);
  const here = useRef(true);
  const hasChat = useConversation(call.conversation_id) !== undefined;
  const id = call.call_id;
  const clinician = session.phase === 'signed_in' && (session.role === 'doctor' || session.role === 'nurse');
  const language = isLanguage(i18n.language) ? i18n.language : 'en';

  useEffect(() => {
    here.current = true;
    return () => { here.current = false; };
  }, []);
  const run = useCallback((work: Promise<unknown>) => {
    // Whoever has left the room is not told that leaving it could not be confirmed: a guest's session ends with the call.
    work.catch((error: unknown) => { if (here.current) notifications.show({ message: errorText(error), color: 'red', role: 'alert' }); });
  }, [errorText]);
  const toggle = useCallback((name: PanelName) => { setPanel((now) => (now === name ? null : name)); }, []);
  const toggleMicrophone = useCallback(() => {
    const { audio, muted } = calls.local.view;
    if (audio) calls.local.mute(!muted);
    else run(calls.local.start({ microphone: true, camera: false }));
  }, [calls, run]);
  const toggleCamera = useCallback(() => { run(calls.local.toggleCamera(calls.local.view.video === null)); }, [calls, run]);
  const hasMedia = call.kind !== 'chat';

  const close = useCallback(() => { setPanel(null); }, []);
  useKeys({ m: hasMedia ? toggleMicrophone : null, v: hasMedia ? toggleCamera : null, escape: panel ? close : null });
  return {
    local, small, panel, speakerView, toggle, close, hasMedia, hasChat, toggleMicrophone, toggleCamera, run,
    canShare: canShareScreen(),
    toggleScreen: () => { if (local.screen) calls.local.unshare(); else run(calls.local.share()); },
    toggleHold: () => { calls.local.hold(!local.held); },
    toggleSpeakerView: () => { setSpeakerView((now) => !now); },
    leave: () => { run(calls.leave(id)); },
    mayEnd: call.host_id === me && call.parties.length > 1,
    endForAll: () => { run(calls.endForAll(id)); },
    isHost: call.host_id === me,
    recording: {
      mayAsk: clinician && hasMedia && (call.recording === 'off' || call.recording === 'failed'),
      mayStop: clinician && (call.recording === 'asking' || call.recording === 'running'),
      mayWithdraw: !clinician && call.recording === 'running' && mine.consent === 'agreed',
      ask: () => { run(calls.askForRecording(id)); },
      stop: () => { run(calls.stopRecording(id)); },
      withdraw: () => { run(calls.consent(id, false, CONSENT_TEXT_VERSION, language)); },
    },
  };
}

/** Single keys, not while somebody writes or chooses from a menu. */
function useKeys(keys: { m: (() => void) | null; v: (() => void) | null; escape: (() => void) | null }) {
  const { m, v, escape } = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.closest('input, textarea, select, [contenteditable], [role="menu"], [role="dialog"]')) return;
      const run = event.code === 'KeyM' ? m : event.code === 'KeyV' ? v : event.key === 'Escape' ? escape : null;
      if (!run) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', onKey);
    return () => { window.removeEventListener('keydown', onKey); };
  }, [m, v, escape]);
}
