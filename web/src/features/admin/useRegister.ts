import { useCallback, useEffect, useState } from 'react';
import { useHubStatus, useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RecordingRow } from '../../contract';

export interface RegisterFilter {
  held: boolean | null;
  /** Of one recording; null for all. */
  recordingId: string | null;
}

/** The organisation's recordings that match, page by page; an answer that was overtaken is dropped. */
export function useRegister({ held, recordingId }: RegisterFilter) {
  const { recordings } = useWorkspace();
  const live = useHubStatus().state === 'live';
  const [rows, setRows] = useState<RecordingRow[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const page = useCallback((cursor: string | null) => recordings.listAll({ held, recording_id: recordingId, cursor }), [recordings, held, recordingId]);

  useEffect(() => {
    if (!live) return;
    let current = true;
    page(null)
      .then((found) => {
        if (!current) return;
        setRows(found.recordings);
        setNext(found.next);
        setError(null);
      })
      .catch((reason: unknown) => { if (current) setError(reason); });
    return () => { current = false; };
  }, [page, live, round]);

  const more = useCallback(async () => {
    const found = await page(next);
    setRows((before) => [...(before ?? []), ...found.recordings]);
    setNext(found.next);
  }, [page, next]);
  const setHold = useCallback(async (row: RecordingRow, wanted: boolean) => {
    const changed = await recordings.setHold(row.recording_id, wanted);
    setRows((before) => before?.map((one) => (one.recording_id === changed.recording_id ? changed : one)) ?? null);
  }, [recordings]);
  const reload = useCallback(() => { setRound((before) => before + 1); }, []);
  return { rows, more: next === null ? null : more, error, setHold, reload };
}
