import type { Outgoing } from './types';

/** Bits per second of one video: enough for 720p to one person, less when five relayed copies share a downlink. */
export function videoBitrate(screen: boolean, receivers: number): number {
  if (screen) return 2_000_000;
  if (receivers <= 1) return 1_500_000;
  return receivers <= 3 ? 900_000 : 600_000;
}

/** Put the tracks of `outgoing` on two senders and bound what they spend; never renegotiates. */
export async function feed(audio: RTCRtpSender | undefined, video: RTCRtpSender | undefined, outgoing: Outgoing): Promise<void> {
  if (audio && audio.track !== outgoing.audio) await audio.replaceTrack(outgoing.audio);
  if (!video) return;
  if (video.track !== outgoing.video) await video.replaceTrack(outgoing.video);
  const parameters = video.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) return;
  const bitrate = videoBitrate(outgoing.screen, outgoing.receivers);
  const preference = outgoing.screen ? 'maintain-resolution' : 'balanced';
  if (encoding.maxBitrate === bitrate && parameters.degradationPreference === preference) return;
  encoding.maxBitrate = bitrate;
  parameters.degradationPreference = preference;
  await video.setParameters(parameters);
}
