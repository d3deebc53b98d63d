// The form of a payout method: the fields are those of its rail.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { formatInstant } from '../../../lib/format/date';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { toast } from '../../../ui/toast';
import { askForLink } from './connected-account';
import { rails, type PayoutMethod, type Rail } from '../model';

const words: Record<Exclude<Rail, 'stripe'>, { account: string; help: string | null }> = {
  bank: { account: 'accountNumber', help: 'accountNumberHelp' },
  sepa: { account: 'iban', help: null },
  paypal: { account: 'paypalEmail', help: null },
  wise: { account: 'wiseAccount', help: 'wiseAccountHelp' },
};

/** `present`: the active methods, one of which may be replaced. */
export function MethodSheet({ partner, holder, present, onClose }: { partner: string; holder: string; present: PayoutMethod[]; onClose: () => void }) {
  const { t, locale } = useTexts('payouts');
  const { currency, zone } = useOrganization();
  const client = useQueryClient();
  const form = useForm({
    initial: { rail: 'bank' as string, currency, holder_name: holder.slice(0, 70), account: '', bank_code: '', bank_name: '', bic: '', country: '' },
    pointers: ['/rail', '/currency', '/holder_name', '/account', '/bank_code', '/bank_name', '/bic', '/country'],
    check: (values) => Object.fromEntries((['currency', 'holder_name', values.rail === 'stripe' ? 'country' : 'account'] as const).filter((name) => !values[name].trim()).map((name) => [`/${name}`, t('field.required')])),
    send: async (values, key) => {
      const shown = optionalFields(values.rail as Rail);
      const given = Object.fromEntries(shown.filter((name) => values[name].trim()).map((name) => [name, name === 'bic' || name === 'country' ? values[name].trim().toUpperCase() : values[name].trim()]));
      // Who is paid by Stripe has an account that Stripe keeps, and goes on at Stripe.
      const link = values.rail === 'stripe' ? await askForLink(partner, key, values.country.trim().toUpperCase()) : null;
      const account = link?.connected_account.external_id ?? values.account.trim();
      const made = await api('post', '/api/partners/{partner_id}/payout-methods', { path: { partner_id: partner }, key, body: { rail: values.rail as Rail, currency: values.currency.trim().toUpperCase(), holder_name: values.holder_name.trim(), account, ...given } });
      return { made, link: link !== null && link.connected_account.state !== 'ready' ? link.url : null };
    },
    done: ({ made, link }) => { if (link) { location.assign(link); return; } toast(t('methodSaved', { date: formatInstant(locale, made.usable_at, zone, 'time') })); void client.invalidateQueries(); onClose(); },
  });
  const { values } = form;
  const rail = values.rail as Rail;
  const shown = optionalFields(rail);
  const replaced = present.find((one) => one.currency === values.currency.trim().toUpperCase());
  const field = (name: 'bank_code' | 'bank_name' | 'bic' | 'country', label: string, help?: string) =>
    (shown.includes(name) ? <TextField label={t(label)} {...(help ? { help: t(help) } : {})} optional value={values[name]} onChange={(value) => form.set(name, value)} error={form.error(`/${name}`)} /> : null);
  return (
    <Sheet title={t('addMethod')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t(values.rail === 'stripe' ? 'toStripe' : 'saveMethod')}</Button></>}>
      <Form form={form}>
        <div className="notice"><div>{t('methodsWhat')}</div></div>
        <SelectField label={t('rail')} value={values.rail} options={rails.map((one) => [one, t(`rail.${one}`)])} error={form.error('/rail')}
          onChange={(value) => { form.set('rail', value); if (value === 'sepa') form.set('currency', 'EUR'); }} />
        <TextField label={t('currency')} help={replaced ? t('replacesOld', { account: replaced.account_hint }) : t('threeLetters')} value={values.currency} onChange={(value) => form.set('currency', value)} error={form.error('/currency')} />
        <TextField label={t('holder')} autoComplete="name" value={values.holder_name} onChange={(value) => form.set('holder_name', value)} error={form.error('/holder_name')} />
        {rail === 'stripe' ? <p className="quiet">{t('connectWhat')}</p> : <TextField label={t(words[rail].account)} {...(words[rail].help ? { help: t(words[rail].help) } : {})} value={values.account} onChange={(value) => form.set('account', value)} error={form.error('/account')} />}
        {rail === 'stripe' && <TextField label={t('connectCountry')} help={t('twoLetters')} autoComplete="country" value={values.country} onChange={(value) => form.set('country', value)} error={form.error('/country')} />}
        {field('bank_code', 'bankCode', 'bankCodeHelp')}
        {field('bank_name', 'bankName')}
        {field('bic', 'bic')}
        {field('country', 'accountCountry', 'twoLetters')}
      </Form>
    </Sheet>
  );
}

function optionalFields(rail: Rail): ('bank_code' | 'bank_name' | 'bic' | 'country')[] {
  if (rail === 'bank') return ['bank_code', 'bank_name', 'bic', 'country'];
  if (rail === 'sepa') return ['bic'];
  return rail === 'wise' ? ['bank_code', 'country'] : [];
}
