import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useHubStatus, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { PersonView } from '../../contract';

const PAUSE_MS = 250;

/** People with whom a conversation may be started, by name. */
export function useReachable(query: string): { people: PersonView[]; ready: boolean } {
  const { relationships } = useWorkspace();
  const live = useHubStatus().state === 'live';
  const [settled] = useDebouncedValue(query.trim(), PAUSE_MS);
  const [found, setFound] = useState<{ people: PersonView[]; ready: boolean }>({ people: [], ready: false });
  useEffect(() => {
    let current = true;
    relationships.reachable(settled)
      .then((people) => { if (current) setFound({ people, ready: true }); })
      .catch(() => undefined);
    return () => { current = false; };
  }, [relationships, settled, live]);
  return found;
}
