import { Modal, NativeSelect, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import { RELATIONSHIP_KIND_VALUES, type AccountRow, type RelationshipKind } from '../../contract';
import { FormAlert } from '../../ui/FormAlert';
import { ModalForm } from '../../ui/ModalForm';
import { useTask } from '../../ui/useTask';
import { useAccounts } from './useAccounts';

/** Joins two people without asking them. */
export function EstablishModal({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const { relationships } = useWorkspace();
  const [first, setFirst] = useState<AccountRow | null>(null);
  const [second, setSecond] = useState<AccountRow | null>(null);
  const [kind, setKind] = useState<RelationshipKind>('care');
  const [label, setLabel] = useState('');
  const task = useTask(useCallback(async () => {
    if (first && second) await relationships.establish([first.user_id, second.user_id], kind, label.trim());
    onDone();
  }, [relationships, first, second, kind, label, onDone]));
  const submit = () => void task.run().then((done) => { if (done) onClose(); });
  return (
    <Modal opened onClose={onClose} title={t('admin.links.establish')} size="lg">
      <ModalForm submit={t('admin.links.join')} busy={task.busy} disabled={!first || !second || first.user_id === second.user_id} onSubmit={submit} onCancel={onClose}>
        <FormAlert error={task.error} />
        <PersonPicker label={t('admin.links.first')} picked={first} onPick={setFirst} />
        <PersonPicker label={t('admin.links.second')} picked={second} onPick={setSecond} />
        <NativeSelect label={t('people.kindLabel')} value={kind} data={RELATIONSHIP_KIND_VALUES.map((value) => ({ value, label: t(`people.kind.${value}`) }))} onChange={(event) => { setKind(RELATIONSHIP_KIND_VALUES.find((value) => value === event.currentTarget.value) ?? kind); }} />
        <TextInput label={t('people.label')} maxLength={80} value={label} onChange={(event) => { setLabel(event.currentTarget.value); }} />
      </ModalForm>
    </Modal>
  );
}

/** Two plain fields, which every screen reader knows: type to narrow down, then choose. */
function PersonPicker({ label, picked, onPick }: { label: string; picked: AccountRow | null; onPick: (account: AccountRow | null) => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const { rows } = useAccounts({ query, role: null, status: 'active' });
  const all = rows?.filter((row) => row.role !== 'admin') ?? [];
  const options = picked && !all.some((row) => row.user_id === picked.user_id) ? [picked, ...all] : all;
  return (
    <div role="group" aria-label={label} style={{ display: 'grid', gap: 8, gridTemplateColumns: '1fr 1fr' }}>
      <TextInput type="search" label={label} placeholder={t('admin.links.find')} maxLength={120} value={query} onChange={(event) => { setQuery(event.currentTarget.value); }} />
      <NativeSelect
        label={t('admin.links.choose')} value={picked?.user_id ?? ''} onChange={(event) => { onPick(options.find((row) => row.user_id === event.currentTarget.value) ?? null); }}
        data={[{ value: '', label: '—' }, ...options.map((row) => ({ value: row.user_id, label: `${row.name} · ${t(`role.${row.role}`)}` }))]}
      />
    </div>
  );
}
