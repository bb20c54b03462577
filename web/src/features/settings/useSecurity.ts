import { useCallback, useEffect, useMemo, useState } from 'react';
import { accountApi } from '../../app/session/api';
import { useSession } from '../../app/session/SessionContext';
import type { SecondFactorState } from '../../contract';

export function useSecurity() {
  const session = useSession();
  const api = useMemo(() => accountApi(session), [session]);
  const [factor, setFactor] = useState<SecondFactorState | null>(null);
  const [error, setError] = useState<unknown>(null);
  const reload = useCallback(async () => {
    try {
      setFactor(await api.secondFactor());
      setError(null);
    } catch (reason) {
      setError(reason);
    }
  }, [api]);
  useEffect(() => { void reload(); }, [reload]);
  return { factor, error, reload, changePassword: api.changePassword, disable: api.disableSecondFactor };
}
