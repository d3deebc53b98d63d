// Holding an earning for review, and letting it go: it is not paid in between, and the partner does not read the note.
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { A } from '../../../ui/anchor';
import { AskReason } from '../../../ui/ask';
import { Button, ProblemNotice, Time } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { toast } from '../../../ui/toast';

type Earning = schemas['EarningDetail'];

export function Holds({ earning }: { earning: Earning }) {
  const { t } = useTexts('earnings');
  const { base, side } = useOrganization();
  if (earning.holds.length === 0) return null;
  return (
    <section className="stack tight"><h3>{t('reviews')}</h3><ol className="timeline">{earning.holds.map((one) => (
      <li key={one.placed_at + (one.risk_signal_id ?? '')}><div>{t(`hold.${one.reason}`)}{one.note && <>: {one.note}</>}{one.risk_signal_id && <>. <A className="link" href={side === 'portal' ? `${base}/reviews?review=${one.risk_signal_id}` : `${base}/risk?signal=${one.risk_signal_id}`}>{t('toReview')}</A></>}</div>
        <div className="small quiet"><Time at={one.placed_at} as="time" />{one.released_at && <> · {t('released')} <Time at={one.released_at} as="time" /></>}</div></li>
    ))}</ol></section>
  );
}

export function HoldActions({ earning }: { earning: Earning }) {
  const { t } = useTexts('earnings');
  const [asking, setAsking] = useState(false);
  const path = { earning_id: earning.id };
  const hold = useAct((note: string, key) => api('post', '/api/earnings/{earning_id}/hold', { path, key, body: { note } }), () => { setAsking(false); toast(t('heldNow')); });
  const release = useAct((_: void, key) => api('post', '/api/earnings/{earning_id}/release', { path, key }), () => toast(t('releasedNow')));
  return (
    <>
      {release.error ? <ProblemNotice error={release.error} /> : null}
      {(earning.state === 'pending' || earning.state === 'due') && <Button onClick={() => setAsking(true)}>{t('holdForReview')}</Button>}
      {earning.state === 'held' && <Button variant="primary" busy={release.isPending} onClick={() => release.mutate()}>{t('release')}</Button>}
      {asking && <AskReason title={t('holdAsk')} what={t('holdAskWhat')} verb={t('holdForReview')} help={t('holdNoteHelp')} busy={hold.isPending} error={hold.error} onConfirm={(note) => hold.mutate(note)} onClose={() => { hold.reset(); setAsking(false); }} />}
    </>
  );
}
