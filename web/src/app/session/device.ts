import { openDB } from 'idb';
import { newId } from '../../hub';

/** What this browser remembers without a person being signed in. Never tokens, never health data. */

const DEVICE = 'carewire.device';
const LAST = 'carewire.last';
/** A database that does not open within this time does not keep the person from working. */
const KEPT_MS = 3_000;

/** Of the person signed in last: enough to open the shell, and their outbox, without a network. */
export interface LastPerson {
  userId: string;
  name: string;
  role: string;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // A browser that forbids storage still works; it is a new device each time.
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // See `read`.
  }
}

/** The id for as long as this page is open, where localStorage does not keep it. */
let unstored: string | undefined;

/** UUIDv7 of this browser, the same for ever. `startDevice` has to come first, or it may be a new one. */
export function deviceId(): string {
  const known = read(DEVICE) ?? unstored;
  if (known !== undefined) return known;
  unstored = newId();
  write(DEVICE, unstored);
  return unstored;
}

/**
 * Find the id of this browser before anything asks for it. IndexedDB, where the outbox is, keeps it too: what is sent
 * again after a reload has to come from the same device, or the hub takes it for something new.
 */
export async function startDevice(): Promise<void> {
  if (read(DEVICE) !== null) return;
  const patience = new Promise<undefined>((resolve) => { setTimeout(resolve, KEPT_MS, undefined); });
  unstored = (await Promise.race([kept(), patience]).catch(() => undefined)) ?? unstored;
  if (unstored !== undefined) write(DEVICE, unstored);
}

/** The id in IndexedDB, put there if there is none: one transaction, so that two tabs get the same one. */
async function kept(): Promise<string> {
  const database = await openDB(DEVICE, 1, { upgrade(db) { db.createObjectStore('state'); } });
  try {
    const reading = database.transaction('state', 'readwrite', { durability: 'strict' });
    const known: unknown = await reading.store.get('id');
    const id = typeof known === 'string' ? known : newId();
    if (id !== known) await reading.store.put(id, 'id');
    await reading.done;
    return id;
  } finally {
    database.close();
  }
}

export function lastPerson(): LastPerson | null {
  const text = read(LAST);
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as Partial<LastPerson>;
    if (typeof value.userId !== 'string' || typeof value.name !== 'string' || typeof value.role !== 'string') return null;
    return { userId: value.userId, name: value.name, role: value.role };
  } catch {
    return null;
  }
}

export function rememberPerson(person: LastPerson | null): void {
  write(LAST, person === null ? null : JSON.stringify(person));
}

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
];

/** For the list of sessions, for example `Firefox · Windows`. */
export function deviceName(agent: string = navigator.userAgent): string {
  const pick = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(agent))?.[1];
  return [pick(BROWSERS), pick(SYSTEMS)].filter((part) => part !== undefined).join(' · ');
}
