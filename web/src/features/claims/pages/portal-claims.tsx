// A partner's claims: a sale that is missing or was credited to another, with what speaks for it, and what was decided.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { parseAmount } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button, Money, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';

type Claim = schemas['Claim'];
const kinds: schemas['ClaimKind'][] = ['missing', 'not_credited', 'wrong_amount'];
const states = ['open', 'under_review', 'accepted', 'rejected', 'withdrawn'] as const;

export function PortalClaims() {
  const { t } = useTexts('claims');
  const can = useCan();
  const { membership } = useSession();
  const [search, set] = useUrlState();
  const [leaving, setLeaving] = useState<Claim | null>(null);
  const partner = membership.partner?.id ?? '';
  const start = () => set({ new: '1' });
  useKeys({ c: can('leads.manage') ? start : undefined });
  const withdraw = useAct((id: string, key: string) => api('post', '/api/claims/{claim_id}/withdrawal', { path: { claim_id: id }, key }), () => { setLeaving(null); toast(t('withdrawn')); });
  return (
    <Page title={t('claims')} context={t('claimsWhat')} actions={can('leads.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('fileClaim')}</Button>}>
      <List<Claim> name="claims" label={t('claims')} path="/api/claims" fixed={{ partner_id: partner }} id={(one) => one.id} usualSort="-created_at" live
        columns={[
          { id: 'at', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} /> },
          { id: 'what', head: t('about'), cell: (one) => <span className="two"><span>{t(`kind.${one.kind}`)}</span><span className="faint small">{one.order_reference}</span></span> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'by', head: t('decideBy'), cell: (one) => (one.decided_at ? <Time at={one.decided_at} /> : <Time at={one.decide_by} />) },
          { id: 'decision', head: t('decision'), cell: (one) => one.decision },
          { id: 'amount', head: t('expected'), num: true, cell: (one) => (one.amount !== null && one.currency !== null ? <Money minor={one.amount} currency={one.currency} /> : null) },
          { id: 'act', head: t('action'), cell: (one) => ((one.state === 'open' || one.state === 'under_review') && can('leads.manage') ? <Button variant="ghost" onClick={() => setLeaving(one)}>{t('withdraw')}</Button> : null) },
        ]}
        filters={[{ name: 'state', label: t('state'), options: states.map((one) => [one, t(`status.${one}`)]) }]}
        empty={{ title: t('noClaims'), text: t('noClaimsWhat') }} />
      {leaving && <Confirm danger title={t('withdrawAsk')} verb={t('withdraw')} busy={withdraw.isPending} error={withdraw.error} onConfirm={() => withdraw.mutate(leaving.id)} onClose={() => { withdraw.reset(); setLeaving(null); }}>{t('withdrawWhat')}</Confirm>}
      {search['new'] && <FileClaim partner={partner} onClose={() => set({ new: undefined })} />}
    </Page>
  );
}

function FileClaim({ partner, onClose }: { partner: string; onClose: () => void }) {
  const { t } = useTexts('claims');
  const { currency } = useOrganization();
  const client = useQueryClient();
  const form = useForm({
    keep: { name: 'new-claim' },
    initial: { kind: 'missing' as string, order: '', amount: '', evidence: '' }, pointers: ['/kind', '/order_reference', '/amount', '/evidence'],
    check: (values) => ({
      ...(values.order.trim() ? {} : { '/order_reference': t('field.required') }), ...(values.evidence.trim() ? {} : { '/evidence': t('field.required') }),
      ...(values.amount.trim() && parseAmount(values.amount, currency) === null ? { '/amount': t('field.amount') } : {}),
    } as Record<string, string>),
    send: (values, key) => {
      const amount = values.amount.trim() ? parseAmount(values.amount, currency) : null;
      return api('post', '/api/partners/{partner_id}/claims', { path: { partner_id: partner }, key, body: { kind: values.kind as schemas['ClaimKind'], order_reference: values.order.trim(), evidence: values.evidence.trim(), ...(amount === null ? {} : { amount: { amount, currency } }) } });
    },
    done: () => { toast(t('claimSent')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('fileClaim')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('send')}</Button></>}>
      <Form form={form}>
        <SelectField label={t('kindHead')} value={form.values.kind} onChange={(value) => form.set('kind', value)} options={kinds.map((one) => [one, t(`kind.${one}`)])} error={form.error('/kind')} />
        <TextField label={t('order')} help={t('orderHelp')} value={form.values.order} onChange={(value) => form.set('order', value)} error={form.error('/order_reference')} />
        <TextField label={t('expected')} help={t('expectedHelp', { currency })} optional inputMode="decimal" value={form.values.amount} onChange={(value) => form.set('amount', value)} error={form.error('/amount')} />
        <TextField label={t('evidence')} help={t('evidenceHelp')} area value={form.values.evidence} onChange={(value) => form.set('evidence', value)} error={form.error('/evidence')} />
      </Form>
    </Sheet>
  );
}
