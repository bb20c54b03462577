import type { IceCandidateInput, SessionDescription } from '../contract';
import { PeerPath } from './peer';
import type { Path, PathEvents, Peer, Remotes, SignalBody } from './types';

/** An offer nobody answered is sent again after this long: facts to a leg may be lost. */
const AGAIN_MS = 1_000;
const OFFERS = 4;

interface DirectOptions {
  readonly legId: string;
  readonly peer: Peer;
  readonly configuration: RTCConfiguration;
  readonly send: (body: { description: SessionDescription } | { candidate: IceCandidateInput }) => void;
  readonly events: PathEvents;
}

/**
 * Peer to peer, by perfect negotiation (W3C WebRTC 1.0, 10.7). The impolite leg makes the two m-lines and the first
 * offer; tracks come and go by `replaceTrack`, so that later only ICE restarts negotiate.
 */
export class DirectPath extends PeerPath implements Path {
  readonly #polite: boolean;
  readonly #peer: Peer;
  readonly #send: DirectOptions['send'];
  #makingOffer = false;
  #ignoreOffer = false;
  #answerPending = false;
  #work: Promise<void> = Promise.resolve();
  #again: ReturnType<typeof setInterval> | undefined;

  constructor({ legId, peer, configuration, send, events }: DirectOptions) {
    super(configuration, events);
    this.#polite = legId > peer.legId;
    this.#peer = peer;
    this.#send = send;
    this.pc.addEventListener('negotiationneeded', () => void this.#offer());
    this.pc.addEventListener('icecandidate', ({ candidate }) => { if (candidate && !this.closed) this.#tell(candidate); });
    if (this.#polite) return;
    this.pc.addTransceiver('audio', { direction: 'sendrecv' });
    this.pc.addTransceiver('video', { direction: 'sendrecv' });
    let left = OFFERS;
    this.#again = setInterval(() => {
      left -= 1;
      const offer = this.pc.localDescription;
      if (left <= 0 || this.pc.signalingState !== 'have-local-offer') clearInterval(this.#again);
      else if (offer) this.#send({ description: { type: 'offer', sdp: offer.sdp } });
    }, AGAIN_MS);
  }

  get remotes(): Remotes {
    const found: { audio: MediaStreamTrack | null; video: MediaStreamTrack | null } = { audio: null, video: null };
    for (const { receiver, mid } of this.pc.getTransceivers()) {
      if (mid !== null) found[receiver.track.kind === 'audio' ? 'audio' : 'video'] ??= receiver.track;
    }
    return { [this.#peer.partyId]: found };
  }

  protected partyOf(): string {
    return this.#peer.partyId;
  }

  override restart(): void {
    if (!this.closed) this.pc.restartIce();
  }

  override signaled(signal: SignalBody): void {
    this.#work = this.#work.then(() => (this.closed ? undefined : this.#take(signal))).catch(() => undefined);
  }

  override close(): void {
    clearInterval(this.#again);
    super.close();
  }

  async #offer(): Promise<void> {
    // The polite leg has no m-lines before the first offer came.
    if (this.closed || (this.#polite && !this.pc.remoteDescription)) return;
    try {
      this.#makingOffer = true;
      await this.pc.setLocalDescription();
      this.#describe();
    } catch {
      // Closed in between, or the other's offer came first: their turn.
    } finally {
      this.#makingOffer = false;
    }
  }

  async #take({ description, candidate }: SignalBody): Promise<void> {
    const { pc } = this;
    if (description) {
      const ready = !this.#makingOffer && (pc.signalingState === 'stable' || this.#answerPending);
      this.#ignoreOffer = !this.#polite && description.type === 'offer' && !ready;
      if (this.#ignoreOffer) return;
      this.#answerPending = description.type === 'answer';
      try {
        await pc.setRemoteDescription(description);
      } finally {
        this.#answerPending = false;
      }
      if (description.type !== 'offer') return;
      for (const line of pc.getTransceivers()) if (line.direction === 'recvonly') line.direction = 'sendrecv';
      this.feed();
      await pc.setLocalDescription();
      this.#describe();
    } else if (candidate) {
      const { candidate: line, sdp_mid: sdpMid, sdp_m_line_index: sdpMLineIndex, username_fragment: usernameFragment } = candidate;
      await pc.addIceCandidate({ candidate: line, sdpMid, sdpMLineIndex, usernameFragment });
    }
  }

  #describe(): void {
    const made = this.pc.localDescription;
    if (made && !this.closed && made.type !== 'pranswer') this.#send({ description: { type: made.type, sdp: made.sdp } });
  }

  #tell({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: RTCIceCandidate): void {
    this.#send({ candidate: { candidate, sdp_mid: sdpMid, sdp_m_line_index: sdpMLineIndex, username_fragment: usernameFragment } });
  }
}
