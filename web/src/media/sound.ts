/** Sounds of a telephone, made of sine tones: nothing to load, nothing to license. */

/** `[start s, length s, frequencies Hz]` within one round. */
type Note = readonly [number, number, readonly number[]];

interface Pattern {
  readonly notes: readonly Note[];
  readonly roundS: number;
  readonly volume: number;
}

const PATTERNS = {
  /** Somebody calls: a soft rising chime. */
  ring: { notes: [[0, 0.35, [523.25]], [0.2, 0.35, [659.25]], [0.4, 0.7, [783.99]], [1.3, 0.35, [523.25]], [1.5, 0.7, [783.99]]], roundS: 3.4, volume: 0.16 },
  /** We call: what a caller hears in most of Europe. */
  ringback: { notes: [[0, 1, [425]]], roundS: 4, volume: 0.05 },
  /** Somebody calls while one is in a call. */
  waiting: { notes: [[0, 0.18, [587.33]], [0.3, 0.18, [587.33]]], roundS: 5, volume: 0.07 },
} as const satisfies Record<string, Pattern>;

export type SoundName = keyof typeof PATTERNS;

let shared: AudioContext | null = null;

function context(): AudioContext | null {
  if (typeof AudioContext === 'undefined') return null;
  shared ??= new AudioContext();
  // A page nobody has touched yet may not sound; it begins as soon as it may.
  if (shared.state === 'suspended') void shared.resume().catch(() => undefined);
  return shared;
}

/** Repeats until the returned function is called. */
export function play(name: SoundName): () => void {
  const audio = context();
  if (!audio) return () => undefined;
  const { notes, roundS, volume } = PATTERNS[name];
  const master = audio.createGain();
  master.gain.value = volume;
  master.connect(audio.destination);
  const round = (): void => {
    if (audio.state !== 'running') return;
    for (const [start, length, tones] of notes) for (const tone of tones) sound(audio, master, tone, audio.currentTime + 0.05 + start, length);
  };
  round();
  const timer = setInterval(round, roundS * 1000);
  const onRunning = (): void => { round(); };
  audio.addEventListener('statechange', onRunning);
  return () => {
    clearInterval(timer);
    audio.removeEventListener('statechange', onRunning);
    master.disconnect();
  };
}

/** One short tone on a chosen output, for trying the loudspeaker. Resolves when it has sounded. */
export async function tryOutput(sinkId: string): Promise<void> {
  const audio = new AudioContext();
  const output = audio.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = output.stream;
  if (sinkId !== '' && 'setSinkId' in element) await element.setSinkId(sinkId).catch(() => undefined);
  for (const [start, length, tones] of PATTERNS.ring.notes.slice(0, 3)) for (const tone of tones) sound(audio, output, tone, audio.currentTime + 0.1 + start, length, 0.3);
  await element.play();
  await new Promise((resolve) => { setTimeout(resolve, 1_400); });
  element.srcObject = null;
  await audio.close();
}

function sound(audio: AudioContext, output: AudioNode, frequency: number, at: number, length: number, volume = 1): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(volume, at + 0.03);
  gain.gain.setTargetAtTime(0, at + length * 0.6, length * 0.15);
  oscillator.connect(gain).connect(output);
  oscillator.start(at);
  oscillator.stop(at + length + 0.3);
}

/** How loud a track is, 0 to 1, several times a second; returns what stops it. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const audio = context();
  if (!audio) return () => undefined;
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    // Speech is around -30 dB; a meter in decibels shows it as the ear hears it.
    onLevel(Math.min(1, Math.max(0, 1 + (10 * Math.log10(power + 1e-10)) / 60)));
  }, 80);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
