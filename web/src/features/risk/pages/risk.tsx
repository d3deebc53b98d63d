// The queue of risk: what the rules found, with evidence; a person confirms or dismisses it, and another answers the appeal.
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { AskReason } from '../../../ui/ask';
import { Button, Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { MemberName } from '../../identity/parts/member-name';
import { PartnerName, searchPartners } from '../../partners/parts/partner-name';

type Signal = schemas['RiskSignal'];
const kinds = ['self_referral', 'cookie_stuffing', 'duplicate_lead', 'click_flooding', 'bot_rate', 'coupon_leak', 'odd_partner', 'shared_account'] as const;
const tones = { open: 'pending', confirmed: 'failed', dismissed: 'archived' } as const;

export function Risk() {
  const { t } = useTexts('risk');
  const [search, set] = useUrlState();
  return (
    <Page title={t('risk')} context={t('riskWhat')}>
      <List<Signal> name="risk" label={t('risk')} path="/api/risk-signals" id={(one) => one.id} live
        columns={[
          { id: 'kind', head: t('signal'), cell: (one) => <button type="button" className="link" onClick={() => set({ signal: one.id }, true)}>{t(`kind.${one.kind}`)}</button> },
          { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
          { id: 'state', head: t('state'), cell: (one) => <span className="row"><Status of={tones[one.state]} text={t(`state.${one.state}`)} />{one.appeal_state === 'filed' && <Status of="pending" text={t('appealed')} />}</span> },
          { id: 'does', head: t('does'), cell: (one) => t(`does.${one.action}`) },
          { id: 'score', head: t('score'), num: true, cell: (one) => one.score },
          { id: 'at', head: t('created'), cell: (one) => <Time at={one.created_at} as="time" /> },
        ]}
        views={[{ id: 'open', label: t('state.open'), search: { state: 'open' } }, { id: 'appeals', label: t('appeals'), search: { appeal_state: 'filed' } }, { id: 'all', label: t('view.all'), search: {} }]}
        filters={[{ name: 'state', label: t('state'), options: (['open', 'confirmed', 'dismissed'] as const).map((one) => [one, t(`state.${one}`)]) }, { name: 'kind', label: t('signal'), options: kinds.map((one) => [one, t(`kind.${one}`)]) },
          { name: 'appeal_state', label: t('appeal'), options: (['filed', 'accepted', 'rejected'] as const).map((one) => [one, t(`appeal.${one}`)]) }, { name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id) => <PartnerName id={id} /> }]}
        empty={{ title: t('noSignals'), text: t('noSignalsWhat') }} />
      {search['signal'] && <SignalSheet id={search['signal']} onClose={() => set({ signal: undefined })} />}
    </Page>
  );
}

type Act = 'confirmation' | 'dismissal' | 'appeal/acceptance' | 'appeal/rejection';

function SignalSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts('risk');
  const can = useCan();
  const signal = useRead('/api/risk-signals/{risk_signal_id}', { path: { risk_signal_id: id } });
  const [asked, setAsked] = useState<Act | null>(null);
  const act = useAct((input: { move: Act; reason: string }, key) => api('post', `/api/risk-signals/{risk_signal_id}/${input.move}`, { path: { risk_signal_id: id }, key, body: { reason: input.reason } }), (_, input) => { setAsked(null); toast(t(`done.${input.move}`)); });
  const one = signal.data;
  const moves: Act[] = !one || !can('earnings.manage') ? [] : one.appeal_state === 'filed' ? ['appeal/rejection', 'appeal/acceptance'] : one.state === 'open' ? ['dismissal', 'confirmation'] : [];
  return (
    <Sheet wide title={one ? t(`kind.${one.kind}`) : t('signal')} onClose={onClose} foot={moves.length > 0 && moves.map((move, i) => <Button key={move} variant={i === 1 ? 'primary' : 'secondary'} onClick={() => setAsked(move)}>{t(`act.${move}`)}</Button>)}>
      <Loaded from={signal}>{(data) => (
        <div className="stack">
          <p>{t(`kindWhat.${data.kind}`)}</p>
          <Facts rows={[
            [t('partner'), <PartnerName key="p" id={data.partner_id} link />], [t('state'), <Status key="s" of={tones[data.state]} text={t(`state.${data.state}`)} />], [t('does'), t(`does.${data.action}`)], [t('score'), data.score],
            [t('subject'), <Subject key="u" signal={data} />], data.period !== null && [t('period'), data.period], [t('created'), <Time key="c" at={data.created_at} as="time" />],
            data.decided_at !== null && [t('decidedAt'), <span key="d"><MemberName id={data.decided_by} />, <Time at={data.decided_at} as="time" /></span>], data.decision !== null && [t('decision'), data.decision],
          ]} />
          {data.evidence && <section className="stack tight"><h3>{t('evidence')}</h3><Facts rows={Object.entries(data.evidence).map(([name, value]) => [name.replace(/_/g, ' '), typeof value === 'object' ? JSON.stringify(value) : String(value)])} /></section>}
          {data.appeal && <section className="stack tight"><h3>{t('appeal')}</h3><p className="pre">{data.appeal}</p><p className="quiet small">{data.appeal_state && t(`appeal.${data.appeal_state}`)} · <Time at={data.appealed_at} as="time" /></p>{data.appeal_decision && <p className="quiet">{data.appeal_decision}</p>}</section>}
        </div>
      )}</Loaded>
      {asked && <AskReason title={t(`ask.${asked}`)} what={t(`askWhat.${asked}`)} verb={t(`act.${asked}`)} danger={asked === 'confirmation' || asked === 'appeal/rejection'} busy={act.isPending} error={act.error} onConfirm={(reason) => act.mutate({ move: asked, reason })} onClose={() => { act.reset(); setAsked(null); }} />}
    </Sheet>
  );
}

function Subject({ signal }: { signal: Signal }) {
  const { t } = useTexts('risk');
  const { base } = useOrganization();
  const text = t(`subject.${signal.subject_kind}`);
  if (signal.subject_kind === 'conversion') return <A className="link" href={`${base}/conversions/${signal.subject_id}`}>{text}</A>;
  if (signal.subject_kind === 'partner') return <A className="link" href={`${base}/partners/${signal.subject_id}`}>{text}</A>;
  return signal.subject_kind === 'link' ? <A className="link" href={`${base}/links?link=${signal.subject_id}`}>{text}</A> : <A className="link" href={`${base}/coupons?partner_id=${signal.partner_id}`}>{text}</A>;
}
