import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSession } from '../../app/workspace/callSession';
import type { CallView, PartyView } from '../../contract';
import type { MediaView } from '../../media';
import { SelfTile } from './SelfTile';
import classes from './Stage.module.css';
import { stageLayout } from './stageLayout';
import { Tile } from './Tile';

interface StageProps {
  call: CallView;
  mine: PartyView;
  media: MediaView;
  session: CallSession;
  /** Whoever spoke last is shown large. */
  follow: boolean;
}

/** Everybody's picture: a grid, or one screen or speaker with the others beside it. */
export function Stage({ call, mine, media, session, follow }: StageProps) {
  const { t } = useTranslation();
  const small = useMediaQuery('(max-width: 48em)');
  const others = useMemo(() => call.parties.filter((party) => party.party_id !== mine.party_id && ['present', 'away', 'ringing'].includes(party.state)), [call.parties, mine.party_id]);
  const last = useLastSpeaker(others, media.speaker);
  const layout = stageLayout(others, media.speaker, small, follow ? last : null);
  const { spotlight, shown, hidden, corner } = layout;
  const off = hidden.map((party) => party.party_id).join();
  useEffect(() => { session.wantVideos(off === '' ? [] : off.split(',')); }, [session, off]);
  const alone = others.length === 0;
  const inset = corner && !alone;
  const count = shown.length + (inset ? 0 : 1);
  // One list in one order: a picture that is moved or made anew in the document goes black for a moment. CSS gives everybody their place.
  return (
    <div className={classes.stage} data-testid="stage" data-path={media.path ?? 'none'} data-phase={media.phase} data-speaker={media.speaker ?? undefined} data-layout={spotlight ? 'spotlight' : 'grid'}>
      <ul className={classes.tiles} data-count={count} style={{ ['--tiles' as string]: Math.max(count, 1) }} aria-label={t('calls.people.title')}>
        {others.map((party) => (
          <Tile
            key={party.party_id} party={party} media={media} speaking={party !== spotlight && media.speaker === party.party_id} spot={party === spotlight}
            large={party === spotlight || (spotlight === null && count === 1)} hidden={hidden.includes(party)}
          />
        ))}
        <SelfTile person={mine.person} small={inset} />
      </ul>
      {hidden.length > 0 && <p className={classes.more}>{t('calls.tile.more', { count: hidden.length })}</p>}
    </div>
  );
}

/** The other who speaks, or spoke last; before anybody has, the first. */
function useLastSpeaker(others: readonly PartyView[], speaker: string | null): string | null {
  const [last, setLast] = useState<string | null>(null);
  const present = others.filter((party) => party.state === 'present');
  const now = present.find((party) => party.party_id === speaker) ?? present.find((party) => party.party_id === last) ?? present[0];
  const next = now?.party_id ?? null;
  if (next !== last) setLast(next);
  return next;
}
