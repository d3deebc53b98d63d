// Opens an organization to an operator of the platform, for a reason and some hours.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';

export function OpenAccess({ organization = '', onClose }: { organization?: string; onClose: () => void }) {
  const { t } = useTexts('identity');
  const client = useQueryClient();
  const form = useForm({
    initial: { organization, reason: '', mode: 'read' as string, hours: '1' }, pointers: ['/organization', '/reason', '/mode', '/hours'],
    check: (values) => Object.fromEntries((['organization', 'reason'] as const).filter((name) => !values[name].trim()).map((name) => [`/${name}`, t('field.required')])),
    send: (values, key) => api('post', '/api/platform/accesses', { key, body: { organization: values.organization.trim(), reason: values.reason.trim(), mode: values.mode as 'read' | 'write', hours: Number(values.hours) } }),
    done: (made) => { toast(t('accessOpened', { name: made.organization.name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('openAccess')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('openAccess')}</Button></>}>
      <Form form={form}>
        <TextField label={t('organizationSlug')} help={t('organizationSlugHelp')} value={form.values.organization} onChange={(value) => form.set('organization', value)} error={form.error('/organization')} />
        <TextField label={t('accessReason')} help={t('accessReasonHelp')} area value={form.values.reason} onChange={(value) => form.set('reason', value)} error={form.error('/reason')} />
        <SelectField label={t('accessMode')} value={form.values.mode} onChange={(value) => form.set('mode', value)} options={(['read', 'write'] as const).map((one) => [one, t(`accessMode.${one}`)])} error={form.error('/mode')} />
        <SelectField label={t('hours')} value={form.values.hours} onChange={(value) => form.set('hours', value)} options={[1, 2, 4, 8].map((count) => [String(count), t('hoursOf', { count })])} error={form.error('/hours')} />
      </Form>
    </Sheet>
  );
}
