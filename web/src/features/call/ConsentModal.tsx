import { Button, Modal, Text } from '@mantine/core';
import { IconPlayerRecordFilled } from '@tabler/icons-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView } from '../../contract';
import { isLanguage } from '../../i18n';
import { FormAlert } from '../../ui/FormAlert';
import { useTask } from '../../ui/useTask';
import classes from './CallRoom.module.css';

/** Of `calls.consent.*` in every language; a changed text gets another version, since it is part of the record. */
export const CONSENT_TEXT_VERSION = '2026-11';

/** The question whether one agrees to be recorded. Closing it is no answer: it can only be answered. */
export function ConsentModal({ call }: { call: CallView }) {
  const { t, i18n } = useTranslation();
  const { calls } = useWorkspace();
  const language = isLanguage(i18n.language) ? i18n.language : 'en';
  const answer = useTask(useCallback((agreed: boolean) => calls.consent(call.call_id, agreed, CONSENT_TEXT_VERSION, language), [calls, call.call_id, language]));
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={<span className={classes.consentTitle}><IconPlayerRecordFilled size={18} aria-hidden="true" /> {t('calls.consent.title')}</span>}>
      <div data-testid="consent" data-version={CONSENT_TEXT_VERSION}>
        <FormAlert error={answer.error} />
        <Text>{t(call.recording === 'running' ? 'calls.consent.leadRunning' : 'calls.consent.lead')}</Text>
        <ul className={classes.consentList}>
          <li>{t('calls.consent.what')}</li>
          <li>{t('calls.consent.who')}</li>
          <li>{t('calls.consent.stop')}</li>
          <li>{t('calls.consent.refuse')}</li>
        </ul>
        <div className={classes.consentButtons}>
          <Button variant="default" loading={answer.busy} onClick={() => void answer.run(false)}>{t('calls.consent.no')}</Button>
          <Button loading={answer.busy} onClick={() => void answer.run(true)}>{t('calls.consent.yes')}</Button>
        </div>
      </div>
    </Modal>
  );
}
