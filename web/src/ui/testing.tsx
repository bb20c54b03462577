import { MantineProvider } from '@mantine/core';
import { cleanup, render, type RenderResult } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import { afterEach } from 'vitest';
import { startLanguage } from '../i18n';
import { theme } from './theme';

/** What the browser has and jsdom has not; then the texts, in English. */
export async function startScreens(): Promise<void> {
  window.matchMedia = (media) => Object.assign(new EventTarget(), { matches: false, media, onchange: null }) as unknown as MediaQueryList;
  // Mantine's fields that grow with their text watch the fonts.
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() });
  localStorage.setItem('carewire.language', 'en');
  await startLanguage();
}

afterEach(cleanup);

function Providers({ children }: { children: ReactNode }) {
  return <MantineProvider theme={theme} env="test"><MemoryRouter>{children}</MemoryRouter></MantineProvider>;
}

export function renderScreen(element: ReactNode): RenderResult {
  return render(element, { wrapper: Providers });
}
