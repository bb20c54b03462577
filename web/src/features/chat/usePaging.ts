import { useMemo, useState } from 'react';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ThreadView } from '../../state/history';
import type { Paging } from './MessageList';

/** After a page could not be had, do not ask again at once. */
const PAUSE_MS = 3_000;

export function usePaging(conversationId: string, view: ThreadView): Paging {
  const { threads } = useWorkspace();
  const [loading, setLoading] = useState<Paging['loading']>(null);
  const inWindow = view.window !== null;
  const older = (view.window?.thread ?? view.live).more;
  return useMemo(() => {
    const load = (way: 'older' | 'newer') => {
      setLoading(way);
      const page = way === 'older' ? threads.older(conversationId) : threads.newer(conversationId);
      page.then(() => { setLoading(null); }, () => { setTimeout(() => { setLoading(null); }, PAUSE_MS); });
    };
    return {
      older,
      newer: inWindow,
      loading,
      loadOlder: () => { load('older'); },
      loadNewer: () => { load('newer'); },
      toNewest: () => { threads.toNewest(conversationId); },
    };
  }, [threads, conversationId, older, inWindow, loading]);
}
