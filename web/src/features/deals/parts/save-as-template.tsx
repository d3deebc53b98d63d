import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';

export function SaveAsTemplate({ deal, onClose }: { deal: schemas['Deal']; onClose: () => void }) {
  const { t } = useTexts('deals');
  const client = useQueryClient();
  const form = useForm({
    initial: { name: deal.name }, pointers: ['/name'],
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: (values, key) => api('post', '/api/deals/{deal_id}/template', { path: { deal_id: deal.id }, key, body: { name: values.name.trim() } }),
    done: () => { toast(t('templateSaved')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('saveAsTemplate')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('saveAsTemplate')}</Button></>}>
      <Form form={form}><p className="quiet">{t('saveAsTemplateWhat')}</p><TextField label={t('templateName')} value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} /></Form>
    </Sheet>
  );
}
