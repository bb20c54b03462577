import { CANDIDATE_KIND_VALUES, type CandidateKind } from '../contract';

/** What has been received from one party, in totals since the path began. */
export interface PartyFlow {
  /** 0 to 1: how loud they are now. */
  level: number;
  bytes: number;
  frames: number;
  width: number;
  height: number;
}

/** A reading of `RTCPeerConnection.getStats`, in totals. Times in milliseconds. */
export interface Sample {
  readonly at: number;
  readonly packetsIn: number;
  readonly lostIn: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Everything the transport received, RTCP included: grows as long as the other end lives. */
  readonly transportIn: number;
  readonly framesOut: number;
  /** Sum over the microphone's loudness; stands still when it gives nothing. */
  readonly energyOut: number;
  readonly rttMs: number | null;
  /** 0 to 1: what the other end misses of ours, over its last report. */
  readonly lossOut: number;
  readonly cpuLimited: boolean;
  readonly candidateKind: CandidateKind | null;
  readonly parties: Readonly<Record<string, PartyFlow>>;
}

/** One entry of an `RTCStatsReport`; fields differ by type, and browsers leave some out. */
export type StatsEntry = Readonly<Record<string, unknown>>;

const number = (entry: StatsEntry, name: string): number => {
  const value = entry[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
};
const text = (entry: StatsEntry | undefined, name: string): string => {
  const value = entry?.[name];
  return typeof value === 'string' ? value : '';
};

/** `partyOf` says who is received on a mid. */
export function sampleOf(report: Iterable<StatsEntry>, partyOf: (mid: string) => string | null, at: number): Sample {
  const entries = [...report];
  const byId = new Map(entries.map((entry) => [text(entry, 'id'), entry]));
  const ofType = (type: string): StatsEntry[] => entries.filter((entry) => text(entry, 'type') === type);
  const inbound = ofType('inbound-rtp');
  const outbound = ofType('outbound-rtp');
  const heard = ofType('remote-inbound-rtp');
  const sum = (rows: StatsEntry[], name: string): number => rows.reduce((total, row) => total + number(row, name), 0);
  const pair = chosenPair(entries, byId);
  const rtt = pair && number(pair, 'currentRoundTripTime') > 0 ? number(pair, 'currentRoundTripTime') : Math.max(0, ...heard.map((row) => number(row, 'roundTripTime')));
  const kind = text(byId.get(text(pair, 'localCandidateId')), 'candidateType');
  return {
    at,
    packetsIn: sum(inbound, 'packetsReceived'),
    lostIn: Math.max(0, sum(inbound, 'packetsLost')),
    bytesIn: sum(inbound, 'bytesReceived'),
    bytesOut: sum(outbound, 'bytesSent'),
    transportIn: Math.max(sum(ofType('transport'), 'bytesReceived'), pair ? number(pair, 'bytesReceived') : 0),
    framesOut: sum(outbound, 'framesEncoded'),
    energyOut: sum(ofType('media-source').filter((row) => text(row, 'kind') === 'audio'), 'totalAudioEnergy'),
    rttMs: rtt > 0 ? Math.round(rtt * 1000) : null,
    lossOut: Math.min(1, Math.max(0, ...heard.map((row) => number(row, 'fractionLost')))),
    cpuLimited: outbound.some((row) => text(row, 'qualityLimitationReason') === 'cpu'),
    candidateKind: CANDIDATE_KIND_VALUES.find((value) => value === kind) ?? null,
    parties: flows(inbound, partyOf),
  };
}

function flows(inbound: StatsEntry[], partyOf: (mid: string) => string | null): Record<string, PartyFlow> {
  const found: Record<string, PartyFlow> = {};
  for (const row of inbound) {
    const party = partyOf(text(row, 'mid'));
    if (party === null) continue;
    const flow = (found[party] ??= { level: 0, bytes: 0, frames: 0, width: 0, height: 0 });
    flow.level = Math.max(flow.level, number(row, 'audioLevel'));
    flow.bytes += number(row, 'bytesReceived');
    flow.frames += number(row, 'framesDecoded');
    flow.width = Math.max(flow.width, number(row, 'frameWidth'));
    flow.height = Math.max(flow.height, number(row, 'frameHeight'));
  }
  return found;
}

/** The candidate pair in use: by the transport where it is told (Chromium, Safari), else as marked (Firefox). */
function chosenPair(entries: StatsEntry[], byId: Map<string, StatsEntry>): StatsEntry | undefined {
  const transport = entries.find((entry) => text(entry, 'type') === 'transport' && text(entry, 'selectedCandidatePairId') !== '');
  const told = transport && byId.get(text(transport, 'selectedCandidatePairId'));
  return told ?? entries.find((entry) => text(entry, 'type') === 'candidate-pair' && (entry['selected'] === true || (entry['nominated'] === true && text(entry, 'state') === 'succeeded')));
}
