import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandMap, CommandName, DurableFactName, FactMap, FactName } from '../contract';
import type { HubEvent } from '../hub';

/** The examples that the hub's own models validate (`tests/contract`). */
const FOLDER = resolve(import.meta.dirname, '../../../tests/contract/fixtures');

const read = (path: string): unknown => JSON.parse(readFileSync(resolve(FOLDER, path), 'utf8'));

export function reply<N extends CommandName>(name: N): CommandMap[N]['reply'] {
  return (read(`commands/${name}.json`) as { reply: CommandMap[N]['reply'] }).reply;
}

export function event<N extends DurableFactName>(name: N, n?: number): Extract<HubEvent, { t: N }> {
  const envelope = read(`facts/${name}.json`) as { n: number };
  return { t: name, ...envelope, n: n ?? envelope.n } as unknown as Extract<HubEvent, { t: N }>;
}

export function lossy<N extends FactName>(name: N): FactMap[N] {
  return (read(`facts/${name}.json`) as { data: FactMap[N] }).data;
}
