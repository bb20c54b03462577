import { IconHeartHandshake, IconLinkOff, IconUserX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { StatePanel } from '../../ui/StatePanel';
import { usePageTitle } from '../../ui/usePageTitle';
import { GuestFrame } from './GuestFrame';

export type Ending = 'over' | 'refused';

/** Nothing is kept of a guest: this is the end. */
export function ThankYou({ ending }: { ending: Ending }) {
  const { t } = useTranslation();
  usePageTitle(t('guest.title'));
  return (
    <GuestFrame>
      <StatePanel page role="status" icon={ending === 'over' ? <IconHeartHandshake /> : <IconUserX />} title={t(`guest.ending.${ending}`)}>{t(`guest.endingText.${ending}`)}</StatePanel>
    </GuestFrame>
  );
}

/** The link was used, has expired, was revoked, or is not whole. */
export function NoInvitation({ spent = false }: { spent?: boolean }) {
  const { t } = useTranslation();
  usePageTitle(t('guest.title'));
  return (
    <GuestFrame>
      <StatePanel page role="alert" tone="danger" icon={<IconLinkOff />} title={t(spent ? 'guest.spent' : 'guest.none')}>{t(spent ? 'guest.spentText' : 'guest.noneText')}</StatePanel>
    </GuestFrame>
  );
}
