import type { CallView, Entered, LegSignaled } from '../../contract';
import { systemClock, type Hub } from '../../hub';
import { CallMedia, DirectPath, NO_MEDIA, RelayPath, serversOf, type LocalMedia, type MakePath, type MediaView, type MediaWire } from '../../media';
import { presentOthers } from '../../media/plan';
import { Slice } from './slice';

/** This page's place in a call: its leg, and the media of it. */
export class CallSession {
  readonly callId: string;
  readonly partyId: string;
  readonly legId: string;
  readonly media = new Slice<MediaView>(NO_MEDIA);
  readonly #hub: Hub;
  readonly #local: LocalMedia;
  readonly #engine: CallMedia;
  readonly #stops: (() => void)[];
  #servers: RTCIceServer[];
  #receivers = 1;
  #off = '';

  constructor(hub: Hub, local: LocalMedia, entered: Entered, early: readonly LegSignaled[]) {
    this.#hub = hub;
    this.#local = local;
    this.callId = entered.call.call_id;
    this.partyId = entered.party_id;
    this.legId = entered.leg_id;
    this.#servers = serversOf(entered.ice_servers);
    this.#engine = new CallMedia({
      partyId: this.partyId, legId: this.legId, wire: this.#wire(), make: this.#maker(entered.relay_only), clock: systemClock,
      credentialsUntil: Date.parse(entered.expires_at),
      onChange: (view) => { this.media.set(view); },
      onServers: (servers) => { this.#servers = servers; },
    });
    this.#stops = [
      hub.on('call.signaled', (fact) => { if (fact.to_leg_id === this.legId) this.#engine.signaled(fact); }),
      hub.on('call.slots_changed', (fact) => { if (fact.leg_id === this.legId) this.#engine.assign(fact.slots); }),
      hub.on('call.speaker_changed', (fact) => { if (fact.call_id === this.callId) this.#engine.speaks(fact.party_id); }),
      hub.on('call.quality_changed', (fact) => { if (fact.call_id === this.callId && fact.party_id !== this.partyId) this.#engine.heard(fact); }),
      hub.on('call.relay_offered', (fact) => { if (fact.leg_id === this.legId) this.#engine.reoffered(fact.path_n); }),
      local.subscribe(() => { this.#send(); }),
    ];
    this.#send();
    for (const fact of early) if (fact.to_leg_id === this.legId) this.#engine.signaled(fact);
    this.update(entered.call);
  }

  update(call: CallView): void {
    const receivers = Math.max(1, presentOthers(call, this.partyId).length);
    if (receivers !== this.#receivers) {
      this.#receivers = receivers;
      this.#send();
    }
    this.#engine.update(call);
  }

  /** Whose picture this page does not show; told once for each change. */
  wantVideos(off: readonly string[]): void {
    const told = [...off].sort().join();
    if (told === this.#off) return;
    this.#off = told;
    this.#wire().wantVideos([...off]);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#engine.stop();
  }

  #send(): void {
    this.#engine.send(this.#local.outgoing(this.#receivers));
  }

  #maker(relayOnly: boolean): MakePath {
    return (plan, events, slots) => {
      const configuration: RTCConfiguration = { iceServers: this.#servers, iceTransportPolicy: relayOnly && plan.kind === 'direct' ? 'relay' : 'all' };
      if (plan.kind === 'relay') return new RelayPath({ wire: this.#wire(), slots, configuration, events });
      const { peer } = plan;
      return new DirectPath({
        legId: this.legId, peer, configuration, events,
        send: (body) => { void this.#wire().signal(peer.legId, this.#count(peer.legId), body).catch(() => undefined); },
      });
    };
  }

  readonly #sent = new Map<string, number>();

  #count(legId: string): number {
    const n = (this.#sent.get(legId) ?? 0) + 1;
    this.#sent.set(legId, n);
    return n;
  }

  #wire(): MediaWire {
    const hub = this.#hub;
    const leg = { call_id: this.callId, leg_id: this.legId };
    const tell = (work: Promise<unknown>): void => { work.catch(() => undefined); };
    return {
      signal: (toLegId, n, body) => hub.request('call.signal', { ...leg, to_leg_id: toLegId, n, ...body }),
      joinRelay: () => hub.request('call.join_relay', leg),
      answerRelay: (offerId, sdp) => hub.request('call.answer_relay', { ...leg, offer_id: offerId, sdp }),
      report: (path, n, state, kind) => { tell(hub.request('call.report_path', { ...leg, path, path_n: n, state, candidate_kind: kind })); },
      credentials: () => hub.request('call.credentials', leg),
      quality: (rttMs, lossPercent, kbps) => { hub.signal('call.report_quality', { ...leg, rtt_ms: rttMs, loss_percent: lossPercent, kbps }); },
      wantVideos: (off) => { tell(hub.request('call.want_videos', { ...leg, off })); },
    };
  }
}
