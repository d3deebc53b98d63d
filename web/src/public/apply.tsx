// Applying to be a partner: the organization's own form, and at its own address what became of it. What was typed stays
// in this tab until it was sent.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import type { schemas } from '../lib/api/schema';
import { currentLocale } from '../lib/locale';
import { Field, Form, problemText, t, Title, useSend } from './shared';

type Open = schemas['PublicForm'];
type Question = schemas['Question'];
const own = ['name', 'contact_name', 'contact_email', 'kind', 'contact_phone', 'website', 'country'] as const;
const needed: readonly string[] = ['name', 'contact_name', 'contact_email'];
const kinds = ['affiliate', 'reseller', 'corporate', 'school'] as const;

/** /apply/{organization} is the form, /apply/{organization}/{token} the state of an application. */
export const Apply = ({ token: slug, more: token }: { token: string; more: string }) => (token ? <Status slug={slug} token={token} /> : <Fill slug={slug} />);

function Fill({ slug }: { slug: string }) {
  const path = `/api/applications/${encodeURIComponent(slug)}`, kept = `apply:${slug}`;
  // Whose invitation it follows: a partner's short name. Another text is nobody's.
  const by = new URLSearchParams(location.search).get('by') ?? '';
  const sponsor = /^[a-z0-9][a-z0-9-]{1,62}$/.test(by) ? by : '';
  const [form, setForm] = useState<Open | null>(null);
  const [failure, setFailure] = useState<'closed' | 'unknown' | string | null>(null);
  const [values, setValues] = useState<Record<string, string>>(() => JSON.parse(sessionStorage.getItem(kept) ?? '{"kind":"affiliate"}') as Record<string, string>);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const box = useRef<HTMLDivElement>(null);
  const open = useCallback(() => send('GET', sponsor ? `${path}?by=${sponsor}` : path).then((response) => response.json()).then((found: Open) => setForm(found), (problem: unknown) => {
    const code = problem instanceof Problem ? problem.code : '';
    setFailure(code === 'applications_closed' ? 'closed' : code === 'not_found' ? 'unknown' : problemText(problem));
  }), [path, sponsor]);
  useEffect(() => { void open(); }, [open]);
  const { busy, error, go } = useSend<schemas['ApplicationReceived']>('POST', path, ({ token }) => {
    sessionStorage.removeItem(kept);
    location.assign(`/apply/${encodeURIComponent(slug)}/${encodeURIComponent(token)}`);
  }, (problem) => {
    if (problem.errors.some((one) => one.pointer === '/token')) { void open(); setWrong({ '': t('problem.form_expired') }); return true; }
    const given = answered(form?.questions ?? [], values);
    const found = problem.errors.map((one) => [fieldOf(one.pointer, given), t('wrongForm')] as const);
    const areFields = found.length > 0 && found.every(([name]) => name !== '');
    if (areFields) setWrong(Object.fromEntries(found));
    return areFields;
  });
  useEffect(() => { box.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus(); }, [wrong]);
  if (failure === 'closed' || failure === 'unknown')
    return <><Title>{t(failure === 'closed' ? 'applyClosed' : 'applyUnknown')}</Title><p>{t(failure === 'closed' ? 'applyClosedWhat' : 'applyUnknownWhat')}</p></>;
  if (failure) return <div className="notice" role="alert">{failure}</div>;
  if (!form) return null;

  const set = (name: string) => (value: string) => {
    const next = { ...values, [name]: value };
    setValues(next);
    setWrong({});
    sessionStorage.setItem(kept, JSON.stringify(next));
  };
  const submit = () => {
    const missing = [...needed, ...form.questions.filter((one) => one.is_required).map((one) => `q-${one.key}`)].filter((name) => !values[name]?.trim());
    setWrong(Object.fromEntries(missing.map((name) => [name, t('needed')])));
    if (missing.length > 0) return;
    const given = Object.fromEntries(own.map((name) => [name, values[name]?.trim() ?? '']).filter(([, value]) => value !== ''));
    if (given['country']) given['country'] = given['country'].toUpperCase();
    void go({ ...given, token: form.token, locale: currentLocale(), answers: answered(form.questions, values), fax: values['fax'] ?? '', ...(sponsor ? { sponsor } : {}) });
  };
  const field = (name: (typeof own)[number], label: string, more: object = {}) =>
    <Field name={name} label={needed.includes(name) || name === 'kind' ? t(label) : t('optional', { label: t(label) })} value={values[name] ?? ''} onInput={set(name)} error={wrong[name]} {...more} />;
  return (
    <div className="form apply" ref={box}>
      <Title>{t('applyTitle', { name: form.organization })}</Title>
      {form.sponsor && <p>{t('applyInvited', { name: form.sponsor })}</p>}
      {form.introduction && <p className="lines">{form.introduction}</p>}
      {form.criteria && <><h2>{t('applyCriteria')}</h2><p className="lines">{form.criteria}</p></>}
      <Form error={error ?? wrong[''] ?? null} busy={busy} verb={t('applySend')} onSubmit={submit}>
        <h2>{t('applyAbout')}</h2>
        {field('name', 'applyName', { autoComplete: 'organization' })}
        {field('contact_name', 'applyContact', { autoComplete: 'name' })}
        {field('contact_email', 'email', { type: 'email', inputMode: 'email', autoComplete: 'email', help: t('applyEmailHelp') })}
        {field('kind', 'applyKind', { options: kinds.map((one) => [one, t(`kind.${one}`)]) })}
        {field('contact_phone', 'phone', { type: 'tel', inputMode: 'tel', autoComplete: 'tel', help: t('phoneHelp') })}
        {field('website', 'website', { type: 'url', inputMode: 'url', autoComplete: 'url' })}
        {field('country', 'country', { autoComplete: 'country', help: t('countryHelp') })}
        {form.questions.length > 0 && <h2>{t('applyQuestions')}</h2>}
        {form.questions.map((one) => <Asked key={one.key} question={one} value={values[`q-${one.key}`] ?? ''} onInput={set(`q-${one.key}`)} error={wrong[`q-${one.key}`]} />)}
        <div className="trap" aria-hidden="true"><input name="fax" tabIndex={-1} autoComplete="off" value={values['fax'] ?? ''} onInput={(event) => set('fax')(event.currentTarget.value)} /></div>
      </Form>
    </div>
  );
}

function Asked({ question, value, onInput, error }: { question: Question; value: string; onInput: (value: string) => void; error: string | undefined }) {
  const options: [string, string][] | null = question.kind === 'yes_no' ? [['yes', t('yes')], ['no', t('no')]] : question.kind === 'choice' ? (question.options ?? []).map((one) => [one, one]) : null;
  return <Field name={`q-${question.key}`} label={question.is_required ? question.label : t('optional', { label: question.label })} value={value} onInput={onInput} error={error} {...(options ? { options: [['', t('choose')], ...options] } : { area: true })} />;
}

const answered = (questions: Question[], values: Record<string, string>) =>
  questions.map((one) => ({ key: one.key, value: values[`q-${one.key}`]?.trim() ?? '' })).filter((one) => one.value !== '');

/** The field that a pointer of a refusal names: "/website", "/answers/2/value"; empty when there is none. */
function fieldOf(pointer: string, answers: { key: string }[]): string {
  const [, name = '', at = ''] = pointer.split('/');
  const key = name === 'answers' ? answers[Number(at)]?.key : undefined;
  return key !== undefined ? `q-${key}` : own.find((one) => one === name) ?? '';
}

function Status({ slug, token }: { slug: string; token: string }) {
  const [status, setStatus] = useState<schemas['ApplicationStatus'] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const ask = () => {
      if (document.hidden) return;
      send('GET', `/api/applications/${encodeURIComponent(slug)}/status/${encodeURIComponent(token)}`).then((response) => response.json())
        .then((found: schemas['ApplicationStatus']) => { setFailure(null); setStatus(found); }, (problem: unknown) => setFailure(problem instanceof Problem && problem.status === 404 ? 'unknown' : problemText(problem)));
    };
    ask();
    const timer = setInterval(ask, 15_000);
    return () => clearInterval(timer);
  }, [slug, token]);
  if (failure === 'unknown') return <><Title>{t('applyUnknown')}</Title><p>{t('applyUnknownWhat')}</p></>;
  if (failure && !status) return <div className="notice" role="alert">{failure}</div>;
  if (!status) return null;
  return (
    <div className="form" role="status">
      <Title>{t(status.state === 'approved' ? 'statusApproved' : status.state === 'rejected' ? 'statusRejected' : 'statusReceived')}</Title>
      {status.reason && <p className="lines">{status.reason}</p>}
      <p>{t(status.state === 'approved' ? 'statusApprovedWhat' : status.state === 'rejected' ? 'statusRejectedWhat' : 'statusReceivedWhat')}</p>
      {status.state === 'approved' && <p><a href="/signin">{t('signIn')}</a></p>}
    </div>
  );
}
