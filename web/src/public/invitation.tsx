import { useEffect, useState } from 'preact/hooks';
import { send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import { Field, Form, problemText, t, Title, useSend } from './shared';
import { enter } from './signin';
import { SsoButton } from './sso';

/** `has_login`: who has one already joins with its password. */
interface Invited { email: string; organization: string; partner: string | null; has_login: boolean }

export function Invitation({ token }: { token: string }) {
  const path = `/api/invitations/${encodeURIComponent(token)}`;
  const [invited, setInvited] = useState<Invited | null>(null);
  const [gone, setGone] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const { busy, error, go } = useSend<Parameters<typeof enter>[0]>('POST', `${path}/acceptance`, (session) => enter(session), (problem) => {
    if (problem.code === 'second_factor') setAsksCode(true);
    return problem.code === 'second_factor' && !asksCode;
  });
  useEffect(() => {
    send('GET', `${path}/offer`).then((response) => response.json()).then((found: Invited) => setInvited(found), (problem: unknown) => {
      if (problem instanceof Problem && problem.status === 404) setGone(true);
      else setFailure(problemText(problem));
    });
  }, [path]);
  if (gone) return <><Title>{t('gone')}</Title><p>{t('goneWhat')}</p></>;
  if (failure) return <div className="notice" role="alert">{failure}</div>;
  if (!invited) return null;
  return (
    <>
      <Title>{t('inviteTitle')}</Title>
      <p>{t('inviteWhat', { name: invited.partner ?? invited.organization })} · {invited.email}</p>
      <Form error={error} busy={busy} verb={t('accept')} onSubmit={() => void go({ ...(invited.has_login ? {} : { name: name.trim() }), password, ...(code.trim() ? { code: code.replace(/\s/g, '') } : {}) })}>
        {!invited.has_login && <Field name="name" label={t('yourName')} value={name} onInput={setName} autoComplete="name" autoFocus />}
        <Field name="password" type="password" label={t('password')} {...(invited.has_login ? {} : { help: t('passwordHelp') })} value={password} onInput={setPassword} autoComplete={invited.has_login ? 'current-password' : 'new-password'} />
        {asksCode && <Field name="code" label={t('code')} help={t('codeHelp')} value={code} onInput={setCode} autoComplete="one-time-code" />}
      </Form>
      <SsoButton invitation={token} />
    </>
  );
}
