import { Anchor, Button, Checkbox, Modal, NativeSelect, SegmentedControl, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { usePresence } from '../../app/workspace/WorkspaceContext';
import type { PersonView } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { PresenceText } from '../presence/PresenceText';
import classes from './Conversations.module.css';
import { useNewConversation } from './useNewConversation';

export function NewConversation({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useNewConversation(onClose);
  const { people, kind, chosen } = form;
  return (
    <Modal opened onClose={onClose} title={t('chat.create.title')}>
      <div className={classes.picker}>
        <FormAlert error={form.error} />
        <SegmentedControl
          fullWidth aria-label={t('chat.create.kind')} value={kind} onChange={(value) => { form.setKind(value === 'group' ? 'group' : 'direct'); }}
          data={[{ value: 'direct', label: t('chat.create.direct') }, { value: 'group', label: t('chat.create.group') }]}
        />
        <TextInput
          type="search" data-autofocus leftSection={<IconSearch size={18} />} aria-label={t('chat.create.search')} placeholder={t('chat.create.search')} maxLength={80}
          value={form.query} onChange={(event) => { form.setQuery(event.currentTarget.value); }}
        />
        {people.length === 0 && form.ready && <p className={classes.hint}>{t('chat.create.none')} <Anchor component={Link} to="/relationships" onClick={onClose}>{t('chat.create.connect')}</Anchor></p>}
        <ul className={classes.choices}>
          {people.map((person) => (
            <li key={person.user_id}>
              {kind === 'direct'
                ? <UnstyledButton className={classes.choice} disabled={form.busy} onClick={() => { form.openDirect(person); }}><PersonLine person={person} /></UnstyledButton>
                : (
                  <label className={classes.choice}>
                    <PersonLine person={person} />
                    <Checkbox checked={chosen.has(person.user_id)} onChange={() => { form.toggle(person); }} aria-label={person.name} />
                  </label>
                )}
            </li>
          ))}
        </ul>
        {kind === 'group' && (
          <>
            {form.patients.length > 1 && (
              <NativeSelect label={t('chat.create.patient')} description={t('chat.create.patientHint')} value={form.patientId ?? ''} onChange={(event) => { form.setPatient(event.currentTarget.value); }} data={form.patients.map((person) => ({ value: person.user_id, label: person.name }))} />
            )}
            <TextInput label={t('chat.create.name')} maxLength={120} value={form.title} onChange={(event) => { form.setTitle(event.currentTarget.value); }} />
            <Button loading={form.busy} disabled={chosen.size === 0 || form.patientId === null} onClick={form.openGroup}>{t('chat.create.submit')}</Button>
            <p className={classes.choiceMeta} role="status">{form.patientId === null ? t('chat.create.choose') : t('chat.create.selected', { count: chosen.size })}</p>
          </>
        )}
      </div>
    </Modal>
  );
}

function PersonLine({ person }: { person: PersonView }) {
  const presence = usePresence()[person.user_id];
  return (
    <>
      <PersonAvatar name={person.name} seed={person.user_id} status={presence?.status ?? 'offline'} />
      <span className={classes.choiceText}>
        <span><bdi>{person.name}</bdi></span>
        <span className={classes.choiceMeta}><PresenceText person={person} presence={presence} /></span>
      </span>
    </>
  );
}
