import type { CallView, LegSignaled, QualityChanged } from '../contract';
import { fullJitter } from '../hub/clock';
import type { Clock } from '../hub';
import { Link } from './link';
import { SignalOrder } from './order';
import { expectsMedia, keyOf, planOf } from './plan';
import { measure, verdictOf, type Measure, type Verdict } from './quality';
import { renewing } from './renewal';
import type { PartyFlow, Sample } from './stats';
import type { MediaWire, Outgoing, Path, PathEvents, PathPhase, PathPlan, Remotes, SignalBody } from './types';

export const TICK_MS = 500;
/** While a new path waits to take over, it is looked at this often. */
export const HURRY_MS = 150;
const REPORT_EVERY_MS = 5_000;
const KEPT_SIGNALS = 64;
/** Speech is louder than this (`audioLevel`, 0 to 1). */
const SPEECH = 0.02;

/** What the screens see of the media of a call. */
export interface MediaView {
  readonly path: 'direct' | 'relay' | null;
  readonly phase: PathPhase;
  readonly remotes: Remotes;
  readonly flows: Readonly<Record<string, PartyFlow>>;
  readonly speaker: string | null;
  readonly verdict: Verdict;
  readonly measure: Measure | null;
  readonly theirs: Readonly<Record<string, QualityChanged>>;
}

export const NO_MEDIA: MediaView = {
  path: null, phase: 'connecting', remotes: {}, flows: {}, speaker: null, verdict: { grade: 'fair', reason: 'connecting' }, measure: null, theirs: {},
};

export type MakePath = (plan: PathPlan, events: PathEvents, slots: Readonly<Record<string, string | null>>) => Path;

export interface CallMediaOptions {
  readonly partyId: string;
  readonly legId: string;
  readonly wire: MediaWire;
  readonly make: MakePath;
  readonly clock: Clock;
  /** When the TURN credentials end, milliseconds of `clock`. */
  readonly credentialsUntil: number;
  readonly onChange: (view: MediaView) => void;
  readonly onServers: (servers: RTCIceServer[]) => void;
}

/**
 * Follows the path that the hub decided on. A new one is built beside the old one, which goes only when the new one
 * carries media; how each does is reported, and the hub decides what follows.
 */
export class CallMedia {
  readonly #options: CallMediaOptions;
  readonly #clock: Clock;
  readonly #order: SignalOrder;
  readonly #stopRenewing: () => void;
  #call: CallView | null = null;
  #current: Link | null = null;
  #next: Link | null = null;
  #wanted = '';
  #outgoing: Outgoing = { audio: null, video: null, screen: false, receivers: 1 };
  #slots: Readonly<Record<string, string | null>> = {};
  #kept: { from: string; signal: SignalBody }[] = [];
  #timer: unknown = null;
  #rejoinTimer: unknown = null;
  #rejoins = 0;
  #reportedAt = 0;
  #silent = { camera: 0, microphone: 0 };
  #view: MediaView = NO_MEDIA;
  #stopped = false;

  constructor(options: CallMediaOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#order = new SignalOrder(options.clock, (from, signal) => { this.#deliver(from, signal); }, () => { this.#newest?.path.restart(); });
    this.#stopRenewing = renewing(this.#clock, options.credentialsUntil, () => options.wire.credentials(), (servers) => {
      options.onServers(servers);
      for (const link of this.#links) link.path.renew(servers);
    });
    this.#tickLater();
  }

  get view(): MediaView {
    return this.#view;
  }

  update(call: CallView): void {
    if (this.#stopped) return;
    this.#call = call;
    const plan = planOf(call, this.#options.partyId, this.#options.legId);
    if (!plan || keyOf(plan) === this.#wanted) return;
    this.#wanted = keyOf(plan);
    this.#rejoins = 0;
    this.#open(plan);
  }

  send(outgoing: Outgoing): void {
    this.#outgoing = outgoing;
    for (const link of this.#links) link.path.send(outgoing);
  }

  signaled(fact: LegSignaled): void {
    this.#order.take(fact);
  }

  assign(slots: Readonly<Record<string, string | null>>): void {
    this.#slots = slots;
    for (const link of this.#links) if (link.plan.kind === 'relay') link.path.assign(slots);
  }

  /** The relay says who speaks; peer to peer, loudness does. */
  speaks(partyId: string | null): void {
    this.#show({ speaker: partyId });
  }

  heard(quality: QualityChanged): void {
    this.#show({ theirs: { ...this.#view.theirs, [quality.party_id]: quality } });
  }

  /** The hub has a new offer for this leg. */
  reoffered(pathN: number): void {
    const plan = this.#newest?.plan;
    if (plan?.kind === 'relay' && plan.n <= pathN) this.#open({ ...plan, n: pathN });
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of [this.#timer, this.#rejoinTimer]) this.#clock.clearTimeout(timer);
    this.#stopRenewing();
    this.#order.stop();
    for (const link of this.#links) link.path.close();
    this.#current = this.#next = null;
  }

  get #links(): Link[] {
    return [this.#current, this.#next].filter((link) => link !== null);
  }

  get #newest(): Link | null {
    return this.#next ?? this.#current;
  }

  #open(plan: PathPlan): void {
    this.#clock.clearTimeout(this.#rejoinTimer);
    this.#next?.path.close();
    this.#next = null;
    const now = this.#clock.now();
    const events: PathEvents = { onPhase: (phase) => { this.#moved(link, phase); }, onRemotes: () => { this.#refresh(); } };
    const path = this.#options.make(plan, events, this.#slots);
    const link = new Link(plan, path, now, {
      report: (state) => { this.#options.wire.report(plan.kind, plan.n, state, link.sample?.candidateKind ?? null); },
      rejoin: () => { this.#rejoinLater(plan); },
    });
    path.send(this.#outgoing);
    if (this.#current) this.#next = link;
    else this.#current = link;
    this.#replay(plan);
    this.#refresh();
    this.#tickLater();
  }

  #moved(link: Link, phase: PathPhase): void {
    if (this.#stopped) return;
    link.moved(phase, this.#clock.now());
    if (phase === 'connected') link.path.send(this.#outgoing);
    this.#refresh();
  }

  #deliver(from: string, signal: SignalBody): void {
    const plan = this.#newest?.plan;
    if (plan?.kind === 'direct' && plan.peer.legId === from) this.#newest?.path.signaled(signal);
    else this.#kept = [...this.#kept, { from, signal }].slice(-KEPT_SIGNALS);
  }

  /** Signals may overtake the news of the path that they belong to: from the last offer on, they are for this one. */
  #replay(plan: PathPlan): void {
    const kept = this.#kept.filter(({ from }) => from === plan.peer?.legId);
    this.#kept = [];
    const begin = Math.max(0, kept.findLastIndex(({ signal }) => signal.description?.type === 'offer'));
    for (const { signal } of kept.slice(begin)) this.#newest?.path.signaled(signal);
  }

  #rejoinLater(plan: PathPlan): void {
    const wait = 500 + fullJitter(this.#clock, this.#rejoins, 1_000, 8_000);
    this.#rejoins += 1;
    this.#clock.clearTimeout(this.#rejoinTimer);
    this.#rejoinTimer = this.#clock.setTimeout(() => { if (!this.#stopped && keyOf(plan) === this.#wanted) this.#open(plan); }, wait);
  }

  #tickLater(): void {
    this.#clock.clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = this.#clock.setTimeout(() => void this.#tick(), this.#next ? HURRY_MS : TICK_MS);
  }

  async #tick(): Promise<void> {
    const expected = this.#call !== null && expectsMedia(this.#call, this.#options.partyId);
    for (const link of this.#links) {
      const before = link.sample;
      const sample = await link.path.sample().catch(() => null);
      if (this.#stopped) return;
      const now = this.#clock.now();
      if (sample) link.observe(sample, expected, now);
      if (link === this.#current && sample && before) this.#judge(before, sample, now);
      if (link === this.#newest) link.check(expected, now);
    }
    if (this.#next?.carries(expected, this.#clock.now())) {
      this.#current?.path.close();
      this.#current = this.#next;
      this.#next = null;
    }
    this.#refresh();
    this.#tickLater();
  }

  #judge(before: Sample, sample: Sample, now: number): void {
    const found = measure(before, sample);
    const took = Math.max(0, sample.at - before.at);
    const { audio, video } = this.#outgoing;
    const phase = this.#current?.path.phase ?? 'connecting';
    const up = phase === 'connected';
    this.#silent = {
      camera: up && video?.enabled === true && found.framesOut === 0 ? this.#silent.camera + took : 0,
      microphone: up && audio?.enabled === true && sample.energyOut <= before.energyOut ? this.#silent.microphone + took : 0,
    };
    const theirs = this.#view.theirs;
    const verdict = verdictOf(found, { phase, cameraSilentMs: this.#silent.camera, microphoneSilentMs: this.#silent.microphone, theirs: Object.values(theirs) });
    this.#show({ measure: found, verdict, flows: sample.parties, speaker: this.#current?.plan.kind === 'direct' ? loudest(sample) : this.#view.speaker });
    if (!up || now - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt = now;
    this.#options.wire.quality(Math.min(found.rttMs, 60_000), Math.round(Math.max(found.lossIn, found.lossOut) * 10) / 10, found.kbpsIn);
  }

  #refresh(): void {
    const link = this.#current;
    this.#show({ path: link?.plan.kind ?? null, phase: link?.path.phase ?? 'connecting', remotes: link?.path.remotes ?? {} });
  }

  #show(change: Partial<MediaView>): void {
    if (this.#stopped) return;
    this.#view = { ...this.#view, ...change };
    this.#options.onChange(this.#view);
  }
}

function loudest(sample: Sample): string | null {
  const [first] = Object.entries(sample.parties).sort(([, a], [, b]) => b.level - a.level);
  return first && first[1].level >= SPEECH ? first[0] : null;
}
