// The public pages (sign-in, invitation, reset, application): Preact, so that they are small on a bad line.
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src',
  base: '/assets/',
  publicDir: false, // src/public is a bundle, not files to copy
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: process.env['TANDEM_WEB_OUT'] ? `${process.env['TANDEM_WEB_OUT']}/public` : '../build/public',
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    assetsDir: '.',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: { public: 'src/public/public.html' } },
  },
});
