// One sale: what it earned and for whom, what was taken back; a refund can be recorded here.
import { useParams } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { exponentOf, parseAmount } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Money, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { PartnerName } from '../../partners/parts/partner-name';
import { WhyButton } from '../../earnings/parts/why';

export function Conversion() {
  const { t } = useTexts('attribution');
  const { id } = useParams({ strict: false }) as { id: string };
  const { base } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const conversion = useRead('/api/conversions/{conversion_id}', { path: { conversion_id: id } });
  const earnings = useRead('/api/earnings', { query: { conversion_id: id } }, { live: true });
  const reversals = useRead('/api/reversals', { query: { conversion_id: id } }, { live: true });
  const one = conversion.data;
  return (
    <Page title={one ? one.external_id : t('conversion')} badge={one && <span className="badge">{t(`kind.${one.kind}`)}</span>} context={one && <Money minor={one.amount} currency={one.currency} full />} back={{ href: `${base}/conversions`, label: t('conversions') }}
      actions={one && can('conversions.manage') && <Button onClick={() => set({ refund: '1' })}>{t('recordRefund')}</Button>}>
      <Loaded from={conversion}>{(data) => (
        <div className="split">
          <div className="stack">
            <Card title={t('earningsOfThis')}>
              <Loaded from={earnings} lines={2}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('earnedNothing')}</p> : (
                <ul className="list">{page.items.map((earning) => <li key={earning.id}><Status of={earning.state} /><span className="grow"><PartnerName id={earning.partner_id} link /></span><Money minor={earning.amount} currency={earning.currency} full /><WhyButton earning={earning.id} /></li>)}</ul>
              ))}</Loaded>
            </Card>
            <Card title={t('reversals')}>
              <Loaded from={reversals} lines={1}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noReversals')}</p> : (
                <ul className="list">{page.items.map((reversal) => <li key={reversal.id}><span className="badge badge-neg">{t(`reversal.${reversal.kind}`)}</span><span className="grow">{reversal.external_id} · <Time at={reversal.occurred_at} as="time" /></span><Money minor={-reversal.amount} currency={reversal.currency} full /></li>)}</ul>
              ))}</Loaded>
            </Card>
          </div>
          <Card title={t('facts')}><Facts rows={[
            [t('amount'), <Money key="a" minor={data.amount} currency={data.currency} full />], [t('partner'), data.partner_id ? <PartnerName key="p" id={data.partner_id} link /> : t('nobodys')],
            [t('lead'), data.lead_id ? <A key="l" className="link" href={`${base}/leads/${data.lead_id}`}>{t('openLead')}</A> : null], [t('link'), data.link_id ? <A key="k" className="link" href={`${base}/links?link=${data.link_id}`}>{t('openLink')}</A> : null],
            [t('product'), data.product], [t('plan'), data.plan], [t('country'), data.country], [t('source'), data.source], [t('occurredAt'), <Time key="o" at={data.occurred_at} as="time" />],
          ]} /></Card>
        </div>
      )}</Loaded>
      {search['refund'] && one && <Refund conversion={one} onClose={() => set({ refund: undefined })} />}
    </Page>
  );
}

function Refund({ conversion, onClose }: { conversion: schemas['Conversion']; onClose: () => void }) {
  const { t } = useTexts('attribution');
  const client = useQueryClient();
  const { currency } = conversion;
  const form = useForm({
    initial: { kind: 'refund', amount: (conversion.amount / 10 ** exponentOf(currency)).toFixed(exponentOf(currency)), external_id: '' }, pointers: ['/amount', '/external_id', '/kind'],
    check: (values) => ({ ...(parseAmount(values.amount, currency) === null ? { '/amount': t('field.amount') } : {}), ...(values.external_id.trim() ? {} : { '/external_id': t('field.required') }) } as Record<string, string>),
    send: (values, key) => api('post', '/api/conversions/{conversion_id}/reversals', { path: { conversion_id: conversion.id }, key, body: { external_id: values.external_id.trim(), kind: values.kind as 'refund', amount: { amount: parseAmount(values.amount, currency) ?? 0, currency }, occurred_at: new Date().toISOString() } }),
    done: () => { toast(t('refundRecorded')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('recordRefund')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="danger" type="submit" form={form.id} busy={form.busy}>{t('recordRefund')}</Button></>}>
      <Form form={form}>
        <p className="quiet">{t('refundWhat')}</p>
        <SelectField label={t('kind')} value={form.values.kind} onChange={(value) => form.set('kind', value)} options={(['refund', 'credit_note', 'dispute'] as const).map((one) => [one, t(`reversal.${one}`)])} />
        <TextField label={t('amountIn', { currency })} inputMode="decimal" value={form.values.amount} onChange={(value) => form.set('amount', value)} error={form.error('/amount')} />
        <TextField label={t('externalId')} help={t('externalIdHelp')} value={form.values.external_id} onChange={(value) => form.set('external_id', value)} error={form.error('/external_id')} />
      </Form>
    </Sheet>
  );
}
