import { newId } from '../../hub';

/** What this browser remembers without a person being signed in. Never tokens, never health data. */

const DEVICE = 'carewire.device';
const LAST = 'carewire.last';

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

let unstored: string | undefined;

/** UUIDv7 of this browser, the same for ever. */
export function deviceId(): string {
  const known = read(DEVICE) ?? unstored;
  if (known !== undefined) return known;
  unstored = newId();
  write(DEVICE, unstored);
  return unstored;
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
