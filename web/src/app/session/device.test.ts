// @vitest-environment jsdom
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** What a reload leaves of a page: the stores, none of its variables. */
async function reload() {
  vi.resetModules();
  const device = await import('./device');
  await device.startDevice();
  return device.deviceId();
}

const forbidden = (): never => { throw new DOMException('forbidden', 'SecurityError'); };

describe('the id of the device', () => {
  beforeEach(() => {
    vi.stubGlobal('indexedDB', new IDBFactory());
    localStorage.clear();
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('outlives a reload where localStorage is forbidden', async () => {
    vi.spyOn(Storage.prototype, 'getItem').mockImplementation(forbidden);
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(forbidden);
    const first = await reload();
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(await reload()).toBe(first);
  });

  it('outlives the loss of localStorage, and of IndexedDB', async () => {
    const first = await reload();
    localStorage.clear();
    expect(await reload()).toBe(first);
    vi.stubGlobal('indexedDB', new IDBFactory());
    expect(await reload()).toBe(first);
  });

  it('is there for as long as the page is open where nothing can be kept', async () => {
    vi.spyOn(Storage.prototype, 'getItem').mockImplementation(forbidden);
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(forbidden);
    vi.stubGlobal('indexedDB', { open: forbidden });
    vi.resetModules();
    const device = await import('./device');
    await device.startDevice();
    expect(device.deviceId()).toBe(device.deviceId());
  });
});
