import { PresenceMark } from './PresenceMark';
import classes from './PersonAvatar.module.css';
import type { Availability } from '../contract';

interface PersonAvatarProps {
  name: string;
  /** Decides the colour, so that a person looks the same everywhere. */
  seed: string;
  status?: Availability | undefined;
  size?: number;
}

const TINTS = 6;

/** First letters of the first and last word; whole code points, so that Arabic and emoji survive. */
export function initialsOf(name: string): string {
  const words = name.replace(/^(dr|dra|prof|d)\.?\s+/i, '').split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined];
  return letters.map((word) => (word === undefined ? '' : ([...word][0] ?? ''))).join('').toLocaleUpperCase();
}

function tintOf(seed: string): number {
  let sum = 0;
  for (const character of seed) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % TINTS;
}

/** A coloured disc with initials. Hidden from screen readers: the name always stands beside it. */
export function PersonAvatar({ name, seed, status, size = 40 }: PersonAvatarProps) {
  return (
    <span className={classes.avatar} data-tint={tintOf(seed)} style={{ inlineSize: size, blockSize: size, fontSize: size * 0.37 }} aria-hidden="true">
      {initialsOf(name)}
      {status && <PresenceMark status={status} className={classes.mark} size={Math.max(11, size * 0.3)} />}
    </span>
  );
}
