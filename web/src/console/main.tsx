import { createRoot } from 'react-dom/client';
import { StrictMode } from 'react';
import { RouterProvider } from '@tanstack/react-router';
import { startI18n } from '../lib/i18n';
import { reloadOnStaleChunk } from '../lib/router';
import { router } from './routes';

reloadOnStaleChunk();
void startI18n().then(() => {
  const root = document.getElementById('root');
  if (root) createRoot(root).render(<StrictMode><RouterProvider router={router} /></StrictMode>);
});
