import { Kbd, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Review.module.css';

const KEYS = [
  { does: 'toggle', keys: ['Space', 'K'] }, { does: 'five', keys: ['←', '→'] }, { does: 'ten', keys: ['J', 'L'] }, { does: 'frame', keys: [',', '.'] },
  { does: 'tenths', keys: ['0', '9'] }, { does: 'mute', keys: ['M'] }, { does: 'bookmark', keys: ['B'] }, { does: 'help', keys: ['?'] },
] as const;

export function HelpModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t('recordings.keys.title')}>
      <dl className={classes.keys}>
        {KEYS.map(({ does, keys }) => (
          <div key={does}>
            <dt dir="ltr">{keys.map((key) => <Kbd key={key}>{key === 'Space' ? t('recordings.keys.space') : key}</Kbd>)}</dt>
            <dd>{t(`recordings.keys.${does}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
