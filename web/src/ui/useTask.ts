import { useCallback, useState } from 'react';

export interface Task<A extends unknown[]> {
  run: (...input: A) => Promise<boolean>;
  busy: boolean;
  error: unknown;
  clear: () => void;
}

/** One thing a person asked for: busy while it runs, its refusal kept for showing. Resolves with whether it worked. */
export function useTask<A extends unknown[]>(work: (...input: A) => Promise<unknown>): Task<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = useCallback(async (...input: A) => {
    setBusy(true);
    setError(null);
    try {
      await work(...input);
      return true;
    } catch (reason) {
      setError(reason);
      return false;
    } finally {
      setBusy(false);
    }
  }, [work]);
  const clear = useCallback(() => { setError(null); }, []);
  return { run, busy, error, clear };
}
