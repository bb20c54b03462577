import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RecordingStatus } from '../../contract';

const COLOURS: Readonly<Record<RecordingStatus, string>> = { running: 'red', finishing: 'yellow', ready: 'pine', failed: 'red', deleted: 'gray' };

export function StatusBadge({ status }: { status: RecordingStatus }) {
  const { t } = useTranslation();
  return <Badge variant="light" color={COLOURS[status]}>{t(`recordings.status.${status}`)}</Badge>;
}
