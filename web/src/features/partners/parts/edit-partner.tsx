import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';
import type { Partner } from '../model';

const names = ['name', 'contact_email', 'website', 'country', 'currency', 'external_id'] as const;

/** Sends what was changed alone. */
export function EditPartner({ partner, onClose }: { partner: Partner; onClose: () => void }) {
  const { t } = useTexts('partners');
  const client = useQueryClient();
  const before = Object.fromEntries(names.map((name) => [name, partner[name] ?? ''])) as Record<(typeof names)[number], string>;
  const form = useForm({
    initial: before, pointers: names.map((name) => `/${name}`),
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: (values, key) => api('patch', '/api/partners/{partner_id}', { path: { partner_id: partner.id }, key, body: Object.fromEntries(names.filter((name) => values[name] !== before[name] && values[name] !== '').map((name) => [name, values[name].trim()])) }),
    done: () => { toast(t('saved')); void client.invalidateQueries(); onClose(); },
  });
  const label = { name: 'name', contact_email: 'email', website: 'website', country: 'country', currency: 'currency', external_id: 'externalId' };
  return (
    <Sheet title={t('editPartner')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('save')}</Button></>}>
      <Form form={form}>{names.map((name) => <TextField key={name} label={t(label[name])} optional={name !== 'name'} value={form.values[name]} onChange={(value) => form.set(name, value)} error={form.error(`/${name}`)} />)}</Form>
    </Sheet>
  );
}
