// The payee form: who is paid. The last one's answers are filled in, but for the tax number, which nobody sees again.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';
import type { PayeeForm } from '../model';

const kinds = ['individual', 'business'] as const;
const taxForms = { individual: ['local', 'w8ben', 'w9'], business: ['local', 'w8bene', 'w9'] } as const;

export function PayeeFormSheet({ partner, latest, onClose }: { partner: string; latest: PayeeForm | null; onClose: () => void }) {
  const { t } = useTexts('payouts');
  const client = useQueryClient();
  const form = useForm({
    initial: { kind: latest?.kind ?? 'individual', legal_name: latest?.legal_name ?? '', country: latest?.country ?? '', address: latest?.address ?? '', born: latest?.born_or_registered_on ?? '', tax_form: (latest?.tax_form ?? 'local') as PayeeForm['tax_form'], tax_id: '' },
    pointers: ['/kind', '/legal_name', '/country', '/address', '/born_or_registered_on', '/tax_form', '/tax_id'],
    check: (values) => Object.fromEntries((['legal_name', 'country'] as const).filter((name) => !values[name].trim()).map((name) => [`/${name}`, t('field.required')])),
    send: ({ kind, tax_form, ...values }, key) => api('post', '/api/partners/{partner_id}/payee-forms', { path: { partner_id: partner }, key, body: {
      kind, tax_form, legal_name: values.legal_name.trim(), country: values.country.trim().toUpperCase(),
      ...(values.address.trim() ? { address: values.address.trim() } : {}), ...(values.born ? { born_or_registered_on: values.born } : {}), ...(values.tax_id.trim() ? { tax_id: values.tax_id.trim() } : {}),
    } }),
    done: () => { toast(t('formSent')); void client.invalidateQueries(); onClose(); },
  });
  const { values } = form;
  const isBusiness = values.kind === 'business';
  return (
    <Sheet title={t('payeeForm')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('sendForm')}</Button></>}>
      <Form form={form}>
        <p className="quiet">{t('payeeFormWhat')}</p>
        <SelectField label={t('payeeKind')} value={values.kind} options={kinds.map((one) => [one, t(`payeeKind.${one}`)])} error={form.error('/kind')}
          onChange={(value) => { const kind = value as PayeeForm['kind']; form.set('kind', kind); if (!(taxForms[kind] as readonly string[]).includes(values.tax_form)) form.set('tax_form', 'local'); }} />
        <TextField label={t('legalName')} help={t('legalNameHelp')} autoComplete={isBusiness ? 'organization' : 'name'} value={values.legal_name} onChange={(value) => form.set('legal_name', value)} error={form.error('/legal_name')} />
        <TextField label={t('country')} help={t('twoLetters')} autoComplete="country" value={values.country} onChange={(value) => form.set('country', value)} error={form.error('/country')} />
        <TextField label={t('address')} optional area autoComplete="street-address" value={values.address} onChange={(value) => form.set('address', value)} error={form.error('/address')} />
        <TextField label={t(isBusiness ? 'registeredOn' : 'bornOn')} optional type="date" value={values.born} onChange={(value) => form.set('born', value)} error={form.error('/born_or_registered_on')} />
        <SelectField label={t('taxForm')} value={values.tax_form} options={taxForms[values.kind].map((one) => [one, t(`taxForm.${one}`)])} onChange={(value) => form.set('tax_form', value as PayeeForm['tax_form'])} error={form.error('/tax_form')} />
        <TextField label={t('taxId')} help={t('taxIdHelp')} optional value={values.tax_id} onChange={(value) => form.set('tax_id', value)} error={form.error('/tax_id')} />
      </Form>
    </Sheet>
  );
}
