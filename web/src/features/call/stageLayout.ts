import type { PartyView } from '../../contract';

/** A small screen shows this many others; who speaks is among them. */
const SMALL_OTHERS = 3;

export interface StageLayout {
  /** Whoever shows their screen, or else the one to follow, has most of the stage. */
  readonly spotlight: PartyView | null;
  readonly shown: readonly PartyView[];
  readonly hidden: readonly PartyView[];
  /** Oneself in a corner, or as one of the tiles. */
  readonly corner: boolean;
}

/** Who is where on the stage. People keep their places; only a hidden speaker takes the last one. */
export function stageLayout(others: readonly PartyView[], speaker: string | null, small: boolean, follow: string | null = null): StageLayout {
  const present = others.filter((party) => party.state === 'present');
  const followed = others.length > 1 ? present.find((party) => party.party_id === follow) : undefined;
  const spotlight = present.find((party) => party.media.screen) ?? followed ?? null;
  const rest = others.filter((party) => party !== spotlight);
  const room = small ? SMALL_OTHERS - (spotlight ? 1 : 0) : rest.length;
  const first = rest.slice(0, room);
  const behind = rest.slice(room);
  const heard = behind.find((party) => party.party_id === speaker);
  const shown = heard ? [...first.slice(0, -1), heard] : first;
  return { spotlight, shown, hidden: rest.filter((party) => !shown.includes(party)), corner: others.length <= 1 || (small && others.length === 2 && spotlight === null) };
}
