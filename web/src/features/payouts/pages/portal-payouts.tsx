// A partner's payouts: what the next one would be or why there is none, and every one that was.
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { formatInstant } from '../../../lib/format/date';
import { formatMoney } from '../../../lib/format/money';
import { useAct, useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { A } from '../../../ui/anchor';
import { Button, Money, ProblemNotice, Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { toldStates, type Payout } from '../model';

export function PortalPayouts() {
  const { t } = useTexts('payouts');
  const { base, currency } = useOrganization();
  const { membership } = useSession();
  const partner = membership.partner?.id ?? '';
  const balances = useRead('/api/partners/{partner_id}/balances', { path: { partner_id: partner } }, { live: true });
  return (
    <Page title={t('payouts')} context={t('payoutsWhat')} actions={<A className="btn btn-secondary" href={`${base}/payout-details`}>{t('toDetails')}</A>}>
      <Loaded from={balances} lines={2}>{({ items }) => <div className="grid">{(items.length > 0 ? [...new Set(items.map((one) => one.currency))] : [currency]).map((one) => <Next key={one} currency={one} />)}</div>}</Loaded>
      <List<Payout> name="payouts" label={t('payouts')} path="/api/payouts" fixed={{ partner_id: partner }} id={(one) => one.id} usualSort="-created_at" live
        columns={[
          { id: 'at', head: t('created'), sort: 'created_at', cell: (one) => <A className="link" href={`${base}/payouts/${one.id}`}><Time at={one.created_at} /></A> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'to', head: t('account'), cell: (one) => <span className="two"><span>{t(`rail.${one.rail}`)}</span><span className="faint small">{one.account_hint}</span></span> },
          { id: 'reference', head: t('reference'), cell: (one) => <code>{one.reference}</code> },
          { id: 'settled', head: t('settledAt'), cell: (one) => <Time at={one.settled_at} /> },
          { id: 'amount', head: t('amount'), num: true, cell: (one) => <Money minor={one.amount} currency={one.currency} /> },
        ]}
        filters={[{ name: 'state', label: t('state'), options: toldStates.map((one) => [one, t(`status.${one}`)]) }, { name: 'dates', label: t('dates'), dates: true }]}
        empty={{ title: t('noPayouts'), text: t('noPayoutsWhat') }} />
    </Page>
  );
}

function Next({ currency }: { currency: string }) {
  const { t, locale } = useTexts('payouts');
  const { base, zone } = useOrganization();
  const next = useRead('/api/payout-candidates', { query: { currency } }, { live: true });
  return (
    <Card title={t('nextPayout', { currency })}>
      <Loaded from={next} lines={2}>{({ items: [one] }) => {
        if (!one || (one.amount === 0 && one.held === 0)) return <p className="quiet">{t('nothingDue')}</p>;
        const mayMend = one.reason === 'no_method' || one.reason === 'payee_form';
        return (
          <div className="stack">
            <span className="figure-value">{formatMoney(locale, one.amount, currency)}</span>
            {one.reason
              ? <div className="notice notice-warn"><div>{t(`why.${one.reason}`, { currency, date: one.usable_at ? formatInstant(locale, one.usable_at, zone, 'time') : '' })}</div>{mayMend && <A className="btn btn-secondary" href={`${base}/payout-details`}>{t('toDetails')}</A>}</div>
              : <><p className="quiet">{t('goesTo', { rail: t(`rail.${one.rail ?? 'bank'}`), account: one.account_hint ?? '' })}</p><Ask currency={currency} /></>}
            {one.held !== 0 && one.reason !== 'held' && <p className="small quiet">{t('heldForReview', { amount: formatMoney(locale, one.held, currency) })}</p>}
          </div>
        );
      }}</Loaded>
    </Card>
  );
}

/** Asks for what is due without waiting for the month. */
function Ask({ currency }: { currency: string }) {
  const { t } = useTexts('payouts');
  const can = useCan();
  const { membership } = useSession();
  const partner = membership.partner?.id ?? '';
  const waiting = useRead('/api/payout-requests', { query: { partner_id: partner, state: 'waiting', limit: 20 } }, { live: true });
  const ask = useAct((_: null, key: string) => api('post', '/api/partners/{partner_id}/payout-requests', { path: { partner_id: partner }, key, body: { currency } }), () => toast(t('asked')));
  if (waiting.data?.items.some((one) => one.currency === currency)) return <div className="notice" role="status"><div>{t('asked')}</div></div>;
  return can('payouts.manage') ? <>{ask.error ? <ProblemNotice error={ask.error} /> : null}<div className="row"><Button variant="primary" busy={ask.isPending} onClick={() => ask.mutate(null)}>{t('askNow')}</Button><span className="small quiet">{t('askNowWhat')}</span></div></> : null;
}
