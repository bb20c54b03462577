import type { BusyMode, CallView, ChangeCall, GuestLink, Language } from '../../contract';
import { newId, type Hub } from '../../hub';

type CallChange = 'call.decline' | 'call.leave' | 'call.end' | 'recording.ask' | 'recording.stop';

/** What is asked of the hub about a call and changes nothing on this page but the call itself. */
export abstract class CallCommands {
  protected readonly hub: Hub;

  protected constructor(hub: Hub) {
    this.hub = hub;
  }

  invite = (callId: string, userId: string): Promise<void> => this.reply(this.hub.request('call.invite', { cid: newId(), call_id: callId, user_id: userId }));
  transfer = (callId: string, userId: string): Promise<void> => this.reply(this.hub.request('call.transfer', { cid: newId(), call_id: callId, user_id: userId }));
  admit = (callId: string, partyId: string): Promise<void> => this.reply(this.hub.request('call.admit', { cid: newId(), call_id: callId, party_id: partyId }));
  refuse = (callId: string, partyId: string): Promise<void> => this.reply(this.hub.request('call.refuse', { cid: newId(), call_id: callId, party_id: partyId }));
  askForRecording = (callId: string): Promise<void> => this.change('recording.ask', callId);
  stopRecording = (callId: string): Promise<void> => this.change('recording.stop', callId);

  consent = (callId: string, agreed: boolean, textVersion: string, language: Language): Promise<void> =>
    this.reply(this.hub.request('recording.consent', { cid: newId(), call_id: callId, agreed, text_version: textVersion, language }));

  guestLink = (callId: string, label: string, minutes: number): Promise<GuestLink> =>
    this.hub.request('call.create_guest_link', { cid: newId(), call_id: callId, label, minutes });

  preference = async (): Promise<BusyMode> => (await this.hub.request('call.preference', {})).busy_mode;
  setPreference = async (mode: BusyMode): Promise<BusyMode> => (await this.hub.request('call.set_preference', { busy_mode: mode })).busy_mode;

  /** The call as some answer or fact shows it. */
  protected abstract take(view: CallView): void;

  protected async change(name: CallChange, callId: string): Promise<void> {
    const payload: ChangeCall = { cid: newId(), call_id: callId };
    const reply = await this.hub.request(name, payload);
    if ('call' in reply) this.take(reply.call);
  }

  protected async reply(work: Promise<{ call: CallView }>): Promise<void> {
    this.take((await work).call);
  }
}
