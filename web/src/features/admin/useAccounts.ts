import { useDebouncedValue } from '@mantine/hooks';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { adminApi } from '../../app/session/api';
import { useSession } from '../../app/session/SessionContext';
import type { AccountRow, AccountStatus, Role } from '../../contract';

export interface AccountFilter {
  query: string;
  role: Role | null;
  status: AccountStatus | null;
}

const PAUSE_MS = 300;

export function useAdmin() {
  const session = useSession();
  return useMemo(() => adminApi(session), [session]);
}

/** Accounts that match, page by page; an answer that was overtaken is dropped. */
export function useAccounts(filter: AccountFilter) {
  const api = useAdmin();
  const [settled] = useDebouncedValue(filter, PAUSE_MS);
  const [rows, setRows] = useState<AccountRow[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);

  const page = useCallback((cursor: string | null) => {
    const query = settled.query.trim();
    return api.search({ query: [...query].length >= 2 ? query : null, role: settled.role, status: settled.status, cursor });
  }, [api, settled]);

  const [round, setRound] = useState(0);
  useEffect(() => {
    let current = true;
    page(null)
      .then((found) => {
        if (!current) return;
        setRows(found.accounts);
        setNext(found.next);
        setError(null);
      })
      .catch((reason: unknown) => { if (current) setError(reason); });
    return () => { current = false; };
  }, [page, round]);

  const more = useCallback(async () => {
    const found = await page(next);
    setRows((before) => [...(before ?? []), ...found.accounts]);
    setNext(found.next);
  }, [page, next]);
  const take = useCallback((account: AccountRow) => {
    setRows((before) => before?.map((row) => (row.user_id === account.user_id ? account : row)) ?? null);
  }, []);
  return { rows, more: next === null ? null : more, error, take, reload: () => { setRound((before) => before + 1); } };
}
