import { useCallback, useState } from 'react';
import { useSession } from '../../app/session/SessionContext';
import { HubError } from '../../hub';

/** Password first; when the hub asks for it, everything again with the code. */
export function useSignIn() {
  const session = useSession();
  const [needsCode, setNeedsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const run = useCallback(async (login: string, password: string, code: string | null = null) => {
    setBusy(true);
    setError(null);
    try {
      await session.signIn({ login: login.trim(), password, code });
    } catch (reason) {
      if (reason instanceof HubError && reason.code === 'second_factor_required') setNeedsCode(true);
      else setError(reason);
    } finally {
      setBusy(false);
    }
  }, [session]);

  const back = useCallback(() => {
    setNeedsCode(false);
    setError(null);
  }, []);
  return { run, back, needsCode, busy, error };
}
