// Console and portal: two entries, one common chunk. Public pages are built by vite.public.ts.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: 'src',
  plugins: [react()],
  base: '/assets/',
  publicDir: false, // src/public is a bundle, not files to copy
  // Texts go out as they are: an export for each would double them.
  json: { stringify: true, namedExports: false },
  build: {
    target: 'es2022',
    outDir: process.env['TANDEM_WEB_OUT'] ? `${process.env['TANDEM_WEB_OUT']}/app` : '../build/app',
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    assetsDir: '.',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: { console: 'src/console/console.html', portal: 'src/portal/portal.html' } },
  },
  test: { root: '.', include: ['src/**/*.test.{ts,tsx}'], environment: 'happy-dom' },
});
