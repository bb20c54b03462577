import { Popover, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Grade, MediaView } from '../../media';
import classes from './CallRoom.module.css';

const HEIGHTS = [5, 9, 13];
const FILLED: Readonly<Record<Grade, number>> = { poor: 1, fair: 2, good: 3 };

/** Three bars; the word stands beside them or is read out. */
export function Bars({ grade }: { grade: Grade }) {
  const { t } = useTranslation();
  return (
    <svg width="17" height="14" viewBox="0 0 17 14" className={classes.bars} data-grade={grade} role="img" aria-label={t(`calls.quality.grade.${grade}`)}>
      {HEIGHTS.map((height, index) => <rect key={height} x={index * 6} y={14 - height} width="4" height={height} rx="1.5" opacity={index < FILLED[grade] ? 1 : 0.3} />)}
    </svg>
  );
}

/** How the connection does, why, and in figures for those who ask. */
export function QualityMark({ media }: { media: MediaView }) {
  const { t } = useTranslation();
  const { grade, reason } = media.verdict;
  const words = t(`calls.quality.reason.${reason}`);
  return (
    <Popover width={280} position="bottom-end" shadow="md" withArrow>
      <Popover.Target>
        <UnstyledButton className={classes.quality} data-grade={grade} data-reason={reason} data-testid="quality" aria-label={t('calls.quality.label', { words })}>
          <Bars grade={grade} />
          {grade !== 'good' && <span className={classes.qualityWords}>{words}</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <p className={classes.qualityText}>{words}</p>
        <p className={classes.qualityHint}>{t(`calls.quality.hint.${reason}`)}</p>
        <dl className={classes.figures}>
          <dt>{t('calls.quality.path')}</dt><dd>{t(`calls.quality.${media.path ?? 'none'}`)}</dd>
          {media.measure && <><dt>{t('calls.quality.rtt')}</dt><dd>{media.measure.rttMs} ms</dd><dt>{t('calls.quality.loss')}</dt><dd>{Math.max(media.measure.lossIn, media.measure.lossOut).toFixed(1)} %</dd><dt>{t('calls.quality.rate')}</dt><dd>{media.measure.kbpsIn} / {media.measure.kbpsOut} kbit/s</dd></>}
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}
