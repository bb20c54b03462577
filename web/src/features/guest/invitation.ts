import type { SessionTokens } from '../../contract';

/** What this tab knows of a guest: kept by the tab alone, so that a reload goes on, and gone with it. */
export interface GuestPass {
  readonly secret: string;
  /** Once the link was used. */
  readonly joined: { readonly callId: string; readonly userId: string; readonly sessionId: string; readonly refreshToken: string } | null;
}

const KEY = 'carewire.guest';
const PATH = '/guest';

export function keptPass(): GuestPass | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<GuestPass> | null;
    return typeof value?.secret === 'string' ? { secret: value.secret, joined: value.joined ?? null } : null;
  } catch {
    return memory;
  }
}

/** Where storage is forbidden, a reload needs the link again. */
let memory: GuestPass | null = null;

export function keepPass(pass: GuestPass | null): void {
  memory = pass;
  try {
    if (pass === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(pass));
  } catch {
    // See `memory`.
  }
}

export const joinedAs = (callId: string, tokens: SessionTokens): GuestPass['joined'] =>
  ({ callId, userId: tokens.user_id, sessionId: tokens.session_id, refreshToken: tokens.refresh_token ?? '' });

/**
 * Take the secret out of the address bar, where others could read it over a shoulder or in the history. A link that is
 * opened in a tab of another guest replaces that one.
 */
export function takeSecret(place: Pick<Location, 'pathname' | 'hash'> = location): boolean {
  if (place.pathname !== PATH || place.hash.length < 2) return false;
  const secret = decoded(place.hash.slice(1));
  if (keptPass()?.secret !== secret) keepPass({ secret, joined: null });
  history.replaceState(history.state, '', PATH);
  return true;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Before the router has seen the address.
if (typeof location !== 'undefined') takeSecret();
