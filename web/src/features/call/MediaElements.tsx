import { useEffect, useRef, type VideoHTMLAttributes } from 'react';

/** A picture; its sound is played elsewhere, so that it goes on when the picture is not shown. */
export function TrackVideo({ track, ...rest }: { track: MediaStreamTrack } & VideoHTMLAttributes<HTMLVideoElement>) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    element.play().catch(() => undefined);
    return () => { element.srcObject = null; };
  }, [track]);
  return <video ref={ref} muted playsInline autoPlay aria-hidden="true" {...rest} />;
}

interface TrackAudioProps {
  track: MediaStreamTrack;
  party: string;
  sinkId: string;
  silent: boolean;
  /** The browser wants to be touched before it plays. */
  onBlocked: () => void;
}

export function TrackAudio({ track, party, sinkId, silent, onBlocked }: TrackAudioProps) {
  const ref = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error: unknown) => { if (error instanceof DOMException && error.name === 'NotAllowedError') onBlocked(); });
    return () => { element.srcObject = null; };
  }, [track, onBlocked]);
  useEffect(() => {
    if (ref.current && 'setSinkId' in ref.current) void ref.current.setSinkId(sinkId).catch(() => undefined);
  }, [sinkId]);
  return <audio ref={ref} autoPlay muted={silent} data-party={party} aria-hidden="true" />;
}
