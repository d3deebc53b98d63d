import { useState } from 'preact/hooks';
import { Form, t, Title, useSend } from './shared';

/** Confirming is a click and not the opening of the page: mail scanners open every link. */
export function Verify({ token }: { token: string }) {
  const [state, setState] = useState<'asked' | 'done' | 'gone'>('asked');
  const { busy, error, go } = useSend('POST', `/api/email-verifications/${encodeURIComponent(token)}`, () => setState('done'), (problem) => { if (problem.status === 404) setState('gone'); return problem.status === 404; });
  if (state === 'gone') return <><Title>{t('gone')}</Title><p>{t('goneWhat')}</p></>;
  if (state === 'done') return <><Title>{t('verified')}</Title><p><a href="/signin">{t('signIn')}</a></p></>;
  return <><Title>{t('verifyTitle')}</Title><Form error={error} busy={busy} verb={t('verify')} onSubmit={() => void go({})}>{null}</Form></>;
}
