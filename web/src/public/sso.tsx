import { useEffect, useState } from 'preact/hooks';
import { send } from '../lib/api/client';
import { t, useSend } from './shared';

const nextKey = 'sso-next';

/** Sends the browser to the provider; what it wanted here is kept until it comes back. */
export function useSso(body: { invitation?: string } = {}) {
  const { busy, error, go } = useSend<{ location: string }>('POST', '/api/single-sign-on/attempts', ({ location: page }) => {
    sessionStorage.setItem(nextKey, new URLSearchParams(location.search).get('next') ?? '');
    location.assign(page);
  });
  return { busy, error, begin: () => void go(body) };
}

/** The page asked for before the provider was; told once. */
export function takeNext(): string {
  const next = sessionStorage.getItem(nextKey) ?? '';
  sessionStorage.removeItem(nextKey);
  return next;
}

/** The button below a form; nothing where the installation has no single sign-on. */
export function SsoButton({ invitation }: { invitation?: string }) {
  const [label, setLabel] = useState<string | null>(null);
  const { busy, error, begin } = useSso(invitation ? { invitation } : {});
  useEffect(() => {
    // Without an answer there is the password.
    send('GET', '/api/single-sign-on').then((response) => response.json()).then((found: { label: string | null }) => setLabel(found.label), () => undefined);
  }, []);
  if (!label) return null;
  return (
    <div className="other-way">
      {error && <div className="notice" role="alert">{error}</div>}
      <button type="button" className="button plain" aria-busy={busy} onClick={begin}>{t('ssoWith', { name: label })}</button>
    </div>
  );
}

/** What the provider appended to our address, which then leaves the address. */
export function takeAnswer() {
  const found = new URLSearchParams(location.search);
  history.replaceState(null, '', location.pathname);
  const [code, state, iss] = [found.get('code'), found.get('state'), found.get('iss')];
  return code && state ? { code, state, ...(iss ? { iss } : {}) } : null;
}

