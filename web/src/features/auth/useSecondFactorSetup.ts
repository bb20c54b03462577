import { useCallback, useMemo, useState } from 'react';
import { accountApi } from '../../app/session/api';
import { useSession } from '../../app/session/SessionContext';
import type { SecondFactorSecret } from '../../contract';
import { useTask } from '../../ui/useTask';

export function useSecondFactorSetup() {
  const session = useSession();
  const api = useMemo(() => accountApi(session), [session]);
  const [secret, setSecret] = useState<SecondFactorSecret | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const begin = useTask(useCallback(async (password: string) => { setSecret(await api.setUpSecondFactor(password)); }, [api]));
  const confirm = useTask(useCallback(async (code: string) => { setCodes((await api.confirmSecondFactor(code)).codes); }, [api]));
  return { secret, codes, begin, confirm };
}
