import { useState } from 'preact/hooks';
import { Field, Form, t, Title, useSend } from './shared';

/** Asks for the e-mail; with a token from the mail, for the new password. */
export const Reset = ({ token }: { token: string }) => (token ? <NewPassword token={token} /> : <Ask />);

function Ask() {
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  const [tried, setTried] = useState(false);
  const { busy, error, go } = useSend('POST', '/api/password-resets', () => setSent(true));
  if (sent) return <><Title>{t('sent')}</Title><p>{t('sentWhat')}</p><p><a href="/signin">{t('back')}</a></p></>;
  return (
    <>
      <Title>{t('resetTitle')}</Title>
      <p>{t('resetWhat')}</p>
      <Form error={error} busy={busy} verb={t('sendLink')} onSubmit={() => { setTried(true); if (email.trim()) void go({ email: email.trim() }); }}>
        <Field name="email" type="email" inputMode="email" label={t('email')} value={email} onInput={setEmail} autoComplete="username" error={tried && !email.trim() ? t('needed') : undefined} autoFocus />
      </Form>
      <p><a href="/signin">{t('back')}</a></p>
    </>
  );
}

function NewPassword({ token }: { token: string }) {
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  const [gone, setGone] = useState(false);
  const { busy, error, go } = useSend('POST', `/api/password-resets/${encodeURIComponent(token)}`, () => setDone(true), (problem) => { setGone(problem.status === 404); return problem.status === 404; });
  if (gone) return <><Title>{t('gone')}</Title><p>{t('goneWhat')}</p><p><a href="/reset">{t('resetTitle')}</a></p></>;
  if (done) return <><Title>{t('passwordSaved')}</Title><p>{t('passwordSavedWhat')}</p><p><a href="/signin">{t('signIn')}</a></p></>;
  return (
    <>
      <Title>{t('newPassword')}</Title>
      <Form error={error} busy={busy} verb={t('savePassword')} onSubmit={() => void go({ password })}>
        <Field name="password" type="password" label={t('newPassword')} help={t('passwordHelp')} value={password} onInput={setPassword} autoComplete="new-password" autoFocus />
      </Form>
    </>
  );
}
