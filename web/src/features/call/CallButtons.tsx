import { ActionIcon } from '@mantine/core';
import { IconPhone, IconVideo } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

/** The ways into a call from a conversation. */
export function CallButtons({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  return (
    <>
      {/* A narrow screen keeps the room for the name: the kind can be chosen on the next page. */}
      <ActionIcon component={Link} visibleFrom="xs" to={`/call/new/${conversationId}?kind=audio`} variant="subtle" color="gray" size={40} aria-label={t('calls.start.audio')}><IconPhone size={21} /></ActionIcon>
      <ActionIcon component={Link} to={`/call/new/${conversationId}?kind=video`} variant="subtle" color="gray" size={40} aria-label={t('calls.start.video')}><IconVideo size={22} /></ActionIcon>
    </>
  );
}
