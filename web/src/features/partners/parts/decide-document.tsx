// The decision about a verification document: approved until a day, or rejected with a reason that the partner reads.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { AskReason } from '../../../ui/ask';
import { Button } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { toast } from '../../../ui/toast';

type Document = schemas['PartnerDocument'];

/** Nothing in the portal, and nothing once it is decided. */
export function DecideDocument({ document }: { document: Document }) {
  const { t } = useTexts('partners');
  const { side } = useOrganization();
  const can = useCan();
  const [asked, setAsked] = useState<'approve' | 'reject' | null>(null);
  const reject = useAct((reason: string, key) => api('post', '/api/partner-documents/{partner_document_id}/rejection', { path: { partner_document_id: document.id }, key, body: { reason } }), () => { setAsked(null); toast(t('documentRejected', { name: document.name })); });
  if (side !== 'console' || document.state !== 'submitted' || !can('partners.manage')) return null;
  return (
    <>
      <Button variant="ghost" onClick={() => setAsked('approve')}>{t('move.approval')}</Button>
      <Button variant="ghost" onClick={() => setAsked('reject')}>{t('move.rejection')}</Button>
      {asked === 'approve' && <Approve document={document} onClose={() => setAsked(null)} />}
      {asked === 'reject' && <AskReason danger title={t('rejectDocument', { name: document.name })} verb={t('move.rejection')} help={t('reasonHelp')} busy={reject.isPending} error={reject.error} onConfirm={(reason) => reject.mutate(reason)} onClose={() => { reject.reset(); setAsked(null); }} />}
    </>
  );
}

function Approve({ document, onClose }: { document: Document; onClose: () => void }) {
  const { t } = useTexts('partners');
  const client = useQueryClient();
  const form = useForm({
    initial: { expires_on: '' }, pointers: ['/expires_on'],
    send: (values, key) => api('post', '/api/partner-documents/{partner_document_id}/approval', { path: { partner_document_id: document.id }, key, body: values.expires_on ? { expires_on: values.expires_on } : {} }),
    done: () => { toast(t('documentApproved', { name: document.name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Confirm title={t('approveDocument', { name: document.name })} verb={t('move.approval')} busy={form.busy} onConfirm={() => form.submit()} onClose={onClose}>
      <Form form={form}><TextField label={t('validUntil')} help={t('validUntilHelp')} optional type="date" value={form.values.expires_on} onChange={(value) => form.set('expires_on', value)} error={form.error('/expires_on')} /></Form>
    </Confirm>
  );
}
