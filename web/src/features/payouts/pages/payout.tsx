// One payout: where it went, what became of it, and of which earnings it is the sum; that is why it is this much.
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { A } from '../../../ui/anchor';
import { Button, Money, Status, Time } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { WhyButton } from '../../earnings/parts/why';
import { ExplainedPayout } from '../parts/explained';
import { PartnerName, usePartnerName } from '../../partners/parts/partner-name';
import { payoutMoves, rateWords, type Exchange, type Payout as PayoutRow } from '../model';
import { MovePayout, type PayoutMove } from '../parts/payout-moves';

type Item = schemas['PayoutItem'];

export function Payout() {
  const { t, locale } = useTexts('payouts');
  const { base } = useOrganization();
  const can = useCan();
  const { id } = useParams({ strict: false }) as { id: string };
  const [move, setMove] = useState<PayoutMove | null>(null);
  const payout = useRead('/api/payouts/{payout_id}', { path: { payout_id: id } }, { live: true });
  const one = payout.data;
  const name = usePartnerName(one?.partner_id ?? '');
  return (
    <Page title={one ? t('payoutTo', { name }) : t('payout')} badge={one && <Status of={one.state} />} back={{ href: `${base}/payouts?tab=payouts`, label: t('payouts') }}
      actions={one && <>
        {one.submitted_at && <DownloadButton label={t('statementPdf')} path="/api/payouts/{payout_id}/statement.pdf" values={{ payout_id: id }} query={{ language: locale }} name={`payout-${one.reference}.pdf`} />}
        {can('payouts.approve') && payoutMoves[one.state].map((way) => <Button key={way} variant={way === 'payment' ? 'primary' : 'secondary'} onClick={() => setMove(way)}>{t(`move.${way}`)}</Button>)}</>}>
      <Loaded from={payout}>{(data) => <OnePayout payout={data} />}</Loaded>
      {move && one && <MovePayout payout={one} move={move} onClose={() => setMove(null)} />}
    </Page>
  );
}

function OnePayout({ payout }: { payout: PayoutRow }) {
  const { t, has, locale } = useTexts('payouts');
  const { base } = useOrganization();
  return (
    <div className="split">
      <div className="stack">
        <ExplainedPayout id={payout.id} />
        <p className="quiet">{t('whyPayout', { count: payout.earnings })}</p>
        <List<Item> name="payout-items" label={t('earnings')} path="/api/payouts/{payout_id}/items" pathValues={{ payout_id: payout.id }} id={(one) => one.id}
          columns={[
            { id: 'at', head: t('occurredAt'), cell: (one) => <Time at={one.occurred_at} /> },
            { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
            { id: 'amount', head: t('amount'), num: true, cell: (one) => <span className="num"><Money minor={one.amount} currency={one.currency} /> <WhyButton earning={one.id} /></span> },
          ]}
          empty={{ title: t('noItems'), text: t('noItemsOfRun') }} />
      </div>
      <Card title={t('facts')}><Facts rows={[
        [t('partner'), <PartnerName key="p" id={payout.partner_id} link />], [t('reference'), <code key="e">{payout.reference}</code>],
        [t('amount'), <strong key="a"><Money minor={payout.amount} currency={payout.currency} full /></strong>],
        payout.sent_amount !== null && payout.sent_currency !== null && [t('sentAmount'), <strong key="n"><Money minor={payout.sent_amount} currency={payout.sent_currency} full /></strong>],
        payout.exchange !== null && [t('exchangeRate'), <span key="g" className="stack tight">{(payout.exchange as unknown as Exchange).path.map((step) => <span key={step.rate_id} className="num">{rateWords(step, locale)}</span>)}</span>],
        payout.charged !== null && [t('charged'), <Money key="h" minor={payout.charged} currency={payout.currency} full />],
        payout.charged === null && payout.source_amount !== null && payout.source_currency !== null && [t('charged'), <Money key="h" minor={payout.source_amount} currency={payout.source_currency} full />],
        payout.fee !== null && [t('fee'), <Money key="f" minor={payout.fee} currency={payout.currency} full />],
        [t('run'), <A key="r" className="link" href={`${base}/payouts/runs/${payout.payout_run_id}`}>{t('openRun')}</A>],
        [t('rail'), t(`rail.${payout.rail}`)], [t('holder'), payout.holder_name], [t('account'), payout.account_hint],
        payout.reason !== null && [t('reason'), has(`reason.${payout.reason}`) ? t(`reason.${payout.reason}`) : payout.reason],
        payout.external_id !== null && [t('providersId'), <code key="x">{payout.external_id}</code>],
        payout.bank_reference !== null && [t('bankReference'), payout.bank_reference], payout.executed_on !== null && [t('executedOn'), <Time key="o" at={`${payout.executed_on}T12:00:00Z`} />],
        [t('created'), <Time key="c" at={payout.created_at} as="time" />], payout.submitted_at !== null && [t('submittedAt'), <Time key="s" at={payout.submitted_at} as="time" />],
        payout.settled_at !== null && [t('settledAt'), <Time key="e" at={payout.settled_at} as="time" />],
      ]} /></Card>
    </div>
  );
}
