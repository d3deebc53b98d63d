// Signing in again over the page: the session ended in the middle of work, or the call asks for the password once more.
import { useEffect, useState } from 'react';
import { credentials, gate, send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import { useTexts } from '../lib/i18n';
import { useSession, type Session } from '../lib/session';
import { Button } from './basic';
import { Form, TextField, useForm } from './form';
import { Sheet } from './overlay';

interface Asked { what: 'session' | 'reauth'; answer: (again: boolean) => void }

export function Gate() {
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    let waiting: Promise<boolean> | null = null;
    gate.ask = (what) => {
      // Calls that fail together are asked about once.
      waiting ??= new Promise<boolean>((resolve) => setAsked({ what, answer: resolve })).finally(() => { waiting = null; setAsked(null); });
      return waiting;
    };
    return () => { gate.ask = null; };
  }, []);
  return asked && <Password asked={asked} />;
}

/** Who has no password here confirms at the provider, and comes back to this page. */
function ConfirmBySso() {
  const { t } = useTexts();
  const [label, setLabel] = useState<string | null>(null);
  useEffect(() => { send('GET', '/api/single-sign-on').then((response) => response.json()).then((found: { label: string | null }) => setLabel(found.label), () => undefined); }, []);
  if (!label) return null;
  const go = async () => {
    const response = await send('POST', '/api/single-sign-on/attempts', { confirms: true });
    sessionStorage.setItem('sso-next', location.pathname + location.search);
    location.assign(((await response.json()) as { location: string }).location);
  };
  return <div><Button onClick={() => void go()}>{t('confirmWith', { name: label })}</Button></div>;
}

function Password({ asked }: { asked: Asked }) {
  const { t } = useTexts();
  const session = useSession();
  const [wantsCode, setWantsCode] = useState(false);
  const isSession = asked.what === 'session';
  const form = useForm({
    initial: { password: '', code: '' }, pointers: ['/password', '/code'],
    check: (values): Record<string, string> => (values.password ? {} : { '/password': t('field.required') }),
    send: async (values, key) => {
      const code = values.code.trim() ? { code: values.code.replace(/\s/g, '') } : {};
      try {
        const response = await send('POST', isSession ? '/api/session' : '/api/session/reauthentication', { ...(isSession ? { email: session.user.email } : {}), password: values.password, ...code }, undefined, key);
        return (await response.json()) as Partial<Session>;
      } catch (error) {
        if (error instanceof Problem && error.code === 'second_factor') setWantsCode(true);
        throw error;
      }
    },
    done: (made) => {
      if (made.csrf_token) credentials.csrf = made.csrf_token;
      asked.answer(true);
    },
  });
  return (
    <Sheet title={t(isSession ? 'signInAgain' : 'confirmPassword')} onClose={() => asked.answer(false)}
      foot={<><Button onClick={() => asked.answer(false)}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('continue')}</Button></>}>
      {!isSession && <ConfirmBySso />}
      <Form form={form}>
        <p className="quiet">{t(isSession ? 'signInAgainWhat' : 'confirmPasswordWhat')}</p>
        <p><strong>{session.user.email}</strong></p>
        <TextField label={t('password')} type="password" autoComplete="current-password" value={form.values.password} onChange={(value) => form.set('password', value)} error={form.error('/password')} />
        {wantsCode && <TextField label={t('secondFactorCode')} autoComplete="one-time-code" value={form.values.code} onChange={(value) => form.set('code', value)} error={form.error('/code')} />}
      </Form>
    </Sheet>
  );
}
