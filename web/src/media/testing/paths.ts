import type { CallView, PartyView } from '../../contract';
import { lossy } from '../../state/fixtures';
import type { Sample } from '../stats';
import type { MediaWire, Outgoing, Path, PathEvents, PathPhase, PathPlan, Remotes, SignalBody } from '../types';

export const QUIET: Sample = {
  at: 0, packetsIn: 0, lostIn: 0, bytesIn: 0, bytesOut: 0, transportIn: 0, framesOut: 0, energyOut: 0, rttMs: 20, lossOut: 0, cpuLimited: false, candidateKind: 'host', parties: {},
};

/** A path that does what the test says: it connects when told, and brings `rate` bytes with each look. */
export class StagePath implements Path {
  phase: PathPhase = 'connecting';
  readonly remotes: Remotes = {};
  rate = 0;
  restarts = 0;
  closed = false;
  readonly heard: SignalBody[] = [];
  readonly servers: RTCIceServer[][] = [];
  outgoing: Outgoing | null = null;
  #bytes = 0;
  #at = 0;

  constructor(readonly plan: PathPlan, readonly events: PathEvents) {}

  becomes(phase: PathPhase): void {
    this.phase = phase;
    this.events.onPhase(phase);
  }

  sample(): Promise<Sample> {
    this.#bytes += this.rate;
    this.#at += 500;
    return Promise.resolve({ ...QUIET, at: this.#at, bytesIn: this.#bytes, transportIn: this.#bytes, packetsIn: this.#bytes, framesOut: this.#at, energyOut: this.#at });
  }

  send(outgoing: Outgoing): void { this.outgoing = outgoing; }
  restart(): void { this.restarts += 1; }
  renew(servers: RTCIceServer[]): void { this.servers.push(servers); }
  assign(): void { /* nobody is shown here */ }
  signaled(signal: SignalBody): void { this.heard.push(signal); }
  close(): void { this.closed = true; }
}

/** What a leg told the hub. */
export class Wiretap implements MediaWire {
  readonly reports: string[] = [];
  readonly qualities: number[][] = [];
  renewals = 0;
  expires = '';
  signal = (): Promise<unknown> => Promise.resolve();
  joinRelay = () => Promise.resolve({ offer_id: 'o', sdp: '', path_n: 1 });
  answerRelay = (): Promise<unknown> => Promise.resolve();
  report: MediaWire['report'] = (path, n, state) => { this.reports.push(`${path} ${n} ${state}`); };
  credentials = () => {
    this.renewals += 1;
    return Promise.resolve({ ice_servers: [{ urls: ['turn:hub'], username: `u${this.renewals}`, credential: 'c' }], expires_at: this.expires });
  };

  quality: MediaWire['quality'] = (...figures) => { this.qualities.push(figures); };
  wantVideos = (): void => undefined;
}

const CALL = lossy('call.changed').call;
export const [MINE, THEIRS] = CALL.parties as [PartyView, PartyView];

/** Two people in a call; `theirs` and `change` say what is different. */
export function callOf(change: Partial<CallView> = {}, theirs: Partial<PartyView> = {}): CallView {
  return { ...CALL, ...change, parties: [MINE, { ...THEIRS, ...theirs }] };
}
