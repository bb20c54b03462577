import type { QualityChanged } from '../contract';
import type { Sample } from './stats';
import type { PathPhase } from './types';

/** How a connection does between two samples. Rates in kbit/s, loss in percent. */
export interface Measure {
  readonly rttMs: number;
  readonly lossIn: number;
  readonly lossOut: number;
  readonly kbpsIn: number;
  readonly kbpsOut: number;
  readonly framesOut: number;
  readonly cpuLimited: boolean;
}

export const GRADES = ['good', 'fair', 'poor'] as const;
export type Grade = (typeof GRADES)[number];

/** The one thing worth saying about a connection; keys of the texts. */
export type QualityReason =
  | 'good' | 'connecting' | 'reconnecting' | 'your_loss' | 'your_delay' | 'your_device' | 'their_connection' | 'camera_silent' | 'microphone_silent';

export interface Verdict {
  readonly grade: Grade;
  readonly reason: QualityReason;
}

export function measure(before: Sample, after: Sample): Measure {
  const seconds = Math.max((after.at - before.at) / 1000, 0.001);
  const packets = Math.max(0, after.packetsIn - before.packetsIn);
  const lost = Math.max(0, after.lostIn - before.lostIn);
  const kbps = (bytes: number): number => Math.max(0, Math.round((bytes * 8) / 1000 / seconds));
  return {
    rttMs: after.rttMs ?? before.rttMs ?? 0,
    lossIn: packets + lost > 0 ? (100 * lost) / (packets + lost) : 0,
    lossOut: 100 * after.lossOut,
    kbpsIn: kbps(after.bytesIn - before.bytesIn),
    kbpsOut: kbps(after.bytesOut - before.bytesOut),
    framesOut: Math.max(0, after.framesOut - before.framesOut),
    cpuLimited: after.cpuLimited,
  };
}

export interface Circumstances {
  readonly phase: PathPhase;
  /** How long the camera, or the microphone, has been on and given nothing; 0 while it gives something or is off. */
  readonly cameraSilentMs: number;
  readonly microphoneSilentMs: number;
  readonly theirs: readonly QualityChanged[];
}

const SILENT_MS = 4_000;

/** The worst thing first: what a person can do something about before what they cannot. */
export function verdictOf(now: Measure, { phase, cameraSilentMs, microphoneSilentMs, theirs }: Circumstances): Verdict {
  if (phase === 'connecting') return { grade: 'fair', reason: 'connecting' };
  if (phase !== 'connected') return { grade: 'poor', reason: 'reconnecting' };
  const loss = Math.max(now.lossIn, now.lossOut);
  if (loss >= 8) return { grade: 'poor', reason: 'your_loss' };
  if (now.rttMs >= 700) return { grade: 'poor', reason: 'your_delay' };
  if (cameraSilentMs >= SILENT_MS) return { grade: 'poor', reason: 'camera_silent' };
  if (microphoneSilentMs >= SILENT_MS) return { grade: 'poor', reason: 'microphone_silent' };
  if (loss >= 2.5) return { grade: 'fair', reason: 'your_loss' };
  if (now.rttMs >= 350) return { grade: 'fair', reason: 'your_delay' };
  if (now.cpuLimited) return { grade: 'fair', reason: 'your_device' };
  if (theirs.some((one) => gradeOf(one) !== 'good')) return { grade: 'fair', reason: 'their_connection' };
  return { grade: 'good', reason: 'good' };
}

/** Bars beside somebody's name. */
export function gradeOf({ rtt_ms, loss_percent }: Pick<QualityChanged, 'rtt_ms' | 'loss_percent'>): Grade {
  if (loss_percent >= 8 || rtt_ms >= 700) return 'poor';
  return loss_percent >= 2.5 || rtt_ms >= 350 ? 'fair' : 'good';
}
