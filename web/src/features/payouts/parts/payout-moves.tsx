// What a person says became of a payout: paid with the bank's reference, failed, or come back.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { AskReason } from '../../../ui/ask';
import { Button } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';
import type { Payout } from '../model';

export type PayoutMove = 'payment' | 'failure' | 'return';

export function MovePayout({ payout, move, onClose }: { payout: Payout; move: PayoutMove; onClose: () => void }) {
  return move === 'payment' ? <Paid payout={payout} onClose={onClose} /> : <NotPaid payout={payout} move={move} onClose={onClose} />;
}

function Paid({ payout, onClose }: { payout: Payout; onClose: () => void }) {
  const { t } = useTexts('payouts');
  const client = useQueryClient();
  const form = useForm({
    initial: { reference: '', executed_on: '' }, pointers: ['/reference', '/executed_on'],
    check: (values): Record<string, string> => (values.reference.trim() ? {} : { '/reference': t('field.required') }),
    send: (values, key) => api('post', '/api/payouts/{payout_id}/payment', { path: { payout_id: payout.id }, key, body: { reference: values.reference.trim(), ...(values.executed_on ? { executed_on: values.executed_on } : {}) } }),
    done: () => { toast(t('moved.payment', { reference: payout.holder_name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('ask.payment', { reference: payout.holder_name })} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('move.payment')}</Button></>}>
      <Form form={form}>
        <TextField label={t('bankReference')} help={t('bankReferenceHelp')} value={form.values.reference} onChange={(value) => form.set('reference', value)} error={form.error('/reference')} />
        <TextField label={t('executedOn')} optional type="date" value={form.values.executed_on} onChange={(value) => form.set('executed_on', value)} error={form.error('/executed_on')} />
      </Form>
    </Sheet>
  );
}

function NotPaid({ payout, move, onClose }: { payout: Payout; move: 'failure' | 'return'; onClose: () => void }) {
  const { t } = useTexts('payouts');
  const act = useAct((reason: string, key) => api('post', `/api/payouts/{payout_id}/${move}`, { path: { payout_id: payout.id }, key, body: { reason } }),
    () => { toast(t(`moved.${move}`, { reference: payout.holder_name })); onClose(); });
  return <AskReason danger title={t(`ask.${move}`, { reference: payout.holder_name })} what={t('dueAgain')} verb={t(`move.${move}`)} help={t('partnerReads')} busy={act.isPending} error={act.error} onConfirm={(reason) => act.mutate(reason)} onClose={onClose} />;
}
