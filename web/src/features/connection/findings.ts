import type { ServerCheck } from '../../contract';
import type { DeviceState } from '../../media';

/** In the order in which they are looked at. */
export const STEPS = ['service', 'microphone', 'camera', 'relay', 'turn', 'direct'] as const;
export type Step = (typeof STEPS)[number];
export type Grade = 'good' | 'fair' | 'poor' | 'unknown';

/** Why a step is as it is; a key of the texts. */
export type Reason =
  | 'ok' | 'slow' | 'unreachable'
  | 'quiet' | 'denied' | 'missing' | 'busy'
  | 'lossy' | 'narrow' | 'udp_blocked' | 'unavailable'
  | 'tcp_only' | 'not_configured' | 'refused' | 'unconfirmed'
  | 'blocked' | 'not_tried';

/** Milliseconds, percent, kilobits per second. */
export interface Values {
  readonly rtt?: number;
  readonly loss?: number;
  readonly up?: number;
  readonly down?: number;
}

export interface Result {
  readonly step: Step;
  readonly grade: Grade;
  readonly reason: Reason;
  readonly values: Values;
}

/** What was measured over the relay's echo; null where it never connected. */
export interface EchoMeasure {
  readonly rttMs: number | null;
  readonly lossPercent: number;
  readonly kbpsUp: number;
  readonly kbpsDown: number;
}

export interface TurnMeasure {
  /** Transport to the server by which an address was given. */
  readonly relayed: readonly string[];
  /** Two of one's own connections found each other through it. */
  readonly carries: boolean;
}

export interface DirectMeasure {
  /** Whether there was any server to ask over UDP. */
  readonly asked: boolean;
  /** Whether an answer came over UDP. */
  readonly answered: boolean;
}

const SLOW_SERVICE_MS = 600;
const SLOW_RTT_MS = 300;
const LOSSY_PERCENT = 3;
/** Below this a picture is not worth watching. */
const NARROW_KBPS = 250;
/** Of a meter from 0 to 1: below this nobody spoke, or the microphone is switched off. */
const QUIET = 0.12;

const result = (step: Step, grade: Grade, reason: Reason, values: Values = {}): Result => ({ step, grade, reason, values });

export function serviceResult(rttMs: number | null): Result {
  if (rttMs === null) return result('service', 'poor', 'unreachable');
  const rtt = Math.round(rttMs);
  return rtt > SLOW_SERVICE_MS ? result('service', 'fair', 'slow', { rtt }) : result('service', 'good', 'ok', { rtt });
}

export function deviceResult(step: 'microphone' | 'camera', state: DeviceState, loudest: number): Result {
  if (state === 'denied' || state === 'missing' || state === 'busy') return result(step, 'poor', state);
  if (state !== 'on') return result(step, 'unknown', 'not_tried');
  return step === 'microphone' && loudest < QUIET ? result(step, 'fair', 'quiet') : result(step, 'good', 'ok');
}

export function relayResult(check: ServerCheck, measure: EchoMeasure | null): Result {
  if (!measure) return check === 'ok' ? result('relay', 'poor', 'udp_blocked') : result('relay', 'poor', 'unavailable');
  const values: Values = {
    loss: Math.round(measure.lossPercent * 10) / 10, up: Math.round(measure.kbpsUp), down: Math.round(measure.kbpsDown),
    ...(measure.rttMs === null ? {} : { rtt: Math.round(measure.rttMs) }),
  };
  if (measure.lossPercent > LOSSY_PERCENT) return result('relay', 'fair', 'lossy', values);
  if (Math.min(measure.kbpsUp, measure.kbpsDown) < NARROW_KBPS) return result('relay', 'fair', 'narrow', values);
  if ((measure.rttMs ?? 0) > SLOW_RTT_MS) return result('relay', 'fair', 'slow', values);
  return result('relay', 'good', 'ok', values);
}

export function turnResult(check: ServerCheck, measure: TurnMeasure | null): Result {
  if (check === 'not_configured') return result('turn', 'unknown', 'not_configured');
  if (!measure || measure.relayed.length === 0) return result('turn', 'poor', check === 'refused' ? 'refused' : 'unreachable');
  if (!measure.carries) return result('turn', 'fair', 'unconfirmed');
  return measure.relayed.includes('udp') ? result('turn', 'good', 'ok') : result('turn', 'fair', 'tcp_only');
}

export function directResult({ asked, answered }: DirectMeasure): Result {
  if (!asked) return result('direct', 'unknown', 'not_tried');
  return answered ? result('direct', 'good', 'ok') : result('direct', 'fair', 'blocked');
}

export type Overall = 'good' | 'fair' | 'poor';

/** What one can expect of a call. Without a way for media there is none, however good the rest is. */
export function overallOf(results: readonly Result[]): Overall {
  const of = (step: Step) => results.find((one) => one.step === step);
  const way = of('relay')?.reason !== 'udp_blocked' && of('relay')?.reason !== 'unavailable';
  const turn = of('turn')?.grade === 'good' || of('turn')?.reason === 'tcp_only';
  if (of('service')?.grade === 'poor' || of('microphone')?.grade === 'poor' || (!way && !turn)) return 'poor';
  return results.some((one) => one.grade === 'poor' || one.grade === 'fair') ? 'fair' : 'good';
}
