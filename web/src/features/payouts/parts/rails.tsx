// What the organization pays from: an account for the bank's and SEPA files, credentials of providers. Secrets are never shown.
import { useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Copyable, Status } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { rails } from '../model';

type Account = schemas['ShownRailAccount'];
type Rail = schemas['Rail'];
type Name = 'payer_name' | 'payer_account' | 'payer_bic' | 'sepa_format' | 'client_id' | 'profile' | 'source_currency' | 'secret' | 'webhook_key';

/** What each rail asks for. */
const fields: Record<Rail, Name[]> = {
  bank: ['payer_name', 'payer_account'], sepa: ['payer_name', 'payer_account', 'payer_bic', 'sepa_format'], paypal: ['client_id', 'secret', 'webhook_key'],
  wise: ['profile', 'source_currency', 'secret', 'webhook_key'], stripe: ['secret', 'webhook_key'],
};

const sepaFormats: schemas['SepaFormat'][] = ['pain_001_001_09', 'pain_001_001_03'];

export function RailAccounts() {
  const { t } = useTexts('payouts');
  const can = useCan();
  const [search, set] = useUrlState();
  const accounts = useRead('/api/rail-accounts', { query: { limit: 20 } }, { enabled: can('payouts.read') });
  const edited = rails.find((one) => one === search['rail']);
  return (
    <Card title={t('railAccounts')}>
      <p className="quiet">{t('railAccountsWhat')}</p>
      <Loaded from={accounts}>{(page) => <>
        <ul className="list">{rails.map((rail) => {
          const one = page.items.find((each) => each.rail === rail);
          return (
            <li key={rail}><div className="grow stack tight"><strong>{t(`rail.${rail}`)}</strong><span className="small quiet">{one ? [one.payer_name, one.payer_account_hint, one.payer_bic, one.client_id, one.profile, one.source_currency].filter(Boolean).join(' · ') || t('secretKept') : t('notSetUp')}</span>
              {one?.webhook_path && <span className="small"><Copyable text={location.origin + one.webhook_path} label={t('copyWebhook')} /></span>}</div>
              {one && <Status of="ok" text={t('setUp')} />}
              {can('settings.manage') && <Button variant="ghost" onClick={() => set({ rail })}><Pencil size={16} aria-hidden />{t(one ? 'change' : 'setUpNow')}</Button>}
            </li>
          );
        })}</ul>
        {edited && <EditRail key={edited} rail={edited} account={page.items.find((each) => each.rail === edited)} onClose={() => set({ rail: undefined })} />}
      </>}</Loaded>
    </Card>
  );
}

/** Sends what was typed alone: what is absent stays as it is. */
function EditRail({ rail, account, onClose }: { rail: Rail; account: Account | undefined; onClose: () => void }) {
  const { t } = useTexts('payouts');
  const client = useQueryClient();
  const names = fields[rail];
  const before: Record<Name, string> & { sepa_format: schemas['SepaFormat'] } = { payer_name: account?.payer_name ?? '', payer_account: '', payer_bic: account?.payer_bic ?? '', sepa_format: account?.sepa_format ?? 'pain_001_001_09', client_id: account?.client_id ?? '', profile: account?.profile ?? '', source_currency: account?.source_currency ?? '', secret: '', webhook_key: '' };
  const form = useForm({
    initial: before, pointers: names.map((name) => `/${name}`),
    send: (values, key) => api('post', '/api/rail-accounts', { key, body: { rail, ...Object.fromEntries(names.filter((name) => values[name].trim() !== '' && values[name] !== before[name]).map((name) => [name, values[name].trim()])) } }),
    done: () => { toast(t('saved')); void client.invalidateQueries(); onClose(); },
  });
  const kept: Partial<Record<Name, boolean>> = { payer_account: Boolean(account?.payer_account_hint), secret: account?.has_secret ?? false, webhook_key: account?.has_webhook_key ?? false };
  return (
    <Sheet title={t(`rail.${rail}`)} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></>}>
      <Form form={form}>
        <p className="quiet">{t(`railWhat.${rail}`)}</p>
        {names.map((name) => name === 'sepa_format' ? <SelectField key={name} label={t('railField.sepa_format')} value={form.values[name]} onChange={(value) => form.set(name, sepaFormats.find((one) => one === value) ?? 'pain_001_001_09')} options={sepaFormats.map((one) => [one, t(`sepaFormat.${one}`)])} error={form.error(`/${name}`)} /> : <TextField key={name} label={t(`railField.${name}`)} {...(kept[name] ? { help: t('keptHelp') } : {})} {...(name === 'secret' ? { type: 'password', autoComplete: 'new-password' } : {})} value={form.values[name]}
          onChange={(value) => form.set(name, name === 'source_currency' ? value.toUpperCase() : value)} error={form.error(`/${name}`)} />)}
      </Form>
    </Sheet>
  );
}
