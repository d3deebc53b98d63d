// A partner's first page: what is owed, how the links do, what came in last, and the main act: copy the link.
import { formatMoney } from '../../../lib/format/money';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useSession } from '../../../lib/session';
import { A } from '../../../ui/anchor';
import { Copyable, Empty, Money, Status, Time } from '../../../ui/basic';
import { DateRange, useRange } from '../../../ui/date-range';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { isOpen, useSteps } from '../../partners/parts/steps';
import { owedBalances } from '../../earnings/model';
import { WhyButton } from '../../earnings/parts/why';
import { Overview } from '../parts/overview';

export function PortalHome() {
  const { t, locale } = useTexts('analytics');
  const { base, currency } = useOrganization();
  const { membership } = useSession();
  const { range, comparison } = useRange('last28');
  const partner = membership.partner?.id ?? '';
  const left = (useSteps().data ?? []).filter(isOpen).length;
  const balances = useRead('/api/partners/{partner_id}/balances', { path: { partner_id: partner } }, { live: true });
  const links = useRead('/api/links', { query: { partner_id: partner, state: 'active', limit: 3 } });
  const earnings = useRead('/api/earnings', { query: { partner_id: partner, limit: 6 } }, { live: true });
  return (
    <Page title={t('welcome', { name: membership.partner?.name ?? '' })} context={membership.organization.name} actions={<DateRange usual="last28" />}>
      {left > 0 && <div className="notice" role="status"><div><strong>{t('startTitle')}</strong><div>{t('startLeft', { count: left })}</div></div><A className="btn btn-secondary" href={`${base}/start`}>{t('startGo')}</A></div>}
      <Loaded from={balances} lines={2}>{(page) => (
        <dl className="figures">{owedBalances(page.items, currency).map((one) => (
          <div key={`${one.kind}${one.currency}`} className="card figure"><dt className="quiet">{t(`balance.${one.kind}`)}</dt><dd className="figure-value">{formatMoney(locale, one.minor, one.currency)}</dd><dd className="small faint">{t(`balance.${one.kind}What`)}</dd></div>
        ))}</dl>
      )}</Loaded>
      <Card title={t('yourLinks')} actions={<A className="link" href={`${base}/links`}>{t('allLinks')}</A>}>
        <Loaded from={links}>{(page) => (page.items.length === 0
          ? <Empty title={t('noLinks')} action={<A className="btn btn-primary" href={`${base}/links?new=1`}>{t('makeLink')}</A>}>{t('noLinksWhat')}</Empty>
          : <ul className="list">{page.items.map((one) => <li key={one.id}><span className="grow stack tight"><strong>{one.label ?? one.code}</strong><span className="faint small clip">{one.destination}</span></span><span className="grow"><Copyable text={`${location.origin}/r/${one.code}`} label={t('copyLink')} /></span></li>)}</ul>)}</Loaded>
      </Card>
      <Overview range={range} comparison={comparison} partner={partner} />
      <Card title={t('latestEarnings')} actions={<A className="link" href={`${base}/earnings`}>{t('all')}</A>}>
        <Loaded from={earnings}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noEarnings')}</p> : (
          <ul className="list">{page.items.map((one) => <li key={one.id}><Status of={one.state} /><span className="grow"><Time at={one.occurred_at} /></span><Money minor={one.amount} currency={one.currency} /><WhyButton earning={one.id} /></li>)}</ul>
        ))}</Loaded>
      </Card>
    </Page>
  );
}
