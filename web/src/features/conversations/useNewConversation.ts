import { useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import { useSessionState } from '../../app/session/SessionContext';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CreateConversation, PersonView } from '../../contract';
import { useTask } from '../../ui/useTask';
import { useReachable } from '../people/useReachable';

export function useNewConversation(onClose: () => void) {
  const { conversations, me } = useWorkspace();
  const session = useSessionState();
  const navigate = useNavigate();
  const [kind, setKind] = useState<'direct' | 'group'>('direct');
  const [query, setQuery] = useState('');
  const [title, setTitle] = useState('');
  const [chosen, setChosen] = useState<ReadonlyMap<string, PersonView>>(new Map());
  const [picked, setPatient] = useState<string | null>(null);
  const { people, ready } = useReachable(query);

  const patients = [...chosen.values()].filter((person) => person.role === 'patient');
  const iAmPatient = session.phase === 'signed_in' && session.role === 'patient';
  const patientId = iAmPatient ? me : (patients.find((person) => person.user_id === picked) ?? patients[0])?.user_id ?? null;

  const { run, busy, error } = useTask(useCallback(async (form: Omit<CreateConversation, 'cid'>) => {
    const id = await conversations.create(form);
    onClose();
    await navigate(`/conversations/${id}`);
  }, [conversations, navigate, onClose]));

  const toggle = (person: PersonView) => {
    const next = new Map(chosen);
    if (!next.delete(person.user_id)) next.set(person.user_id, person);
    setChosen(next);
  };
  return {
    kind, setKind, query, setQuery, title, setTitle, chosen, toggle, patients: iAmPatient ? [] : patients, patientId, setPatient, people, ready, busy, error,
    openDirect: (person: PersonView) => void run({ kind: 'direct', member_ids: [person.user_id] }),
    openGroup: () => void run({ kind: 'group', member_ids: [...chosen.keys()], patient_id: patientId, title: title.trim() }),
  };
}
