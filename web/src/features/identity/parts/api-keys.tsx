// API keys: what programs sign in with. A secret is shown once; a new one may take over while the old still works.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useSession } from '../../../lib/session';
import { Button, Copyable, Status, Time } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { CheckField, Field, Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Menu, Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { toast } from '../../../ui/toast';
import { PartnerName, searchPartners, usePartnerName } from '../../partners/parts/partner-name';
import { grantable, isReading, scopesOf, type Rights } from '../key-rights';

type ApiKey = schemas['ApiKey'];
type Permission = schemas['Permission'];

const stateOf = (one: ApiKey) => (one.revoked_at ? 'revoked' : one.expires_at && Date.parse(one.expires_at) < Date.now() ? 'expired' : 'active');

function useRightName() {
  const { t } = useTexts('identity');
  return (one: Permission) => {
    const [noun, verb] = one.split('.');
    return `${t(`right.${noun}`)}: ${t(`right.${verb}`)}`;
  };
}

export function ApiKeys() {
  const { t } = useTexts('identity');
  const { side } = useOrganization();
  const nameOf = useRightName();
  const [asked, setAsked] = useState<{ what: 'revoke' | 'rotate'; key: ApiKey } | null>(null);
  const close = () => setAsked(null);
  const revoke = useAct((id: string, key: string) => api('post', '/api/api-keys/{api_key_id}/revocation', { path: { api_key_id: id }, key }), () => { close(); toast(t('revoked')); });
  return (
    <>
      <List<ApiKey> name="api-keys" label={t('apiKeys')} path="/api/api-keys" id={(one) => one.id}
        columns={[
          { id: 'name', head: t('name'), cell: (one) => <span className="two"><span>{one.name}</span><code className="faint small">{one.prefix}…</code></span> },
          ...(side === 'console' ? [{ id: 'kind', head: t('kind'), cell: (one: ApiKey) => (one.partner_id ? <PartnerName id={one.partner_id} link /> : t(`keyKind.${one.kind}`)) }] : []),
          { id: 'rights', head: t('rights'), cell: (one) => (one.scopes ? <span title={one.scopes.map(nameOf).join('\n')}>{t('rightsOf', { count: one.scopes.length })}</span> : t('rights.all')) },
          { id: 'mode', head: t('mode'), cell: (one) => t(`mode.${one.mode}`) },
          { id: 'state', head: t('state'), cell: (one) => <Status of={stateOf(one)} /> },
          { id: 'used', head: t('lastUsed'), cell: (one) => (one.last_used_at ? <Time at={one.last_used_at} as="ago" /> : t('neverUsed')) },
          { id: 'expires', head: t('expires'), cell: (one) => (one.expires_at ? <Time at={one.expires_at} /> : t('expires.never')) },
          { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (stateOf(one) === 'active' ? <Menu label={`${t('action')}: ${one.name}`} button={t('action')} buttonClass="btn btn-ghost" entries={[
            { label: t('rotate'), onPick: () => setAsked({ what: 'rotate', key: one }) },
            { label: t('revoke'), danger: true, onPick: () => setAsked({ what: 'revoke', key: one }) },
          ]} /> : null) },
        ]}
        filters={[...(side === 'console' ? [{ name: 'kind', label: t('kind'), options: (['staff', 'partner'] as const).map((one): [string, string] => [one, t(`keyKind.${one}`)]) }] : []), { name: 'revoked', label: t('state'), options: [['false', t('status.active')], ['true', t('status.revoked')]] }]}
        empty={{ title: t('noKeys'), text: t('noKeysWhat') }} />
      {asked?.what === 'revoke' && <Confirm danger title={t('revokeKey', { name: asked.key.name })} verb={t('revoke')} busy={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate(asked.key.id)} onClose={close}>{t('revokeWhat')}</Confirm>}
      {asked?.what === 'rotate' && <Rotate of={asked.key} onClose={close} />}
    </>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTexts('identity');
  return <Sheet title={t('keyMade')} onClose={onClose} foot={<Button variant="primary" onClick={onClose}>{t('close')}</Button>}><div className="stack"><p>{t('secretOnce')}</p><Copyable text={secret} label={t('copySecret')} /></div></Sheet>;
}

function Rotate({ of, onClose }: { of: ApiKey; onClose: () => void }) {
  const { t } = useTexts('identity');
  const client = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const form = useForm({
    initial: { hours: '24' }, pointers: ['/keep_hours'],
    send: (values, key) => api('post', '/api/api-keys/{api_key_id}/rotation', { path: { api_key_id: of.id }, key, body: { keep_hours: Number(values.hours) } }),
    done: (made) => { setSecret(made.secret); void client.invalidateQueries(); },
  });
  if (secret) return <Secret secret={secret} onClose={onClose} />;
  return (
    <Sheet title={t('rotateKey', { name: of.name })} onClose={onClose} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('rotate')}</Button></>}>
      <Form form={form}>
        <p>{t('rotateWhat')}</p>
        <SelectField label={t('keepOld')} value={form.values.hours} onChange={(value) => form.set('hours', value)} options={[0, 1, 24, 168].map((hours) => [String(hours), t(`keepOld.${hours}`)])} error={form.error('/keep_hours')} />
      </Form>
    </Sheet>
  );
}

const days = ['', '30', '90', '365'];
const inDays = (count: string) => (count ? { expires_at: new Date(Date.now() + Number(count) * 86_400_000).toISOString() } : {});

export function NewApiKey({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('identity');
  const { side } = useOrganization();
  const { membership } = useSession();
  const nameOf = useRightName();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const [partner, setPartner] = useState('');
  const name = usePartnerName(partner);
  const form = useForm({
    initial: { name: '', kind: side === 'portal' ? 'partner' : 'staff', partner: '', mode: 'live', rights: 'all' as Rights, chosen: [] as Permission[], days: '' },
    pointers: ['/name', '/kind', '/partner_id', '/mode', '/expires_at'],
    check: (values) => ({
      ...(values.name.trim() ? {} : { '/name': t('field.required') }), ...(side === 'console' && values.kind === 'partner' && !values.partner ? { '/partner_id': t('field.required') } : {}),
      ...(values.rights === 'choose' && values.chosen.length === 0 ? { rights: t('chooseRights') } : {}),
    } as Record<string, string>),
    send: (values, key) => api('post', '/api/api-keys', { key, body: {
      name: values.name.trim(), kind: values.kind as 'staff', mode: values.mode as 'live',
      // Without scopes it has all that its kind may, as its maker has: a manager has less.
      ...(values.rights === 'all' && membership.role !== 'manager' ? {} : { scopes: scopesOf(values.rights, values.chosen, grantable(membership.permissions, values.kind)) }),
      ...(values.partner ? { partner_id: values.partner } : {}), ...inDays(values.days),
    } }),
    done: (made) => { setSecret(made.secret); void client.invalidateQueries(); },
  });
  if (secret) return <Secret secret={secret} onClose={onClose} />;
  const { values } = form;
  const may = grantable(membership.permissions, values.kind);
  return (
    <Sheet title={t('newApiKey')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeKey')}</Button></>}>
      <Form form={form}>
        <TextField label={t('name')} help={t('keyNameHelp')} value={values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        {side === 'console' && <SelectField label={t('kind')} value={values.kind} onChange={(value) => form.set('kind', value)} options={(['staff', 'partner'] as const).map((one) => [one, t(`keyKind.${one}`)])} error={form.error('/kind')} />}
        {side === 'console' && values.kind === 'partner' && <Field label={t('partner')} error={form.error('/partner_id')}>{(attributes) => <Combobox label={t('partner')} attributes={attributes} value={partner ? name : ''} searchKey="partners" search={searchPartners} onPick={(choice) => { setPartner(choice.id); form.set('partner', choice.id); }} />}</Field>}
        <SelectField label={t('rights')} help={t('rightsHelp')} value={values.rights} onChange={(value) => form.set('rights', value as Rights)} options={(['all', 'read', 'choose'] as const).map((one) => [one, t(`rights.${one}`)])} error={form.error('rights')} />
        {values.rights === 'choose' && <fieldset className="stack tight"><legend className="sr">{t('rights')}</legend>{may.map((one) => <CheckField key={one} label={nameOf(one)} checked={values.chosen.includes(one)} onChange={(on) => form.set('chosen', on ? [...values.chosen, one] : values.chosen.filter((other) => other !== one))} />)}</fieldset>}
        {values.rights === 'read' && <p className="quiet small">{may.filter(isReading).map(nameOf).join(', ')}</p>}
        <SelectField label={t('mode')} help={t('modeHelp')} value={values.mode} onChange={(value) => form.set('mode', value)} options={(['live', 'test'] as const).map((one) => [one, t(`mode.${one}`)])} />
        <SelectField label={t('expires')} value={values.days} onChange={(value) => form.set('days', value)} options={days.map((one) => [one, one ? t('inDays', { count: Number(one) }) : t('expires.never')])} error={form.error('/expires_at')} />
      </Form>
    </Sheet>
  );
}
