import { Button, CloseButton } from '@mantine/core';
import { IconPlayerRecord } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView } from '../../contract';
import { seated } from '../../state';
import classes from './CallRoom.module.css';

interface RecordingNoticeProps {
  call: CallView;
  /** For those who may ask (again). */
  onAsk: (() => void) | null;
}

/** Who keeps the call from being recorded, as long as they are there: also one who came while it was, and said no. */
export function RecordingNotice({ call, onAsk }: RecordingNoticeProps) {
  const { t } = useTranslation();
  const { me } = useWorkspace();
  const [closed, setClosed] = useState('');
  const refused = call.parties.filter((party) => seated(party) && party.consent === 'refused');
  const key = refused.map((party) => party.party_id).join();
  if (call.recording !== 'off' || refused.length === 0 || key === closed) return null;
  const others = refused.filter((party) => party.person.user_id !== me);
  const names = others.map((party) => party.person.name || t(`role.${party.person.role}`)).join(', ');
  return (
    <section className={classes.notice} aria-label={t('recordings.refused.title')} data-testid="recording-notice">
      <span className={classes.noticeText} role="status">
        {others.length === 0 ? t('recordings.refused.you') : t('recordings.refused.others', { names })}
        {onAsk && others.length > 0 && ` ${t('recordings.refused.again', { names })}`}
      </span>
      {onAsk && <Button size="compact-md" variant="light" leftSection={<IconPlayerRecord size={17} />} onClick={onAsk}>{t('recordings.refused.ask')}</Button>}
      <CloseButton size={36} style={{ flex: 'none', marginInlineStart: 'auto' }} aria-label={t('action.close')} onClick={() => { setClosed(key); }} />
    </section>
  );
}
