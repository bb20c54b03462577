import type { CallKind, CallView, LegSignaled } from '../../contract';
import { HubError, newId, type Hub, type HubEvent } from '../../hub';
import { LocalMedia } from '../../media';
import { callSeen, callsListed, noCalls, partyOf, rang, ringEnded, ringsExpired, type CallsState } from '../../state';
import { CallCommands } from './callCommands';
import { CallSession } from './callSession';
import { MediaTeller } from './mediaTeller';
import { keepCall, keptCall } from './rejoin';
import { Slice } from './slice';

/** Facts about a call are lossy: look again this often while in one. */
const LOOK_EVERY_MS = 4_000;
const KEPT_SIGNALS = 64;

/** Where this page stands in the call it wants to be in. */
export type Taking =
  /** On the way in. With a leg: in the waiting room, until the host lets them in. */
  | { phase: 'entering'; callId: string; legId: string | null }
  | { phase: 'in'; callId: string; session: CallSession }
  /** Another device or tab took over. */
  | { phase: 'replaced'; callId: string }
  | { phase: 'failed'; callId: string; error: unknown };

export interface AnswerNotice {
  readonly callId: string;
  readonly reason: 'answered_elsewhere' | 'declined_elsewhere';
}

/** Calls of this person: what rings, what is on, and the one that this page takes part in. */
export class Calls extends CallCommands {
  readonly slice = new Slice<CallsState>(noCalls);
  readonly taking = new Slice<Taking | null>(null);
  readonly notice = new Slice<AnswerNotice | null>(null);
  readonly local = new LocalMedia();
  readonly #me: string;
  readonly #device: string;
  readonly #teller: MediaTeller;
  readonly #stops: (() => void)[] = [];
  #early: LegSignaled[] = [];
  #skewMs = 0;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval> | undefined;
  #began = false;
  #admitting = false;

  constructor(hub: Hub, me: string, device: string) {
    super(hub);
    this.#me = me;
    this.#device = device;
    this.#teller = new MediaTeller((callId, media) => this.reply(hub.request('call.set_media', { call_id: callId, media })));
  }

  start(): void {
    this.#stops.push(
      this.hub.on('hub.welcome', (welcome) => { this.#skewMs = Date.parse(welcome.server_time) - Date.now(); }),
      this.hub.on('call.changed', ({ call }) => { this.take(call); }),
      this.hub.on('call.signaled', (fact) => { if (this.#session?.legId !== fact.to_leg_id) this.#early = [...this.#early, fact].slice(-KEPT_SIGNALS); }),
      this.hub.on('call.leg_replaced', ({ leg_id }) => { if (this.#session?.legId === leg_id) this.#drop({ phase: 'replaced', callId: this.#session.callId }); }),
      this.local.subscribe(() => { this.#tellMedia(); }),
    );
    this.#look = setInterval(() => {
      const taking = this.taking.value;
      if (taking && this.hub.status.state === 'live') void this.fetch(taking.callId).catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#expiry);
    clearInterval(this.#look);
    this.#session?.stop();
    this.local.stop();
  }

  /** The hub's own time, since rings end by it. */
  now = (): number => Date.now() + this.#skewMs;

  /** After each connection: what is on now, and back into the call that this tab was in. */
  refresh = async (): Promise<void> => {
    const before = this.slice.value;
    const { calls } = await this.hub.request('call.list', {});
    this.#change((now) => callsListed(before, now, calls, this.#me, this.now()));
    for (const view of Object.values(before.byId)) {
      if (view.state !== 'ended' && !calls.some((call) => call.call_id === view.call_id)) void this.fetch(view.call_id).catch(() => undefined);
    }
    const taking = this.taking.value;
    if (taking?.phase === 'in' || (taking?.phase === 'entering' && taking.legId !== null)) await this.#enter(taking.callId);
    else if (!this.#began) await this.#comeBack(calls);
    this.#began = true;
  };

  onInbox(events: readonly HubEvent[]): void {
    for (const event of events) {
      if (event.t === 'call.rang') this.#change((state) => rang(state, event.data, this.now()));
      else if (event.t === 'call.ring_ended') {
        const { call_id: callId, reason, device_id: device } = event.data;
        const rings = callId in this.slice.value.rings;
        this.#change((state) => ringEnded(state, callId));
        const elsewhere = reason === 'answered_elsewhere' || reason === 'declined_elsewhere';
        if (rings && elsewhere && device !== this.#device) this.notice.set({ callId, reason });
        // Which call it is that goes on without this device.
        if (reason === 'answered_elsewhere') void this.fetch(callId).catch(() => undefined);
      }
    }
  }

  /** Facts of a conversation: what goes on in a call that this page is not in. */
  onConversation(events: readonly HubEvent[]): void {
    for (const event of events) {
      if (event.t !== 'call.joined' && event.t !== 'call.left' && event.t !== 'call.ended') continue;
      const known = this.slice.value.byId[event.data.call_id];
      if (known && known.state !== 'ended' && this.#session?.callId !== known.call_id) void this.fetch(known.call_id).catch(() => undefined);
    }
  }

  fetch = async (callId: string): Promise<CallView> => {
    const { call } = await this.hub.request('call.get', { call_id: callId });
    this.take(call);
    return call;
  };

  /** Call somebody; the answer is the call's id. */
  begin = async (conversationId: string, kind: CallKind, options: { invite?: string[]; waiting_room?: boolean } = {}): Promise<string> => {
    const { call } = await this.hub.request('call.start', { cid: newId(), conversation_id: conversationId, kind, ...options });
    this.take(call);
    void this.#enter(call.call_id, true);
    return call.call_id;
  };

  answer = async (callId: string, wish: { microphone: boolean; camera: boolean }): Promise<void> => {
    this.taking.set({ phase: 'entering', callId, legId: null });
    try {
      const { call } = await this.hub.request('call.accept', { cid: newId(), call_id: callId });
      this.take(call);
    } catch (error) {
      this.taking.set(null);
      this.#change((state) => ringEnded(state, callId));
      throw error;
    }
    if (this.#kindOf(callId) !== 'chat') void this.local.start(wish);
    await this.#follow(callId);
  };

  decline = async (callId: string): Promise<void> => {
    this.#change((state) => ringEnded(state, callId));
    await this.change('call.decline', callId);
  };

  /** Come in on this device: after a reload, or because the call is on another one. */
  enter = async (callId: string): Promise<void> => {
    await this.#enter(callId);
    if (this.#kindOf(callId) !== 'chat') void this.local.start({ microphone: true, camera: this.#kindOf(callId) === 'video' });
  };

  leave = async (callId: string): Promise<void> => {
    this.#drop(null);
    await this.change('call.leave', callId);
    await this.fetch(callId).catch(() => undefined);
  };

  endForAll = async (callId: string): Promise<void> => {
    await this.change('call.end', callId);
    await this.fetch(callId).catch(() => undefined);
  };

  get #session(): CallSession | null {
    const taking = this.taking.value;
    return taking?.phase === 'in' ? taking.session : null;
  }

  #kindOf(callId: string): CallKind | undefined {
    return this.slice.value.byId[callId]?.kind;
  }

  async #comeBack(calls: readonly CallView[]): Promise<void> {
    const kept = keptCall();
    const call = calls.find((one) => one.call_id === kept?.callId);
    if (!kept || !call) {
      keepCall(null);
      return;
    }
    this.local.mute(!kept.microphone);
    if (call.kind !== 'chat') void this.local.start({ microphone: true, camera: kept.camera });
    this.taking.set({ phase: 'entering', callId: kept.callId, legId: null });
    await this.#follow(kept.callId);
  }

  /** Into the call, or into its waiting room until the host says so. */
  async #follow(callId: string): Promise<void> {
    const view = this.slice.value.byId[callId];
    const state = view && partyOf(view, this.#me)?.state;
    if (state === 'present' || state === 'away' || state === 'waiting') await this.#enter(callId, true);
  }

  async #enter(callId: string, quiet = false): Promise<void> {
    const before = this.#session?.callId === callId ? this.#session : null;
    const waits = this.taking.value?.phase === 'entering' && this.taking.value.callId === callId ? this.taking.value : null;
    if (!before && !waits) this.taking.set({ phase: 'entering', callId, legId: null });
    const asked = this.taking.value;
    try {
      const entered = await this.hub.request('call.enter', { call_id: callId, leg_id: before?.legId ?? waits?.legId ?? null });
      if (this.taking.value !== asked) return;
      if (partyOf(entered.call, this.#me)?.state === 'waiting') {
        // A seat in the waiting room: entered again, on the same leg, when the host has said so.
        this.taking.set({ phase: 'entering', callId, legId: entered.leg_id });
        this.take(entered.call);
        return;
      }
      if (!before || before.legId !== entered.leg_id) {
        before?.stop();
        const session = new CallSession(this.hub, this.local, entered, this.#early);
        this.#early = [];
        this.taking.set({ phase: 'in', callId, session });
      }
      this.#teller.forget();
      this.take(entered.call);
      this.#tellMedia();
    } catch (error) {
      // Media goes on without the hub for a while; the next connection tries again.
      const passing = before !== null && error instanceof HubError && error.retryable;
      if (this.taking.value === asked && !passing) this.#drop({ phase: 'failed', callId, error });
      if (!quiet) throw error;
    }
  }

  protected take(view: CallView): void {
    this.#change((state) => callSeen(state, view, this.#me));
    const now = this.slice.value.byId[view.call_id] ?? view;
    const taking = this.taking.value;
    if (taking?.callId !== view.call_id) return;
    const seat = partyOf(now, this.#me);
    if (now.state === 'ended' || seat?.state === 'gone') this.#drop(null);
    else if (taking.phase === 'in') taking.session.update(now);
    // Admitted from the waiting room.
    else if (taking.phase === 'entering' && taking.legId !== null && seat?.state === 'present' && !this.#admitting) {
      this.#admitting = true;
      void this.#enter(view.call_id, true).finally(() => { this.#admitting = false; });
    }
  }

  #tellMedia(): void {
    if (this.#session) this.#teller.tell(this.#session, this.local.view);
  }

  #drop(next: Taking | null): void {
    const before = this.taking.value;
    this.#session?.stop();
    this.taking.set(next);
    keepCall(null);
    this.#teller.forget();
    if (before) this.local.stop();
  }

  #change(change: (state: CallsState) => CallsState): void {
    this.slice.update(change);
    clearTimeout(this.#expiry);
    const ends = Object.values(this.slice.value.rings).map((ring) => Date.parse(ring.expires_at));
    if (ends.length > 0) this.#expiry = setTimeout(() => { this.#change((state) => ringsExpired(state, this.now())); }, Math.max(100, Math.min(...ends) - this.now()));
  }
}
