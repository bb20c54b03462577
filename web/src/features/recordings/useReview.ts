import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { RecordingDetail } from '../../contract';
import { ReviewPlayer, type PlayerView } from './player';
import { Watched } from './watched';

/** What was watched is told this often, and on leaving. */
const TELL_MS = 15_000;

const STOPPED: PlayerView = { at: 0, phase: 'paused', speed: 1, muted: false, failed: [] };
const nothing = () => () => undefined;

/** A player for as long as the screen is open; what was watched goes into the audit. */
export function useReviewPlayer(detail: RecordingDetail): ReviewPlayer | null {
  const { recordings, calls } = useWorkspace();
  const [player, setPlayer] = useState<ReviewPlayer | null>(null);
  const { tracks } = detail;
  const { recording_id: id, duration_ms: durationMs } = detail.recording;

  useEffect(() => {
    const watched = new Watched();
    const tell = () => {
      const ranges = watched.take();
      if (ranges.length > 0) recordings.watched(id, ranges).catch(() => { for (const [from, to] of ranges) watched.note(from, to); });
    };
    const next = new ReviewPlayer({
      tracks, durationMs, link: (file) => recordings.link(id, file), make: newVideo, hubNow: calls.now, now: () => performance.now(),
      onPlayed: (from, to) => { watched.note(from, to); },
    });
    const timer = setInterval(tell, TELL_MS);
    window.addEventListener('pagehide', tell);
    next.start();
    setPlayer(next);
    return () => {
      window.removeEventListener('pagehide', tell);
      clearInterval(timer);
      next.stop();
      tell();
    };
  }, [tracks, durationMs, id, recordings, calls]);
  return player;
}

export function usePlayerView(player: ReviewPlayer | null): PlayerView {
  return useSyncExternalStore(player?.subscribe ?? nothing, player?.snapshot ?? stopped);
}

const stopped = (): PlayerView => STOPPED;

/** Shown in a tile; the person's name stands beside it. */
function newVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  video.playsInline = true;
  video.preload = 'auto';
  video.disablePictureInPicture = true;
  video.setAttribute('aria-hidden', 'true');
  return video;
}

export type DetailState = { phase: 'loading' } | { phase: 'failed'; error: unknown } | { phase: 'ready'; detail: RecordingDetail };

/** The recording with everything around it; asked for again when it has become ready. */
export function useDetail(recordingId: string): { state: DetailState; reload: () => void } {
  const { recordings } = useWorkspace();
  const [state, setState] = useState<DetailState>({ phase: 'loading' });
  const reload = useCallback(() => {
    recordings.open(recordingId).then((detail) => { setState({ phase: 'ready', detail }); }, (error: unknown) => { setState({ phase: 'failed', error }); });
  }, [recordings, recordingId]);
  useEffect(reload, [reload]);
  return { state, reload };
}
