import { rememberedDevices, rememberDevices, type ChosenDevices } from './remembered';
import type { Outgoing } from './types';

/** Where a camera or microphone stands: why there is none, in the words of `NotAllowedError` and the like. */
export type DeviceState = 'off' | 'asking' | 'on' | 'denied' | 'missing' | 'busy';
export type InputKind = 'microphone' | 'camera';

export interface Device {
  readonly id: string;
  readonly label: string;
}

/** What this device gives, and could give. */
export interface LocalView {
  readonly microphone: DeviceState;
  readonly camera: DeviceState;
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
  readonly screen: MediaStreamTrack | null;
  readonly muted: boolean;
  readonly held: boolean;
  readonly microphones: readonly Device[];
  readonly cameras: readonly Device[];
  readonly speakers: readonly Device[];
  readonly chosen: ChosenDevices;
}

const NOTHING: Omit<LocalView, 'chosen'> = {
  microphone: 'off', camera: 'off', audio: null, video: null, screen: null, muted: false, held: false, microphones: [], cameras: [], speakers: [],
};

/** Microphone, camera and screen of this device. Nothing is captured before it is asked for, or after `stop`. */
export class LocalMedia {
  #view: LocalView = { ...NOTHING, chosen: rememberedDevices() };
  readonly #listeners = new Set<() => void>();
  #life = 0;

  get view(): LocalView {
    return this.#view;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): LocalView => this.#view;

  /** What goes out to `receivers`; nothing while on hold. */
  outgoing(receivers: number): Outgoing {
    const { audio, video, screen, held } = this.#view;
    return { audio: held ? null : audio, video: held ? null : (screen ?? video), screen: screen !== null, receivers };
  }

  /** Capture what is wished. One question to the person if both are new; each is tried alone if both together fail. */
  async start(wish: { microphone: boolean; camera: boolean }): Promise<void> {
    mediaDevices()?.addEventListener('devicechange', this.#onDevices);
    const wants = { microphone: wish.microphone && !this.#view.audio, camera: wish.camera && !this.#view.video };
    if (wants.microphone && wants.camera) {
      this.#set({ microphone: 'asking', camera: 'asking' });
      if (!(await this.#both())) {
        await this.#one('microphone');
        await this.#one('camera');
      }
    } else if (wants.microphone) await this.#one('microphone');
    else if (wants.camera) await this.#one('camera');
    await this.#list();
  }

  mute(muted: boolean): void {
    if (this.#view.audio) this.#view.audio.enabled = !muted;
    this.#set({ muted });
  }

  async toggleCamera(on: boolean): Promise<void> {
    if (on) await this.start({ microphone: false, camera: true });
    else {
      this.#view.video?.stop();
      this.#set({ video: null, camera: 'off' });
    }
  }

  hold(held: boolean): void {
    this.#set({ held });
  }

  async choose(kind: InputKind | 'speaker', id: string): Promise<void> {
    const chosen = { ...this.#view.chosen, [kind]: id };
    rememberDevices(chosen);
    this.#set({ chosen });
    if (kind === 'speaker') return;
    const name = kind === 'microphone' ? 'audio' : 'video';
    const before = this.#view[name];
    if (before) await this.#one(kind, before);
  }

  /** False when the person chose nothing. */
  async share(): Promise<boolean> {
    const life = this.#life;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
      const [screen] = stream.getVideoTracks();
      if (!screen) return false;
      if (life !== this.#life) {
        screen.stop();
        return false;
      }
      screen.contentHint = 'detail';
      screen.addEventListener('ended', () => { if (this.#view.screen === screen) this.unshare(); });
      this.#set({ screen });
      return true;
    } catch {
      return false;
    }
  }

  unshare(): void {
    const { screen } = this.#view;
    this.#set({ screen: null });
    screen?.stop();
  }

  stop(): void {
    this.#life += 1;
    mediaDevices()?.removeEventListener('devicechange', this.#onDevices);
    for (const track of [this.#view.audio, this.#view.video, this.#view.screen]) track?.stop();
    this.#set({ ...NOTHING });
  }

  async #both(): Promise<boolean> {
    const life = this.#life;
    try {
      const stream = await capture(this.#constraint('microphone'), this.#constraint('camera'));
      const [audio, video] = [stream.getAudioTracks()[0], stream.getVideoTracks()[0]];
      if (life !== this.#life) {
        for (const track of stream.getTracks()) track.stop();
        return true;
      }
      if (audio) this.#take('microphone', audio);
      if (video) this.#take('camera', video);
      return audio !== undefined && video !== undefined;
    } catch {
      return false;
    }
  }

  async #one(kind: InputKind, before?: MediaStreamTrack): Promise<void> {
    const life = this.#life;
    this.#set({ [kind]: before ? this.#view[kind] : 'asking' });
    // Many devices can be open once only.
    if (kind === 'camera') before?.stop();
    try {
      const wanted = this.#constraint(kind);
      const stream = await (kind === 'microphone' ? capture(wanted, false) : capture(false, wanted));
      const [track] = stream.getTracks();
      if (life !== this.#life) track?.stop();
      else if (track) this.#take(kind, track);
      if (kind === 'microphone') before?.stop();
    } catch (error) {
      if (life === this.#life) this.#set({ [kind]: reasonOf(error), [kind === 'microphone' ? 'audio' : 'video']: null });
    }
  }

  #take(kind: InputKind, track: MediaStreamTrack): void {
    track.contentHint = kind === 'microphone' ? 'speech' : 'motion';
    if (kind === 'microphone') track.enabled = !this.#view.muted;
    const name = kind === 'microphone' ? 'audio' : 'video';
    // Unplugged: take another one, if there is any.
    track.addEventListener('ended', () => { if (this.#view[name] === track) void this.#one(kind, track).then(this.#list); });
    this.#set({ [name]: track, [kind]: 'on' });
  }

  #constraint(kind: InputKind): MediaTrackConstraints {
    const id = this.#view.chosen[kind];
    const device = id === '' ? {} : { deviceId: { ideal: id } };
    if (kind === 'microphone') return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
  }

  #onDevices = (): void => { void this.#list(); };

  #list = async (): Promise<void> => {
    const all = (await mediaDevices()?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: MediaDeviceKind): Device[] => all.filter((one) => one.kind === kind && one.deviceId !== '').map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.#set({ microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') });
  };

  #set(change: Partial<LocalView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

async function capture(audio: MediaTrackConstraints | false, video: MediaTrackConstraints | false): Promise<MediaStream> {
  const devices = mediaDevices();
  if (!devices) throw new DOMException('no media devices', 'NotAllowedError');
  return devices.getUserMedia({ audio, video });
}

/** Undefined on a page that did not come over https. */
function mediaDevices(): MediaDevices | undefined {
  return (navigator as Partial<Navigator>).mediaDevices;
}

export function canShareScreen(): boolean {
  return 'getDisplayMedia' in (mediaDevices() ?? {});
}

export function reasonOf(error: unknown): DeviceState {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'missing';
}
