import type { IceServers } from '../contract';
import type { Clock } from '../hub';

/** TURN credentials are renewed this long before they end; after a refusal, and at the soonest, after this. */
const BEFORE_MS = 90_000;
const AGAIN_MS = 15_000;

/** Keeps TURN credentials fresh for as long as a call lasts. Returns what stops it. */
export function renewing(clock: Clock, until: number, ask: () => Promise<IceServers>, onServers: (servers: RTCIceServer[]) => void): () => void {
  let stopped = false;
  let timer: unknown = null;
  const later = (ms: number): void => { timer = clock.setTimeout(() => void renew(), Math.max(ms, AGAIN_MS)); };
  const renew = async (): Promise<void> => {
    const fresh = await ask().catch(() => null);
    if (stopped) return;
    if (fresh) onServers(serversOf(fresh.ice_servers));
    later(fresh ? Date.parse(fresh.expires_at) - clock.now() - BEFORE_MS : AGAIN_MS);
  };
  later(until - clock.now() - BEFORE_MS);
  return () => {
    stopped = true;
    clock.clearTimeout(timer);
  };
}

export function serversOf(servers: IceServers['ice_servers']): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => ({ urls, ...(username === null ? {} : { username }), ...(credential === null ? {} : { credential }) }));
}
