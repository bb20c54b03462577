import type { ConnectionTest } from '../../contract';
import type { Hub } from '../../hub';
import { serversOf } from '../../media';
import { feed } from '../../media/encoding';
import { sampleOf, type Sample, type StatsEntry } from '../../media/stats';
import type { DirectMeasure, EchoMeasure, TurnMeasure } from './findings';

const CONNECT_MS = 8_000;
/** Encoders and estimates of bandwidth need a moment before their numbers say something. */
const WARM_MS = 2_000;
const MEASURE_MS = 5_000;
const GATHER_MS = 6_000;
/** The m-lines of the relay's offer on which one sends. */
const UPLINK: readonly (string | null)[] = ['0', '1'];

export interface Tracks {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Send to the relay, which sends everything back, and measure for some seconds. Null if UDP does not get there. */
export async function measureEcho(hub: Hub, test: ConnectionTest, tracks: Tracks): Promise<EchoMeasure | null> {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  try {
    await pc.setRemoteDescription({ type: 'offer', sdp: test.sdp });
    const lines = pc.getTransceivers();
    for (const line of lines) line.direction = UPLINK.includes(line.mid) ? 'sendrecv' : 'recvonly';
    const [audio, video] = UPLINK.map((mid) => lines.find((line) => line.mid === mid)?.sender);
    await feed(audio, video, { ...tracks, screen: false, receivers: 1 });
    await pc.setLocalDescription();
    await hub.request('connection.answer_test', { test_id: test.test_id, offer_id: test.offer_id, sdp: pc.localDescription?.sdp ?? '' });
    if (!(await connected(pc, CONNECT_MS))) return null;
    await feed(audio, video, { ...tracks, screen: false, receivers: 1 });
    await pause(WARM_MS);
    const before = await sample(pc);
    await pause(MEASURE_MS);
    return between(before, await sample(pc));
  } finally {
    pc.close();
  }
}

function between(before: Sample, after: Sample): EchoMeasure {
  const seconds = Math.max(0.1, (after.at - before.at) / 1000);
  const lost = Math.max(0, after.lostIn - before.lostIn);
  const arrived = after.packetsIn - before.packetsIn;
  const kbps = (bytes: number) => (bytes * 8) / 1000 / seconds;
  return {
    rttMs: after.rttMs, lossPercent: 100 * Math.max(after.lossOut, lost / Math.max(1, lost + arrived)),
    kbpsUp: kbps(after.bytesOut - before.bytesOut), kbpsDown: kbps(after.bytesIn - before.bytesIn),
  };
}

async function sample(pc: RTCPeerConnection): Promise<Sample> {
  const entries: StatsEntry[] = [];
  (await pc.getStats()).forEach((entry) => entries.push(entry as StatsEntry));
  return sampleOf(entries, () => null, performance.now());
}

/** An address at a TURN server, and two of one's own connections that meet there. */
export async function measureTurn(servers: ConnectionTest['ice_servers']): Promise<TurnMeasure> {
  const configuration: RTCConfiguration = { iceServers: serversOf(servers), iceTransportPolicy: 'relay' };
  const [a, b] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
  try {
    a.createDataChannel('test');
    a.addEventListener('icecandidate', ({ candidate }) => { if (candidate) void b.addIceCandidate(candidate).catch(() => undefined); });
    b.addEventListener('icecandidate', ({ candidate }) => { if (candidate) void a.addIceCandidate(candidate).catch(() => undefined); });
    const found = gathered(a);
    await a.setLocalDescription();
    if (a.localDescription) await b.setRemoteDescription(a.localDescription);
    await b.setLocalDescription();
    if (b.localDescription) await a.setRemoteDescription(b.localDescription);
    const [candidates, carries] = await Promise.all([found, connected(a, GATHER_MS)]);
    return { relayed: [...new Set(candidates.filter((one) => one.type === 'relay').map(protocolOf))], carries };
  } finally {
    a.close();
    b.close();
  }
}

/** Whether a server outside answers over UDP, as another person's device would have to. */
export async function measureDirect(servers: ConnectionTest['ice_servers']): Promise<DirectMeasure> {
  const asked = servers.some(({ urls }) => urls.some((url) => /^(stun|turn):/.test(url) && !/transport=tcp/.test(url)));
  if (!asked) return { asked, answered: false };
  const pc = new RTCPeerConnection({ iceServers: serversOf(servers) });
  try {
    pc.createDataChannel('test');
    const found = gathered(pc);
    await pc.setLocalDescription();
    const candidates = await found;
    // Without a translating router the server sees the device's own address, which is no candidate of its own.
    return { asked, answered: candidates.some((one) => one.type === 'srflx' || (one.type === 'relay' && protocolOf(one) === 'udp')) };
  } finally {
    pc.close();
  }
}

/** Transport between device and TURN server; browsers that do not tell it mean UDP. */
function protocolOf(candidate: RTCIceCandidate): string {
  const told = (candidate as RTCIceCandidate & { relayProtocol?: string | null }).relayProtocol;
  return told ?? 'udp';
}

function gathered(pc: RTCPeerConnection): Promise<RTCIceCandidate[]> {
  const found: RTCIceCandidate[] = [];
  const done = new Promise<void>((resolve) => {
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate) found.push(candidate);
      else resolve();
    });
  });
  return Promise.race([done, pause(GATHER_MS)]).then(() => found);
}

async function connected(pc: RTCPeerConnection, ms: number): Promise<boolean> {
  const done = new Promise<void>((resolve) => {
    const look = () => { if (pc.connectionState === 'connected' || pc.connectionState === 'failed') resolve(); };
    pc.addEventListener('connectionstatechange', look);
    look();
  });
  await Promise.race([done, pause(ms)]);
  return pc.connectionState === 'connected';
}

/** A busy picture, and a tone for devices without a microphone: the network is tested all the same. */
export function madeTracks(): { tracks: Tracks; stop: () => void } {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const brush = canvas.getContext('2d');
  const timer = setInterval(() => {
    for (let n = 0; brush && n < 60; n += 1) {
      brush.fillStyle = `hsl(${Math.random() * 360} 70% 50%)`;
      brush.fillRect(Math.random() * 640, Math.random() * 360, 60, 40);
    }
  }, 50);
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const tracks = { audio: out.stream.getAudioTracks()[0] ?? null, video: canvas.captureStream(20).getVideoTracks()[0] ?? null };
  return {
    tracks,
    stop: () => {
      clearInterval(timer);
      tracks.audio?.stop();
      tracks.video?.stop();
      void audio.close();
    },
  };
}
