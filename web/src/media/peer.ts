import { feed } from './encoding';
import { sampleOf, type Sample, type StatsEntry } from './stats';
import type { Outgoing, Path, PathEvents, PathPhase, Remotes, SignalBody } from './types';

const PHASES: Readonly<Record<RTCPeerConnectionState, PathPhase>> = {
  new: 'connecting', connecting: 'connecting', connected: 'connected', disconnected: 'interrupted', failed: 'failed', closed: 'failed',
};

/** What both kinds of path have in common: one peer connection that sends on two m-lines. */
export abstract class PeerPath implements Path {
  protected readonly pc: RTCPeerConnection;
  protected readonly events: PathEvents;
  protected outgoing: Outgoing = { audio: null, video: null, screen: false, receivers: 1 };
  protected closed = false;
  #feeding: Promise<void> = Promise.resolve();

  protected constructor(configuration: RTCConfiguration, events: PathEvents) {
    this.pc = new RTCPeerConnection({ ...configuration, bundlePolicy: 'max-bundle' });
    this.events = events;
    this.pc.addEventListener('connectionstatechange', () => { if (!this.closed) events.onPhase(this.phase); });
    this.pc.addEventListener('track', () => { if (!this.closed) events.onRemotes(); });
  }

  get phase(): PathPhase {
    return PHASES[this.pc.connectionState];
  }

  abstract get remotes(): Remotes;

  /** Who is received on a mid. */
  protected abstract partyOf(mid: string): string | null;

  protected get senders(): { audio: RTCRtpSender | undefined; video: RTCRtpSender | undefined } {
    const [audio, video] = ['audio', 'video'].map((kind) => this.pc.getTransceivers().find((one) => one.receiver.track.kind === kind)?.sender);
    return { audio, video };
  }

  send(outgoing: Outgoing): void {
    this.outgoing = outgoing;
    this.feed();
  }

  /** One after another: two replacements at once may end in either order. */
  protected feed(): void {
    this.#feeding = this.#feeding.then(async () => {
      const { audio, video } = this.senders;
      if (!this.closed) await feed(audio, video, this.outgoing);
    }).catch(() => undefined);
  }

  async sample(): Promise<Sample> {
    const report = await this.pc.getStats();
    const entries: StatsEntry[] = [];
    report.forEach((entry) => entries.push(entry as StatsEntry));
    return sampleOf(entries, (mid) => this.partyOf(mid), performance.now());
  }

  renew(servers: RTCIceServer[]): void {
    if (!this.closed) this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers: servers });
  }

  restart(): void {
    // Only the direct path can; the relay is joined anew instead.
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- only the relay has slots
  assign(_slots: Readonly<Record<string, string | null>>): void {
    // Peer to peer there is one other, on every line.
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- only peers signal
  signaled(_signal: SignalBody): void {
    // The relay answers commands instead.
  }

  close(): void {
    this.closed = true;
    this.pc.close();
  }
}
