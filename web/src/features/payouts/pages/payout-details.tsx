// Where a partner's money goes and who it is: payout methods and the payee form, for the partner itself.
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { formatDay, formatInstant } from '../../../lib/format/date';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Copyable, Empty, Status, Time, useProblemText } from '../../../ui/basic';
import { Confirm } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { activeMethods, isCoolingDown, type PayeeForm, type PayoutMethod } from '../model';
import { ToStripe, useReturnFromStripe } from '../parts/connected-account';
import { MethodSheet } from '../parts/method-sheet';
import { PayeeFormSheet } from '../parts/payee-form-sheet';

export function PayoutDetails() {
  const { t } = useTexts('payouts');
  const can = useCan();
  const { membership } = useSession();
  const [search, set] = useUrlState();
  const partner = membership.partner?.id ?? '';
  const methods = useRead('/api/payout-methods', { query: { partner_id: partner, limit: 50 } });
  const forms = useRead('/api/payee-forms', { query: { partner_id: partner, limit: 1 } });
  const close = () => set({ new: undefined, form: undefined });
  const mayChange = can('payouts.manage');
  useReturnFromStripe(partner, mayChange ? search['stripe'] : undefined, () => set({ stripe: undefined }));
  return (
    <Page title={t('details')} context={t(mayChange ? 'detailsWhat' : 'forbiddenDetails')} actions={mayChange && <Button variant="primary" onClick={() => set({ new: '1' })}><Plus size={16} aria-hidden />{t('addMethod')}</Button>}>
      <Card title={t('methods')}>
        <p className="quiet">{t('methodsWhat')}</p>
        <Loaded from={methods}>{({ items }) => (items.length === 0
          ? <Empty title={t('noMethods')}>{t('noMethodsWhat')}</Empty>
          : <ul className="list">{items.map((one) => <Method key={one.id} method={one} mayChange={mayChange} />)}</ul>)}</Loaded>
      </Card>
      <Card title={t('payeeForm')} actions={mayChange && <Button onClick={() => set({ form: '1' })}>{t(forms.data?.items.length ? 'sendFormAgain' : 'sendForm')}</Button>}>
        <Loaded from={forms}>{({ items: [latest] }) => (latest ? <Payee form={latest} /> : <><p className="quiet">{t('payeeFormWhat')}</p><Empty title={t('noForm')} /></>)}</Loaded>
      </Card>
      {mayChange && search['new'] && <MethodSheet partner={partner} holder={membership.partner?.name ?? ''} present={activeMethods(methods.data?.items ?? [])} onClose={close} />}
      {mayChange && search['form'] && <PayeeFormSheet partner={partner} latest={forms.data?.items[0] ?? null} onClose={close} />}
    </Page>
  );
}

function Method({ method, mayChange }: { method: PayoutMethod; mayChange: boolean }) {
  const { t, locale } = useTexts('payouts');
  const { zone } = useOrganization();
  const say = useProblemText();
  const [removing, setRemoving] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const path = { payout_method_id: method.id };
  const remove = useAct((_: null, key: string) => api('post', '/api/payout-methods/{payout_method_id}/removal', { path, key }), () => { setRemoving(false); toast(t('methodRemoved')); });
  // Never kept: asked each time, and each time stands in the audit.
  const reveal = () => void api('get', '/api/payout-methods/{payout_method_id}/account', { path }).then((answer) => setShown(answer.account), (error: unknown) => toast(say(error).title));
  const isActive = method.state === 'active';
  const waitsForStripe = isActive && method.connected_account_state !== null && method.connected_account_state !== 'ready';
  return (
    <li>
      <div className="grow stack tight">
        <span className="row"><strong>{method.currency}</strong>{isActive
          ? <Status of={isCoolingDown(method) ? 'pending' : 'active'} text={isCoolingDown(method) ? t('usableFrom', { date: formatInstant(locale, method.usable_at, zone, 'time') }) : t('inUse')} />
          : <Status of={method.state} />}</span>
        {waitsForStripe && <Status of="pending" text={t(`connected.${method.connected_account_state}`)} />}
        <span>{t(`rail.${method.rail}`)} {method.account_hint} · {method.holder_name}</span>
        <span className="small faint">{[method.bank_name, method.bank_code, method.bic, method.country].filter(Boolean).join(' · ')}</span>
        {shown && <Copyable text={shown} label={t('copy')} />}
      </div>
      {isActive && mayChange && <div className="row">
        {waitsForStripe && <ToStripe partner={method.partner_id} />}
        {!shown && <Button variant="ghost" onClick={reveal}>{t('showAccount')}</Button>}
        <Button variant="ghost" onClick={() => setRemoving(true)}>{t('remove')}</Button>
      </div>}
      {removing && <Confirm danger title={t('removeMethod', { account: method.account_hint })} verb={t('remove')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate(null)} onClose={() => { remove.reset(); setRemoving(false); }}>{t('removeMethodWhat', { currency: method.currency })}</Confirm>}
    </li>
  );
}

const tones = { pending: 'pending', approved: 'approved', rejected: 'rejected', expired: 'expired' } as const;

function Payee({ form }: { form: PayeeForm }) {
  const { t, locale } = useTexts('payouts');
  return (
    <div className="stack">
      <div className="row"><Status of={tones[form.state]} text={t(`form.${form.state}`)} /></div>
      {form.state_reason && <div className="notice notice-neg" role="status"><div>{form.state_reason}</div></div>}
      <Facts rows={[
        [t('legalName'), form.legal_name], [t('kind'), t(`payeeKind.${form.kind}`)], [t('country'), form.country], form.address !== null && [t('address'), form.address],
        [t('taxForm'), t(`taxForm.${form.tax_form}`)], [t('taxId'), form.tax_id_hint], [t('sent'), <Time key="s" at={form.submitted_at} as="time" />],
        form.expires_on !== null && [t('validUntil'), formatDay(locale, form.expires_on)],
      ]} />
    </div>
  );
}
