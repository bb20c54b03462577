import { DirectionProvider, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { RouterProvider } from 'react-router';
import { directionOf } from '../i18n';
import { AnnouncerProvider } from '../ui/Announcer';
import { cssVariables, themeWith } from '../ui/theme';
import { AccountProvider } from './AccountContext';
import { router } from './routes';
import type { Session } from './session/session';
import { SessionProvider } from './session/SessionContext';

export function App({ session }: { session: Session }) {
  const { t, i18n } = useTranslation();
  const theme = useMemo(() => themeWith({ close: t('action.close') }), [t]);
  const direction = directionOf(i18n.language);
  return (
    <DirectionProvider key={direction} initialDirection={direction} detectDirection={false}>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <AnnouncerProvider>
          <SessionProvider session={session}>
            <AccountProvider>
              <Notifications position="bottom-left" autoClose={6_000} />
              <RouterProvider router={router} />
              <Tidy />
            </AccountProvider>
          </SessionProvider>
        </AnnouncerProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

/** The colour of the browser's own frame follows the theme. */
function Tidy() {
  useEffect(() => {
    const meta = document.querySelector('meta[name="theme-color"]');
    const follow = () => { meta?.setAttribute('content', getComputedStyle(document.body).backgroundColor); };
    follow();
    const observer = new MutationObserver(follow);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-mantine-color-scheme'] });
    return () => { observer.disconnect(); };
  }, []);
  return null;
}
