import '@fontsource-variable/ibm-plex-sans/wght.css';
import '@fontsource/ibm-plex-sans-arabic/arabic-400.css';
import '@fontsource/ibm-plex-sans-arabic/arabic-500.css';
import '@fontsource/ibm-plex-sans-arabic/arabic-600.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '../ui/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLanguage } from '../i18n';
import { App } from './App';
import { startDevice } from './session/device';
import { Session } from './session/session';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');
await Promise.all([startLanguage(), startDevice()]);
createRoot(root).render(
  <StrictMode>
    <App session={new Session()} />
  </StrictMode>,
);
