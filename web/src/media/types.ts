import type { CandidateKind, IceCandidateInput, IceServers, LegSignaled, MediaPath, MediaState, PathState, RelayOffer, SessionDescription } from '../contract';
import type { Sample } from './stats';

/** What a party is heard and seen by. */
export interface Remote {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export type Remotes = Readonly<Record<string, Remote>>;

/** What goes out: the same on every path. */
export interface Outgoing {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
  /** `video` is a screen: sharpness counts more than motion. */
  readonly screen: boolean;
  /** How many receive it. */
  readonly receivers: number;
}

/** The other leg of a direct path. */
export interface Peer {
  readonly legId: string;
  readonly partyId: string;
}

/** Which path the hub wants; two plans are the same path if their keys are equal. */
export type PathPlan =
  | { readonly kind: 'direct'; readonly n: number; readonly peer: Peer }
  | { readonly kind: 'relay'; readonly n: number; readonly peer: null };

/** `interrupted`: it was connected and may come back by itself. */
export type PathPhase = 'connecting' | 'connected' | 'interrupted' | 'failed';

export interface PathEvents {
  onPhase(phase: PathPhase): void;
  /** Tracks came, or belong to somebody else now. */
  onRemotes(): void;
}

/** One way for media: a peer connection with what it needs to be set up. */
export interface Path {
  readonly phase: PathPhase;
  readonly remotes: Remotes;
  send(outgoing: Outgoing): void;
  sample(): Promise<Sample>;
  /** Find another way through the network, if this kind of path can. */
  restart(): void;
  /** Other TURN credentials, for what is gathered from now on. */
  renew(servers: RTCIceServer[]): void;
  /** Which party is received on which mid; only the relay tells it. */
  assign(slots: Readonly<Record<string, string | null>>): void;
  /** What the other leg sent, in order. */
  signaled(signal: SignalBody): void;
  close(): void;
}

export type SignalBody = Pick<LegSignaled, 'description' | 'candidate'>;

/** The commands that media needs of the hub, for one leg of one call. */
export interface MediaWire {
  signal(toLegId: string, n: number, body: { description: SessionDescription } | { candidate: IceCandidateInput }): Promise<unknown>;
  joinRelay(): Promise<RelayOffer>;
  answerRelay(offerId: string, sdp: string): Promise<unknown>;
  report(path: MediaPath, n: number, state: PathState, candidateKind: CandidateKind | null): void;
  credentials(): Promise<IceServers>;
  quality(rttMs: number, lossPercent: number, kbps: number): void;
  wantVideos(off: string[]): void;
}

/** What a party sends, as everybody is told. */
export const sends = (media: MediaState): boolean => !media.held && (media.audio || media.camera || media.screen);
