import type { MediaStateInput } from '../../contract';
import type { LocalView } from '../../media';
import type { CallSession } from './callSession';
import { keepCall } from './rejoin';

/** Everybody is told what this page really sends, once for each change; the tab remembers it for a reload. */
export class MediaTeller {
  readonly #send: (callId: string, media: MediaStateInput) => Promise<unknown>;
  #told = '';

  constructor(send: (callId: string, media: MediaStateInput) => Promise<unknown>) {
    this.#send = send;
  }

  tell({ callId, legId }: CallSession, { audio, video, screen, muted, held, camera }: LocalView): void {
    const media: MediaStateInput = { audio: audio !== null && !muted, camera: video !== null && camera === 'on', screen: screen !== null, held };
    keepCall({ callId, legId, microphone: !muted, camera: video !== null });
    const told = JSON.stringify(media);
    if (told === this.#told) return;
    this.#told = told;
    this.#send(callId, media).catch(() => { this.#told = ''; });
  }

  /** Another leg, or none: what was told is not known there. */
  forget(): void {
    this.#told = '';
  }
}
