import { describe, expect, it } from 'vitest';
import ar from '../../i18n/ar/connection.json';
import en from '../../i18n/en/connection.json';
import es from '../../i18n/es/connection.json';
import { deviceResult, directResult, overallOf, relayResult, serviceResult, turnResult, type EchoMeasure, type Result } from './findings';

const ECHO: EchoMeasure = { rttMs: 40, lossPercent: 0.24, kbpsUp: 1_402.6, kbpsDown: 1_398 };
const GOOD = [
  serviceResult(30), deviceResult('microphone', 'on', 0.6), deviceResult('camera', 'on', 0), relayResult('ok', ECHO),
  turnResult('ok', { relayed: ['udp'], carries: true }), directResult({ asked: true, answered: true }),
];
const reasons = (results: Result[]) => results.map(({ grade, reason }) => `${grade} ${reason}`);
const instead = (result: Result) => GOOD.map((one) => (one.step === result.step ? result : one));

describe('results', () => {
  it('of the relay say what is wrong with what arrives', () => {
    expect(reasons([
      relayResult('ok', ECHO), relayResult('ok', null), relayResult('unreachable', null), relayResult('ok', { ...ECHO, lossPercent: 8 }), relayResult('ok', { ...ECHO, kbpsUp: 90 }), relayResult('ok', { ...ECHO, rttMs: 900 }),
    ])).toEqual(['good ok', 'poor udp_blocked', 'poor unavailable', 'fair lossy', 'fair narrow', 'fair slow']);
    expect(relayResult('ok', ECHO).values).toEqual({ rtt: 40, loss: 0.2, up: 1_403, down: 1_398 });
  });

  it('of TURN tell a server that is not there from one that refuses, is slow, or carries nothing', () => {
    expect(reasons([
      turnResult('not_configured', null), turnResult('unreachable', { relayed: [], carries: false }), turnResult('refused', { relayed: [], carries: false }),
      turnResult('ok', { relayed: ['udp'], carries: false }), turnResult('ok', { relayed: ['tcp', 'tls'], carries: true }), turnResult('ok', { relayed: ['tcp', 'udp'], carries: true }),
    ])).toEqual(['unknown not_configured', 'poor unreachable', 'poor refused', 'fair unconfirmed', 'fair tcp_only', 'good ok']);
  });

  it('of devices and the rest', () => {
    expect(reasons([deviceResult('microphone', 'denied', 0), deviceResult('microphone', 'on', 0.01), deviceResult('camera', 'on', 0), deviceResult('camera', 'busy', 0), deviceResult('camera', 'off', 0)]))
      .toEqual(['poor denied', 'fair quiet', 'good ok', 'poor busy', 'unknown not_tried']);
    expect(reasons([serviceResult(null), serviceResult(900), directResult({ asked: false, answered: false }), directResult({ asked: true, answered: false })]))
      .toEqual(['poor unreachable', 'fair slow', 'unknown not_tried', 'fair blocked']);
  });
});

describe('overall', () => {
  it('is good, also without a detour that nobody set up', () => {
    expect(overallOf(GOOD)).toBe('good');
    expect(overallOf(instead(turnResult('not_configured', null)))).toBe('good');
  });

  it('is poor without a voice or a way', () => {
    expect(overallOf(instead(deviceResult('microphone', 'denied', 0)))).toBe('poor');
    expect(overallOf(instead(relayResult('ok', null)).map((one) => (one.step === 'turn' ? turnResult('not_configured', null) : one)))).toBe('poor');
    expect(overallOf([serviceResult(null)])).toBe('poor');
  });

  it('is fair with a detour only, or without a camera', () => {
    expect(overallOf(instead(relayResult('ok', null)))).toBe('fair');
    expect(overallOf(instead(deviceResult('camera', 'missing', 0)))).toBe('fair');
  });
});

it('every language says the same results', () => {
  const keys = (texts: typeof en) => Object.entries(texts.said).flatMap(([step, said]) => Object.keys(said).map((reason) => `${step}.${reason}`)).sort();
  expect(keys(es)).toEqual(keys(en));
  expect(keys(ar)).toEqual(keys(en));
});
