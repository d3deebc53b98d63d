// One's own account: name and language, password, second factor, and where one is signed in.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, credentials } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { setLocale, useTexts } from '../../../lib/i18n';
import { localeNames, locales, type Locale } from '../../../lib/locale';
import { useAct, useRead } from '../../../lib/query';
import { mustSetUpFactor, useSession } from '../../../lib/session';
import { Button, Copyable, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { Card, Loaded, Page } from '../../../ui/page';
import { Qr } from '../../../ui/qr';
import { toast } from '../../../ui/toast';

export function Account() {
  const { t } = useTexts('identity');
  const { user } = useSession();
  return <Page title={t('yourAccount')} context={user.email}><div className="grid"><Profile /><Password /></div><SecondFactor /><Sessions /></Page>;
}

function Profile() {
  const { t } = useTexts('identity');
  const { user } = useSession();
  const client = useQueryClient();
  const form = useForm({
    initial: { name: user.name, locale: user.locale as string }, pointers: ['/name', '/locale'],
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: (values, key) => api('patch', '/api/me', { key, body: { name: values.name.trim(), locale: values.locale as Locale } }),
    done: (saved) => { toast(t('saved')); void setLocale(saved.locale as Locale); void client.invalidateQueries(); },
  });
  return (
    <Card title={t('you')}>
      <Form form={form}>
        <TextField label={t('yourName')} autoComplete="name" value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        <SelectField label={t('language')} value={form.values.locale} onChange={(value) => form.set('locale', value)} options={locales.map((one) => [one, localeNames[one]])} error={form.error('/locale')} />
        <div><Button type="submit" busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></div>
      </Form>
    </Card>
  );
}

function Password() {
  const { t } = useTexts('identity');
  const form = useForm({
    initial: { current_password: '', password: '' }, pointers: ['/current_password', '/password'],
    check: (values): Record<string, string> => ({ ...(values.current_password ? {} : { '/current_password': t('field.required') }), ...(values.password.length >= 12 ? {} : { '/password': t('passwordShort') }) }),
    send: (values, key) => api('post', '/api/me/password', { key, body: values }),
    done: (session) => { credentials.csrf = session.csrf_token; toast(t('passwordChanged')); form.set('current_password', ''); form.set('password', ''); },
  });
  return (
    <Card title={t('password')}>
      <Form form={form}>
        <TextField label={t('presentPassword')} type="password" autoComplete="current-password" value={form.values.current_password} onChange={(value) => form.set('current_password', value)} error={form.error('/current_password')} />
        <TextField label={t('newPassword')} help={t('passwordHelp')} type="password" autoComplete="new-password" value={form.values.password} onChange={(value) => form.set('password', value)} error={form.error('/password')} />
        <div><Button type="submit" busy={form.busy}>{t('changePassword')}</Button></div>
      </Form>
    </Card>
  );
}

function SecondFactor() {
  const { t } = useTexts('identity');
  const session = useSession();
  const [enrolling, setEnrolling] = useState<schemas['SecondFactorOffer'] | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [removing, setRemoving] = useState(false);
  const start = useAct((_: null, key: string) => api('post', '/api/me/second-factor', { key }), (made) => setEnrolling(made));
  const remove = useAct((_: null, key: string) => api('delete', '/api/me/second-factor', { key }), () => { setRemoving(false); toast(t('factorRemoved')); });
  return (
    <Card title={t('secondFactor')} actions={<Status of={session.second_factor ? 'ok' : 'draft'} text={t(session.second_factor ? 'factorOn' : 'factorOff')} />}>
      <div className="stack">
        <p className="quiet">{t(mustSetUpFactor(session) ? 'secondFactorNeeded' : 'secondFactorWhat')}</p>
        {start.error ? <ProblemNotice error={start.error} /> : null}
        {codes ? <><p>{t('recoveryOnce')}</p><Copyable text={codes.join(' ')} label={t('copyCodes')} /><ul className="inputs">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul></>
          : enrolling ? <Enroll made={enrolling} done={(list) => { setEnrolling(null); setCodes(list); }} />
          : <div className="actions start">{session.second_factor ? <Button onClick={() => setRemoving(true)}>{t('removeFactor')}</Button> : <Button variant="primary" busy={start.isPending} onClick={() => start.mutate(null)}>{t('addFactor')}</Button>}</div>}
      </div>
      {removing && <Confirm danger title={t('removeFactor')} verb={t('removeFactor')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(null)} onClose={() => setRemoving(false)}>{t('removeFactorWhat')}</Confirm>}
    </Card>
  );
}

function Enroll({ made, done }: { made: schemas['SecondFactorOffer']; done: (codes: string[]) => void }) {
  const { t } = useTexts('identity');
  const client = useQueryClient();
  const form = useForm({
    initial: { code: '' }, pointers: ['/code'],
    check: (values): Record<string, string> => (values.code.trim() ? {} : { '/code': t('field.required') }),
    send: (values, key) => api('post', '/api/me/second-factor/confirmation', { key, body: { code: values.code.replace(/\s/g, '') } }),
    done: (answer) => { done(answer.recovery_codes); void client.invalidateQueries(); },
  });
  return (
    <div className="grid">
      <div className="stack"><p>{t('scanFactor')}</p><Qr text={made.uri} label={t('scanFactor')} /><Copyable text={made.secret ?? ''} label={t('copySecret')} /></div>
      <Form form={form}><TextField label={t('factorCode')} inputMode="numeric" autoComplete="one-time-code" value={form.values.code} onChange={(value) => form.set('code', value)} error={form.error('/code')} /><div><Button variant="primary" type="submit" busy={form.busy}>{t('confirmFactor')}</Button></div></Form>
    </div>
  );
}

function Sessions() {
  const { t } = useTexts('identity');
  const sessions = useRead('/api/sessions');
  const end = useAct((id: string, key: string) => api('delete', '/api/sessions/{session_id}', { path: { session_id: id }, key }), () => toast(t('sessionEnded')));
  const others = useAct((_: null, key: string) => api('delete', '/api/sessions', { key }), () => toast(t('othersEnded')));
  return (
    <Card title={t('sessions')} actions={<Button busy={others.isPending} onClick={() => others.mutate(null)}>{t('endOthers')}</Button>}>
      <Loaded from={sessions}>{(page) => <ul className="list">{page.items.map((one) => (
        <li key={one.id}><div className="grow stack tight"><span className="clip" title={one.user_agent}>{one.user_agent}</span><span className="small quiet">{one.client_ip} · {t('seen')} <Time at={one.seen_at} as="ago" /></span></div>
          {one.is_this_one ? <Status of="ok" text={t('thisOne')} /> : <Button variant="ghost" onClick={() => end.mutate(one.id)}>{t('endSession')}</Button>}</li>
      ))}</ul>}</Loaded>
    </Card>
  );
}
