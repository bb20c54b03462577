// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest';
import { keepPass, keptPass, takeSecret } from './invitation';

const JOINED = { callId: 'c', userId: 'u', sessionId: 's', refreshToken: 'r' };

describe('takeSecret', () => {
  beforeEach(() => {
    keepPass(null);
    history.replaceState(null, '', '/guest#abc-DEF_0123456789');
  });

  it('takes the secret out of the address bar and keeps it in this tab', () => {
    expect(takeSecret()).toBe(true);
    expect([location.pathname, location.hash]).toEqual(['/guest', '']);
    expect(keptPass()).toEqual({ secret: 'abc-DEF_0123456789', joined: null });
  });

  it('goes on as the same guest when the same link is opened again', () => {
    keepPass({ secret: 'abc-DEF_0123456789', joined: JOINED });
    takeSecret();
    expect(keptPass()?.joined).toEqual(JOINED);
  });

  it('lets another link replace it', () => {
    keepPass({ secret: 'another', joined: JOINED });
    takeSecret();
    expect(keptPass()).toEqual({ secret: 'abc-DEF_0123456789', joined: null });
  });

  it('leaves other pages and links without a secret alone', () => {
    history.replaceState(null, '', '/settings#abc');
    expect(takeSecret()).toBe(false);
    history.replaceState(null, '', '/guest');
    expect(takeSecret()).toBe(false);
    expect(keptPass()).toBeNull();
  });
});
