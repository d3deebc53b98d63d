import { useState } from 'preact/hooks';
import { Field, Form, ownPath, t, Title, useSend } from './shared';
import { SsoButton } from './sso';

interface Session { memberships: { organization: { slug: string }; partner?: { id: string } | null }[] }

/** Where to go after sign-in: where one wanted to, else to one's first workspace. */
export function enter(session: Session, wanted = new URLSearchParams(location.search).get('next')) {
  const next = ownPath(wanted);
  const [first] = session.memberships;
  location.assign(next || (first?.partner ? `/portal/${first.partner.id}` : first ? `/console/${first.organization.slug}` : '/console'));
}

export function SignIn() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const [tried, setTried] = useState(false);
  const { busy, error, go } = useSend<Session>('POST', '/api/session', (session) => enter(session), (problem) => {
    if (problem.code !== 'second_factor' || asksCode) return false;
    setAsksCode(true);
    return true;
  });
  const submit = () => {
    setTried(true);
    if (email.trim() && password) void go({ email: email.trim(), password, ...(asksCode ? { code: code.replace(/\s/g, '') } : {}) });
  };
  return (
    <>
      <Title>{t('signIn')}</Title>
      <Form error={error} busy={busy} verb={t(asksCode ? 'continue' : 'signIn')} onSubmit={submit}>
        {asksCode
          ? <Field name="code" label={t('code')} help={t('codeHelp')} value={code} onInput={setCode} autoComplete="one-time-code" autoFocus />
          : <>
            <Field name="email" type="email" inputMode="email" label={t('email')} value={email} onInput={setEmail} autoComplete="username" error={tried && !email.trim() ? t('needed') : undefined} autoFocus />
            <Field name="password" type="password" label={t('password')} value={password} onInput={setPassword} autoComplete="current-password" error={tried && !password ? t('needed') : undefined} />
          </>}
      </Form>
      {!asksCode && <><SsoButton /><p><a href="/reset">{t('forgot')}</a></p></>}
    </>
  );
}
