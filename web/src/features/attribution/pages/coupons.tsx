import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button, Status, Time } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { Field, Form, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Sheet } from '../../../ui/overlay';
import { Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { PartnerName, searchPartners, usePartnerName } from '../../partners/parts/partner-name';

type Coupon = schemas['Coupon'];

export function Coupons() {
  const { t } = useTexts('attribution');
  const [search, set] = useUrlState();
  const [archiving, setArchiving] = useState<Coupon | null>(null);
  const can = useCan();
  const start = () => set({ new: '1' });
  useKeys({ c: can('links.manage') ? start : undefined });
  const archive = useAct((id: string, key: string) => api('post', '/api/coupons/{coupon_id}/archiving', { path: { coupon_id: id }, key }), () => { setArchiving(null); toast(t('couponArchived')); });
  const add = can('links.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('newCoupon')}</Button>;
  return (
    <Page title={t('coupons')} context={t('couponsWhat')} actions={add}>
      <List<Coupon> name="coupons" label={t('coupons')} path="/api/coupons" id={(one) => one.id} usualSort="-created_at" searchBy="code"
        columns={[
          { id: 'code', head: t('coupon'), sort: 'code', cell: (one) => <code>{one.code}</code> },
          { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'created', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (one.state === 'active' && can('links.manage') ? <Button variant="ghost" onClick={() => setArchiving(one)}>{t('archive')}</Button> : null) },
        ]}
        filters={[{ name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id) => <PartnerName id={id} /> }, { name: 'state', label: t('state'), options: (['active', 'archived'] as const).map((one) => [one, t(`status.${one}`)]) }]}
        empty={{ title: t('noCoupons'), text: t('noCouponsWhat'), action: add }} />
      {search['new'] && <NewCoupon onClose={() => set({ new: undefined })} />}
      {archiving && <Confirm danger title={t('archiveCoupon', { code: archiving.code })} verb={t('archive')} busy={archive.isPending} error={archive.error} onConfirm={() => archive.mutate(archiving.id)} onClose={() => setArchiving(null)}>{t('archiveCouponWhat')}</Confirm>}
    </Page>
  );
}

function NewCoupon({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('attribution');
  const client = useQueryClient();
  const [partner, setPartner] = useState('');
  const name = usePartnerName(partner);
  const form = useForm({
    initial: { partner: '', code: '' }, pointers: ['/code', '/partner'],
    check: (values) => ({ ...(values.partner ? {} : { '/partner': t('field.required') }), ...(values.code.trim() ? {} : { '/code': t('field.required') }) } as Record<string, string>),
    send: (values, key) => api('post', '/api/partners/{partner_id}/coupons', { path: { partner_id: values.partner }, key, body: { code: values.code.trim() } }),
    done: () => { toast(t('couponMade')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('newCoupon')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeCoupon')}</Button></>}>
      <Form form={form}>
        <Field label={t('partner')} error={form.error('/partner')}>{(attributes) => <Combobox label={t('partner')} attributes={attributes} value={partner ? name : ''} searchKey="partners" search={searchPartners} onPick={(choice) => { setPartner(choice.id); form.set('partner', choice.id); }} />}</Field>
        <TextField label={t('couponCode')} help={t('couponHelp')} value={form.values.code} onChange={(value) => form.set('code', value)} error={form.error('/code')} />
      </Form>
    </Sheet>
  );
}
