// A payout in sentences, as the server tells it: why it is this much, where it stands and what comes.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { Card, Loaded } from '../../../ui/page';

export function ExplainedPayout({ id }: { id: string }) {
  const { t, locale } = useTexts('payouts');
  const told = useRead('/api/explain/payout/{payout_id}', { path: { payout_id: id }, query: { language: locale } }, { live: true });
  return (
    <Card title={t('whatHappened')}>
      <Loaded from={told} lines={3}>{(one) => (
        <div className="stack">
          <p>{one.decision.text}</p>
          <ol className="timeline">{one.from.map((line) => <li key={line.text} className="won">{line.text}</li>)}</ol>
          {one.not_payable.length > 0 && <ul className="stack tight quiet">{one.not_payable.map((line) => <li key={line.text}>{line.text}</li>)}</ul>}
          {one.next.length > 0 && <><h3>{t('comesNext')}</h3><ul className="stack tight">{one.next.map((line) => <li key={line.text}>{line.text}</li>)}</ul></>}
        </div>
      )}</Loaded>
    </Card>
  );
}
