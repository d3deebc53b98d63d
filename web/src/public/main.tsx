// The pages before one is signed in, one question a screen: sign-in, reset, invitation, verification; and applying. Preact and the
// system font: they come first and often on a bad line.
import '../ui/tokens-plain.css';
import './public.css';
import { render } from 'preact';
import { Apply } from './apply';
import { Invitation } from './invitation';
import { Reset } from './reset';
import { SignIn } from './signin';
import { Frame, loadTexts } from './shared';
import { SsoReturn } from './sso-return';
import { Verify } from './verify';

const [page = '', token = '', more = ''] = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
const pages = { signin: SignIn, reset: Reset, invitation: Invitation, verify: Verify, apply: Apply };

void loadTexts().then(() => {
  const root = document.getElementById('root');
  const Shown = page === 'signin' && token === 'sso' ? SsoReturn : pages[page as keyof typeof pages] ?? SignIn;
  if (root) render(<Frame><Shown token={token} more={more} /></Frame>, root);
});
