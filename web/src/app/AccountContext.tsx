import { useMantineColorScheme } from '@mantine/core';
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { AccountDetails, UpdateAccount } from '../contract';
import { changeLanguage } from '../i18n';
import { accountApi } from './session/api';
import { useSession, useSessionState } from './session/SessionContext';

interface AccountValue {
  /** Null until it has been read. */
  account: AccountDetails | null;
  update: (change: UpdateAccount) => Promise<void>;
  reload: () => Promise<void>;
}

const AccountContext = createContext<AccountValue>({ account: null, update: () => Promise.resolve(), reload: () => Promise.resolve() });

/** My own account; its language and theme become those of the page. */
export function AccountProvider({ children }: { children: ReactNode }) {
  const session = useSession();
  const { phase } = useSessionState();
  const api = useMemo(() => accountApi(session), [session]);
  const [account, setAccount] = useState<AccountDetails | null>(null);
  const { setColorScheme } = useMantineColorScheme();

  // The setter is a new one on each change of the scheme; following it would read the account in a circle.
  const paint = useRef(setColorScheme);
  useEffect(() => { paint.current = setColorScheme; }, [setColorScheme]);
  const take = useCallback((next: AccountDetails) => {
    setAccount(next);
    paint.current(next.theme === 'system' ? 'auto' : next.theme);
    void changeLanguage(next.language);
  }, []);
  const reload = useCallback(async () => { take(await api.me()); }, [api, take]);
  const update = useCallback(async (change: UpdateAccount) => { take(await api.update(change)); }, [api, take]);

  useEffect(() => {
    if (phase !== 'signed_in') return;
    const load = () => void reload().catch(() => undefined);
    load();
    return session.onAccountChanged(load);
  }, [phase, reload, session]);

  const value = useMemo(() => ({ account, update, reload }), [account, update, reload]);
  return <AccountContext.Provider value={value}>{children}</AccountContext.Provider>;
}

export function useAccount(): AccountValue {
  return useContext(AccountContext);
}
