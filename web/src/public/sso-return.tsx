import { useEffect, useRef, useState } from 'preact/hooks';
import { send } from '../lib/api/client';
import { Field, Form, problemText, t, Title, useSend } from './shared';
import { enter } from './signin';
import { takeAnswer, takeNext } from './sso';

/** Back from the provider: the answer is proved, then the session opened, with a code where one is needed. */
export function SsoReturn() {
  const [asksCode, setAsksCode] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [code, setCode] = useState('');
  const { busy, error, go } = useSend<Parameters<typeof enter>[0]>('POST', '/api/single-sign-on/session', (session) => enter(session, takeNext()), (problem) => {
    if (problem.code === 'second_factor') return false;
    setFailure(problemText(problem));
    return true;
  });
  const isProved = useRef(false);
  useEffect(() => {
    if (isProved.current) return; // the answer works once, and is gone from the address
    isProved.current = true;
    const answer = takeAnswer();
    if (!answer) { setFailure(t('problem.single_sign_on_refused')); return; }
    send('POST', '/api/single-sign-on/proof', answer).then((response) => response.json()).then((proof: { needs_second_factor: boolean }) => {
      if (proof.needs_second_factor) setAsksCode(true);
      else void go({});
    }, (problem: unknown) => setFailure(problemText(problem)));
  }, [go]);
  if (failure) return <><Title>{t('signIn')}</Title><div className="notice" role="alert">{failure}</div><p><a href="/signin">{t('back')}</a></p></>;
  if (!asksCode) return <Title>{t('signIn')}</Title>;
  return (
    <>
      <Title>{t('signIn')}</Title>
      <Form error={error} busy={busy} verb={t('continue')} onSubmit={() => { if (code.trim()) void go({ code: code.replace(/\s/g, '') }); }}>
        <Field name="code" label={t('code')} help={t('codeHelp')} value={code} onInput={setCode} autoComplete="one-time-code" autoFocus />
      </Form>
    </>
  );
}
