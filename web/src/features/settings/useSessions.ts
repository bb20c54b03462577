import { useCallback, useEffect, useMemo, useState } from 'react';
import { accountApi } from '../../app/session/api';
import { useSession } from '../../app/session/SessionContext';
import type { SessionView } from '../../contract';

export function useSessions() {
  const session = useSession();
  const api = useMemo(() => accountApi(session), [session]);
  const [sessions, setSessions] = useState<SessionView[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const reload = useCallback(async (first?: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await first?.();
      setSessions((await api.sessions()).sessions);
      setError(null);
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  }, [api]);
  useEffect(() => {
    void reload();
    return session.onAccountChanged(() => void reload());
  }, [reload, session]);

  return { sessions, error, busy, revoke: (id: string) => void reload(() => api.revoke(id)), revokeOthers: () => void reload(api.revokeOthers) };
}
