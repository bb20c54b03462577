import type { MediaWire, Path, PathEvents, Remote, Remotes } from './types';
import { PeerPath } from './peer';

/** The m-lines on which this party sends; the others only receive. */
const UPLINK: ReadonlySet<string | null> = new Set(['0', '1']);

interface RelayOptions {
  readonly wire: MediaWire;
  readonly slots: Readonly<Record<string, string | null>>;
  readonly configuration: RTCConfiguration;
  readonly events: PathEvents;
}

/** Through the hub's media process, which offers eight m-lines once and for all; nothing is trickled (ICE-lite). */
export class RelayPath extends PeerPath implements Path {
  readonly #wire: MediaWire;
  #slots: Readonly<Record<string, string | null>>;

  constructor({ wire, slots, configuration, events }: RelayOptions) {
    super(configuration, events);
    this.#wire = wire;
    this.#slots = slots;
    this.#join().catch(() => { if (!this.closed) events.onPhase('failed'); });
  }

  get remotes(): Remotes {
    const found: Record<string, Remote> = {};
    for (const { mid, receiver } of this.pc.getTransceivers()) {
      const party = mid === null ? null : this.#slots[mid];
      if (party == null) continue;
      found[party] = { ...(found[party] ?? { audio: null, video: null }), [receiver.track.kind]: receiver.track };
    }
    return found;
  }

  override assign(slots: Readonly<Record<string, string | null>>): void {
    this.#slots = slots;
    this.events.onRemotes();
  }

  protected partyOf(mid: string): string | null {
    return this.#slots[mid] ?? null;
  }

  async #join(): Promise<void> {
    const offer = await this.#wire.joinRelay();
    if (this.closed) return;
    await this.pc.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
    for (const line of this.pc.getTransceivers()) line.direction = UPLINK.has(line.mid) ? 'sendrecv' : 'recvonly';
    this.feed();
    await this.pc.setLocalDescription();
    if (this.pc.localDescription) await this.#wire.answerRelay(offer.offer_id, this.pc.localDescription.sdp);
    this.feed();
  }
}
