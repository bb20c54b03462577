import { Button, Loader } from '@mantine/core';
import { IconArrowLeft, IconHourglass, IconMovieOff, IconPlayerRecordFilled } from '@tabler/icons-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRecordings } from '../../app/workspace/WorkspaceContext';
import { StatePanel } from '../../ui/StatePanel';
import { useErrorText } from '../../ui/useErrorText';
import { usePageTitle } from '../../ui/usePageTitle';
import { Review } from './Review';
import classes from './Review.module.css';
import { useDetail } from './useReview';

/** One recording: not there, not finished, or to be watched. */
export function ReviewPage() {
  const { recordingId = '' } = useParams();
  return <OneRecording key={recordingId} recordingId={recordingId} />;
}

function OneRecording({ recordingId }: { recordingId: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { state, reload } = useDetail(recordingId);
  const seen = useRecordings().byId[recordingId];
  const asked = state.phase === 'ready' ? state.detail.recording.status : null;
  const now = seen?.status ?? asked;
  usePageTitle(t('recordings.review.title'));
  useEffect(() => { if (asked !== null && now !== asked) reload(); }, [asked, now, reload]);

  if (state.phase === 'loading') return <Whole><Loader type="dots" role="img" aria-label={t('app.loading')} /></Whole>;
  if (state.phase === 'failed') return <Whole><StatePanel page role="alert" tone="danger" icon={<IconMovieOff />} title={t('recordings.review.missing')} action={{ label: t('action.retry'), onClick: reload }}>{errorText(state.error)}</StatePanel></Whole>;
  const { detail } = state;
  const recording = seen ?? detail.recording;
  switch (detail.recording.status) {
    case 'ready': return <Review detail={detail} recording={recording} />;
    case 'running': return <Whole><StatePanel page role="status" icon={<IconPlayerRecordFilled />} title={t('recordings.review.running')} action={{ label: t('action.retry'), onClick: reload }}>{t('recordings.review.runningText')}</StatePanel></Whole>;
    case 'finishing': return <Whole><StatePanel page role="status" icon={<IconHourglass />} title={t('recordings.review.finishing')} action={{ label: t('action.retry'), onClick: reload }}>{t('recordings.review.finishingText')}</StatePanel></Whole>;
    default: return <Whole><StatePanel page role="alert" tone="danger" icon={<IconMovieOff />} title={t('recordings.review.failed')}>{t('recordings.review.failedText')}</StatePanel></Whole>;
  }
}

function Whole({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.whole}>
      {children}
      <Button component={Link} to="/recordings" variant="subtle" leftSection={<IconArrowLeft size={18} className="cw-flip" />}>{t('recordings.title')}</Button>
    </div>
  );
}
