// The rules of a partner's deals in words, as they are in force now.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { Empty } from '../../../ui/basic';
import { Card, Loaded } from '../../../ui/page';
import { Terms } from './terms';

export function DealsInWords({ partner }: { partner: string }) {
  const { t } = useTexts('deals');
  const deals = useRead('/api/deals', { query: { partner_id: partner, state: 'active', limit: 10 } });
  return <Loaded from={deals}>{({ items }) => (items.length === 0 ? <div className="card"><Empty title={t('noDeals')} /></div> : <>{items.map((deal) => <DealInWords key={deal.id} id={deal.id} name={deal.name} />)}</>)}</Loaded>;
}

function DealInWords({ id, name }: { id: string; name: string }) {
  const deal = useRead('/api/deals/{deal_id}', { path: { deal_id: id } });
  return (
    <Card title={name}>
      <Loaded from={deal} lines={2}>{({ versions }) => {
        const inForce = versions.filter((one) => Date.parse(one.valid_from) <= Date.now()).sort((a, b) => b.version - a.version)[0];
        return <Terms terms={inForce?.terms ?? []} />;
      }}</Loaded>
    </Card>
  );
}
