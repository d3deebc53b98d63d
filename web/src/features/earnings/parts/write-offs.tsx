// What a partner owes back and the organization gives up: one person asks, another decides.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { formatMoney, parseAmount } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { Button, Money, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Menu, Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';
import { MemberName } from '../../identity/parts/member-name';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';
import { writeOffStates, type WriteOff } from '../model';

export function WriteOffList() {
  const { t, locale } = useTexts('earnings');
  const can = useCan();
  const { user } = useSession();
  const [asked, setAsked] = useState<{ one: WriteOff; move: 'approval' | 'refusal' } | null>(null);
  const act = useAct((input: { id: string; move: 'approval' | 'refusal' }, key) => api('post', `/api/write-offs/{write_off_id}/${input.move}`, { path: { write_off_id: input.id }, key }), (_, input) => { setAsked(null); toast(t(`writeOff.done.${input.move}`)); });
  const entries = (one: WriteOff) => [
    ...(one.requested_by === user.id ? [] : [{ label: t('approve'), onPick: () => setAsked({ one, move: 'approval' as const }) }]),
    { label: t(one.requested_by === user.id ? 'takeBack' : 'refuse'), danger: true, onPick: () => setAsked({ one, move: 'refusal' as const }) },
  ];
  return (
    <>
      <List<WriteOff> name="write-offs" label={t('writeOffs')} path="/api/write-offs" id={(one) => one.id}
        columns={[
          { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'amount', head: t('amount'), num: true, cell: (one) => <Money minor={one.amount} currency={one.currency} /> },
          { id: 'reason', head: t('reason'), alone: true, cell: (one) => one.reason },
          { id: 'by', head: t('requestedBy'), cell: (one) => <MemberName id={one.requested_by} /> },
          { id: 'decided', head: t('decidedBy'), cell: (one) => one.decided_by && <MemberName id={one.decided_by} /> },
          { id: 'at', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (one.state === 'requested' && can('earnings.manage') ? <Menu label={`${t('action')}: ${formatMoney(locale, one.amount, one.currency)}`} button={t('action')} buttonClass="btn btn-ghost" entries={entries(one)} /> : null) },
        ]}
        views={[{ id: 'all', label: t('view.all'), search: { tab: 'write-offs' } }, ...writeOffStates.map((one) => ({ id: one, label: t(`status.${one}`), search: { tab: 'write-offs', state: one } }))]}
        filters={[{ name: 'state', label: t('state'), options: writeOffStates.map((one) => [one, t(`status.${one}`)]) }, { name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id) => <PartnerName id={id} /> }]}
        empty={{ title: t('noWriteOffs'), text: t('noWriteOffsWhat') }} />
      {asked && <Confirm danger={asked.move === 'refusal'} title={t(`writeOff.ask.${asked.move}`, { amount: formatMoney(locale, asked.one.amount, asked.one.currency, true) })} verb={t(asked.move === 'approval' ? 'approve' : 'refuse')} busy={act.isPending} error={act.error}
        onConfirm={() => act.mutate({ id: asked.one.id, move: asked.move })} onClose={() => { act.reset(); setAsked(null); }}>{t(`writeOff.ask.${asked.move}What`)}</Confirm>}
    </>
  );
}

/** Asks to give up what a partner owes back; `owed` by currency is the most. */
export function RequestWriteOff({ partner, owed, onClose }: { partner: string; owed: { minor: number; currency: string }[]; onClose: () => void }) {
  const { t, locale } = useTexts('earnings');
  const client = useQueryClient();
  const form = useForm({
    initial: { currency: owed[0]?.currency ?? '', amount: '', reason: '' }, pointers: ['/amount', '/amount/amount', '/reason'],
    check: (values): Record<string, string> => ({ ...(parseAmount(values.amount, values.currency) === null ? { '/amount': t('field.amount') } : {}), ...(values.reason.trim() ? {} : { '/reason': t('field.required') }) }),
    send: (values, key) => api('post', '/api/partners/{partner_id}/write-offs', { path: { partner_id: partner }, key, body: { amount: { amount: parseAmount(values.amount, values.currency) ?? 0, currency: values.currency }, reason: values.reason.trim() } }),
    done: () => { toast(t('writeOffRequested')); void client.invalidateQueries(); onClose(); },
  });
  const most = owed.find((one) => one.currency === form.values.currency);
  return (
    <Sheet title={t('requestWriteOff')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('requestWriteOff')}</Button></>}>
      <Form form={form}>
        <p className="quiet">{t('writeOffWhat')}</p>
        {owed.length > 1 && <SelectField label={t('currency')} value={form.values.currency} onChange={(value) => form.set('currency', value)} options={owed.map((one) => [one.currency, one.currency])} />}
        <TextField label={t('amount')} inputMode="decimal" help={most && t('owesBack', { amount: formatMoney(locale, most.minor, most.currency, true) })} value={form.values.amount} onChange={(value) => form.set('amount', value)} error={form.error('/amount') ?? form.error('/amount/amount')} />
        <TextField label={t('reason')} area value={form.values.reason} onChange={(value) => form.set('reason', value.replace(/\n/g, ' '))} error={form.error('/reason')} />
      </Form>
    </Sheet>
  );
}
