import { Button, CopyButton, Loader } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCircleCheck, IconCircleDashed, IconCircleX, IconCopy, IconHelpCircle, IconPlayerPlay, type Icon } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useHubStatus } from '../../app/workspace/WorkspaceContext';
import { useAnnounce } from '../../ui/Announcer';
import { FormAlert } from '../../ui/FormAlert';
import { Page } from '../../ui/Page';
import { TrackVideo } from '../call/MediaElements';
import { useSeatedCall } from '../call/useCall';
import classes from './Connection.module.css';
import { overallOf, STEPS, type Grade, type Result, type Step } from './findings';
import { useConnectionTest, type TestView } from './useConnectionTest';
import { useResultText } from './useResultText';

const ICONS: Readonly<Record<Grade, Icon>> = { good: IconCircleCheck, fair: IconAlertTriangle, poor: IconCircleX, unknown: IconHelpCircle };

/** Whether calls will work from here, and if not, why and what to do about it. */
export function ConnectionPage() {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const seated = useSeatedCall();
  const live = useHubStatus().state === 'live';
  const { view, done, run } = useConnectionTest();
  const words = useResultText();
  const overall = done && view.results.length > 0 ? overallOf(view.results) : null;
  const started = view.running !== null || view.results.length > 0 || done;
  useEffect(() => { if (overall) announce(t(`connectionTest.overall.${overall}`)); }, [overall, announce, t]);
  return (
    <Page title={t('connectionTest.title')} lead={t('connectionTest.lead')}>
      {seated && !started && <p className={classes.note}><IconAlertTriangle size={19} aria-hidden="true" />{t('connectionTest.inCall')} <Link to={`/call/${seated.call_id}`}>{t('calls.bar.return')}</Link></p>}
      {overall && (
        <div className={classes.overall} data-grade={overall} role="status" data-testid="overall">
          <Mark grade={overall} />
          <p>{t(`connectionTest.overall.${overall}`)}</p>
        </div>
      )}
      <FormAlert error={view.error} />
      <ol className={classes.steps} aria-label={t('connectionTest.steps')} data-testid="connection-test" data-done={done || undefined}>
        {STEPS.map((step) => <StepItem key={step} step={step} view={view} result={view.results.find((one) => one.step === step)} words={words} />)}
      </ol>
      <div className={classes.buttons}>
        <Button leftSection={<IconPlayerPlay size={18} />} loading={view.running !== null} disabled={!live || seated !== undefined} onClick={run}>{t(done ? 'connectionTest.again' : 'connectionTest.start')}</Button>
        {done && view.results.length > 0 && (
          <CopyButton value={words.summary(view.results)}>
            {({ copied, copy }) => <Button variant="default" leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />} onClick={copy}>{t(copied ? 'action.copied' : 'connectionTest.copy')}</Button>}
          </CopyButton>
        )}
      </div>
      <p className={classes.small}>{t('connectionTest.privacy')}</p>
    </Page>
  );
}

function Mark({ grade }: { grade: Grade }) {
  const Glyph = ICONS[grade];
  return <Glyph size={24} className={classes.mark} data-grade={grade} aria-hidden="true" />;
}

function StepItem({ step, view, result, words }: { step: Step; view: TestView; result: Result | undefined; words: ReturnType<typeof useResultText> }) {
  const { t } = useTranslation();
  // Both devices are asked for at once.
  const running = view.running === step || (step === 'camera' && view.running === 'microphone');
  const advice = result ? words.todo(result) : '';
  return (
    <li className={classes.step} data-step={step} data-grade={result?.grade} data-reason={result?.reason}>
      {result ? <Mark grade={result.grade} /> : running ? <Loader size={24} role="img" aria-label={t('connectionTest.running')} /> : <IconCircleDashed size={24} className={classes.mark} aria-hidden="true" />}
      <div className={classes.words}>
        <h2 className={classes.name}>{t(`connectionTest.step.${step}`)}{result && <span className="cw-hidden">: {t(`connectionTest.grade.${result.grade}`)}</span>}</h2>
        <p className={classes.said}>{result ? words.said(result) : running ? t(`connectionTest.now.${step}`) : t(`connectionTest.what.${step}`)}</p>
        {advice !== '' && <p className={classes.todo}>{advice}</p>}
        {step === 'microphone' && running && <div className={classes.meter} role="meter" aria-label={t('calls.device.level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(view.level * 100)}><span style={{ inlineSize: `${Math.round(view.level * 100)}%` }} /></div>}
      </div>
      {step === 'camera' && view.picture && <div className={classes.picture}><TrackVideo track={view.picture} /></div>}
    </li>
  );
}
