import react from '@vitejs/plugin-react';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';

/** The hub that `npm run dev` talks to. */
const HUB = process.env['CAREWIRE_DEV_HUB'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      registerType: 'autoUpdate',
      manifest: {
        name: 'Carewire',
        short_name: 'Carewire',
        display: 'standalone',
        start_url: '/',
        background_color: '#f4f6f4',
        theme_color: '#126053',
        icons: [{ src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
      },
      workbox: {
        navigateFallbackDenylist: [/^\/api\//, /^\/socket\.io\//, /^\/docs/, /^\/metrics/, /^\/healthz/, /^\/readyz/, /^\/dev\//],
        globPatterns: ['**/*.{js,css,html,svg,woff2}'],
        // Scripts of languages that the client does not speak are fetched when a name needs them.
        globIgnores: ['**/*-{cyrillic,cyrillic-ext,greek,greek-ext,vietnamese}-*.woff2'],
      },
    }),
  ],
  build: { target: 'es2022', sourcemap: false },
  server: {
    proxy: { '/api': HUB, '/docs': HUB, '/socket.io': { target: HUB, ws: true } },
  },
  test: { include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'], environment: 'node', testTimeout: 10_000 },
});
