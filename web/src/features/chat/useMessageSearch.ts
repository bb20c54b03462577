import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { Found } from '../../contract';

const PAUSE_MS = 350;

/** Searches a moment after the typing stops; an answer that was overtaken is dropped. */
export function useMessageSearch(conversationId: string) {
  const workspace = useWorkspace();
  const [query, setQuery] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [settled] = useDebouncedValue(query.trim(), PAUSE_MS);

  useEffect(() => {
    let current = true;
    if ([...settled].length < 2) {
      setFound(null);
      return;
    }
    setBusy(true);
    workspace.threads.search(settled, everywhere ? null : conversationId)
      .then((reply) => { if (current) { setFound(reply); setError(null); } })
      .catch((reason: unknown) => { if (current) setError(reason); })
      .finally(() => { if (current) setBusy(false); });
    return () => {
      current = false;
      setBusy(false);
    };
  }, [workspace, settled, everywhere, conversationId]);

  return { query, setQuery, everywhere, setEverywhere, found, busy, error };
}
