import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView } from '../../contract';
import type { MediaView } from '../../media';
import { seated } from '../../state';
import { useAnnounce } from '../../ui/Announcer';

/** Who came and went, who waits, recording, and trouble with the connection: read out, one sentence each. */
export function useCallAnnouncements(call: CallView, media: MediaView): void {
  const { t } = useTranslation();
  const { me } = useWorkspace();
  const announce = useAnnounce();
  const before = useRef(call);
  const reason = media.verdict.grade === 'poor' ? media.verdict.reason : null;

  useEffect(() => {
    const was = new Map(before.current.parties.map((party) => [party.party_id, party]));
    for (const party of call.parties) {
      const name = party.person.name || t(`role.${party.person.role}`);
      const known = was.get(party.party_id);
      if (party.person.user_id === me) continue;
      if (seated(party) && !seated(known)) announce(t('calls.said.joined', { name }));
      else if (!seated(party) && seated(known)) announce(t('calls.said.left', { name }));
      else if (party.state === 'waiting' && known?.state !== 'waiting') announce(t('calls.said.waits', { name }));
    }
    const asked = before.current.recording;
    if (call.recording !== asked) {
      // The sign has gone: that it has must be seen, too. Of a refusal a notice tells.
      const refused = call.parties.some((party) => seated(party) && party.consent === 'refused');
      if (call.recording === 'off' && refused) announce(t('calls.recording.refused'));
      else if (call.recording === 'off') notifications.show({ message: t(asked === 'asking' ? 'calls.recording.refused' : 'calls.recording.off'), role: 'status' });
      else announce(t(`calls.recording.${call.recording}`));
    }
    before.current = call;
  }, [call, me, announce, t]);
  useEffect(() => { if (reason) announce(t(`calls.quality.reason.${reason}`)); }, [reason, announce, t]);
}
