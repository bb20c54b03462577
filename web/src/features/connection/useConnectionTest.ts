import { useCallback, useEffect, useRef, useState } from 'react';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { ConnectionTest } from '../../contract';
import { HubError, type Hub } from '../../hub';
import { LocalMedia, watchLevel } from '../../media';
import { deviceResult, directResult, relayResult, serviceResult, turnResult, type Result, type Step } from './findings';
import { madeTracks, measureDirect, measureEcho, measureTurn, pause } from './measuring';

/** Say something meanwhile: the loudest moment counts. */
const LISTEN_MS = 3_000;
const ROUNDS = 3;

export interface TestView {
  readonly running: Step | null;
  readonly results: readonly Result[];
  /** The camera while it is tested. */
  readonly picture: MediaStreamTrack | null;
  /** 0 to 1, while the microphone is tested. */
  readonly level: number;
  /** The hub would not begin: too often, or no relay. */
  readonly error: unknown;
}

const NOTHING: TestView = { running: null, results: [], picture: null, level: 0, error: null };

/** One test from beginning to end; stops when one leaves the page. */
export function useConnectionTest(): { view: TestView; done: boolean; run: () => void } {
  const { hub } = useWorkspace();
  const [view, setView] = useState(NOTHING);
  const [done, setDone] = useState(false);
  const stop = useRef<(() => void) | null>(null);

  const run = useCallback(() => {
    if (stop.current) return;
    const local = new LocalMedia();
    let over = false;
    stop.current = () => {
      over = true;
      local.stop();
      stop.current = null;
    };
    setView(NOTHING);
    setDone(false);
    const show = (change: Partial<TestView>) => { if (!over) setView((before) => ({ ...before, ...change })); };
    const found = (result: Result) => { if (!over) setView((before) => ({ ...before, results: [...before.results, result] })); };
    void test(hub, local, show, found, () => over).catch((error: unknown) => { show({ error }); }).finally(() => {
      show({ running: null, picture: null, level: 0 });
      if (!over) setDone(true);
      stop.current?.();
    });
  }, [hub]);
  useEffect(() => () => { stop.current?.(); }, []);
  return { view, done, run };
}

async function test(hub: Hub, local: LocalMedia, show: (change: Partial<TestView>) => void, found: (result: Result) => void, isOver: () => boolean): Promise<void> {
  show({ running: 'service' });
  const rtt = await roundTrip(hub);
  found(serviceResult(rtt));
  if (rtt === null) return;

  show({ running: 'microphone' });
  await local.start({ microphone: true, camera: true });
  if (isOver()) {
    local.stop();
    return;
  }
  show({ picture: local.view.video });
  const loudest = local.view.audio ? await listen(local.view.audio, (level) => { show({ level }); }) : 0;
  found(deviceResult('microphone', local.view.microphone, loudest));
  found(deviceResult('camera', local.view.video?.muted ? 'busy' : local.view.camera, 0));
  if (isOver()) return;

  show({ running: 'relay' });
  const plan = await begin(hub);
  if (!plan) {
    found(relayResult('unreachable', null));
    return;
  }
  const made = madeTracks();
  try {
    // A camera in a dark room needs so little that it says nothing about the bandwidth: a busy picture is sent instead.
    const echo = await measureEcho(hub, plan, { audio: local.view.audio ?? made.tracks.audio, video: made.tracks.video });
    if (isOver()) return;
    found(relayResult(plan.relay, echo));
  } finally {
    made.stop();
    void hub.request('connection.end_test', { test_id: plan.test_id }).catch(() => undefined);
  }
  show({ running: 'turn', picture: null });
  found(turnResult(plan.turn, plan.turn === 'not_configured' ? null : await measureTurn(plan.ice_servers)));
  show({ running: 'direct' });
  found(directResult(await measureDirect(plan.ice_servers)));
}

/** Null: the relay is not there, which is a result; other refusals are told as such. */
async function begin(hub: Hub): Promise<ConnectionTest | null> {
  try {
    return await hub.request('connection.test', {});
  } catch (error) {
    if (error instanceof HubError && error.code === 'media_unavailable') return null;
    throw error;
  }
}

/** The shortest of some small requests, in milliseconds. */
async function roundTrip(hub: Hub): Promise<number | null> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    try {
      await hub.request('call.list', {});
      times.push(performance.now() - began);
    } catch {
      return null;
    }
  }
  return Math.min(...times);
}

async function listen(track: MediaStreamTrack, onLevel: (level: number) => void): Promise<number> {
  let loudest = 0;
  const stop = watchLevel(track, (level) => {
    loudest = Math.max(loudest, level);
    onLevel(level);
  });
  await pause(LISTEN_MS);
  stop();
  return loudest;
}
