// One payout as its partner sees it: where it went, how it stands, and the earnings that make its amount.
import { useParams } from '@tanstack/react-router';
import { formatDay, formatInstant } from '../../../lib/format/date';
import { useTexts } from '../../../lib/i18n';
import type { schemas } from '../../../lib/api/schema';
import { useRead } from '../../../lib/query';
import { Money, Status, Time } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { WhyButton } from '../../earnings/parts/why';
import { ExplainedPayout } from '../parts/explained';

type Item = schemas['PayoutItem'];

export function PortalPayout() {
  const { t, locale } = useTexts('payouts');
  const { base, zone } = useOrganization();
  const { id } = useParams({ strict: false }) as { id: string };
  const payout = useRead('/api/payouts/{payout_id}', { path: { payout_id: id } }, { live: true });
  return (
    <Page title={payout.data ? t('payoutOf', { date: formatInstant(locale, payout.data.created_at, zone) }) : t('payout')} badge={payout.data && <Status of={payout.data.state} />} back={{ href: `${base}/payouts`, label: t('payouts') }}
      actions={payout.data?.submitted_at && <DownloadButton label={t('statementPdf')} path="/api/payouts/{payout_id}/statement.pdf" values={{ payout_id: id }} query={{ language: locale }} name={`payout-${payout.data.reference}.pdf`} />}>
      <Loaded from={payout}>{(one) => (
        <>
          <Card>
            <div className="stack">
              <span className="figure-value"><Money minor={one.amount} currency={one.currency} full /></span>
              {one.reason && <div className="notice notice-warn" role="status"><div>{one.reason}</div></div>}
              <Facts rows={[
                [t('account'), `${t(`rail.${one.rail}`)} ${one.account_hint}`], [t('holder'), one.holder_name], [t('reference'), <code key="r">{one.reference}</code>],
                one.bank_reference !== null && [t('bankReference'), one.bank_reference], one.fee !== null && [t('fee'), <Money key="f" minor={one.fee} currency={one.currency} full />],
                [t('executedOn'), one.executed_on && formatDay(locale, one.executed_on)], [t('settledAt'), one.settled_at && <Time key="s" at={one.settled_at} as="time" />],
              ]} />
            </div>
          </Card>
          <ExplainedPayout id={id} />
          <h2>{t('itemsOf')}</h2>
          <List<Item> name="payout-items" label={t('itemsOf')} path="/api/payouts/{payout_id}/items" pathValues={{ payout_id: id }} id={(each) => each.id}
            columns={[
              { id: 'at', head: t('occurredAt'), cell: (each) => <Time at={each.occurred_at} /> },
              { id: 'state', head: t('state'), cell: (each) => <Status of={each.state} /> },
              { id: 'amount', head: t('amount'), num: true, cell: (each) => <span className="num"><Money minor={each.amount} currency={each.currency} /> <WhyButton earning={each.id} /></span> },
            ]}
            empty={{ title: t('noItems'), text: t('noItemsWhat') }} />
        </>
      )}</Loaded>
    </Page>
  );
}
