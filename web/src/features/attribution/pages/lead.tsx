// One lead with the trace of its attribution: which touches there were, which one won, and why.
import { useParams } from '@tanstack/react-router';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { Button, ProblemNotice, Status, Time } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { PartnerName } from '../../partners/parts/partner-name';
import { leadMoves, leadName } from '../model';

interface Trace { rule_version?: number; model?: string; lead_at?: string; winner?: number | null; candidates_total?: number; candidates?: Candidate[] }
const value = (line: schemas['Sentence'], name: string) => line.parameters.find((one) => one.name === name)?.value;
interface Candidate { kind: string; partner_id: string; at?: string; verdict: string }

export function Lead() {
  const { t } = useTexts('attribution');
  const { id } = useParams({ strict: false }) as { id: string };
  const { base, side } = useOrganization();
  const can = useCan();
  const lead = useRead('/api/leads/{lead_id}', { path: { lead_id: id } });
  const move = useAct((state: schemas['LeadState'], key: string) => api('post', '/api/leads/{lead_id}/state', { path: { lead_id: id }, body: { state }, key }), (_, state) => toast(t('leadMoved', { state: t(`status.${state}`) })));
  const one = lead.data;
  return (
    <Page title={one ? leadName(one, t) : t('lead')} badge={one && <Status of={one.state} />} back={{ href: `${base}/leads`, label: t('leads') }}
      actions={one && side === 'console' && can('leads.manage') && leadMoves[one.state].map((to, i) => <Button key={to} variant={i === 0 ? 'primary' : 'secondary'} busy={move.isPending} onClick={() => move.mutate(to)}>{t(`leadMove.${to}`)}</Button>)}>
      {move.error ? <ProblemNotice error={move.error} /> : null}
      <Loaded from={lead}>{(data) => (
        <div className="split">
          {side === 'portal' ? <OwnPart id={data.id} /> : <Attribution id={data.id} trace={data.attribution as Trace} />}
          <Card title={t('facts')}><Facts rows={[
            side === 'console' && [t('email'), data.email], side === 'console' && [t('phone'), data.phone], side === 'console' && [t('partner'), data.partner_id ? <PartnerName key="p" id={data.partner_id} link /> : t('nobodys')], [t('source'), t(`source.${data.source}`)],
            [t('externalId'), data.external_id], [t('occurredAt'), <Time key="o" at={data.occurred_at} as="time" />], [t('created'), <Time key="c" at={data.created_at} as="time" />],
          ]} /></Card>
        </div>
      )}</Loaded>
    </Page>
  );
}

/** To a partner: why the lead is its own, from its own touches alone. */
function OwnPart({ id }: { id: string }) {
  const { t, locale } = useTexts('attribution');
  const { membership } = useSession();
  const told = useRead('/api/explain/lead/{lead_id}', { path: { lead_id: id }, query: { language: locale } });
  return (
    <Card title={t('whyYours')}>
      <Loaded from={told} lines={3}>{(one) => (
        <div className="stack">
          <p>{one.decision.text}</p>
          <ol className="timeline">{one.considered.filter((line) => value(line, 'whose') === membership.partner?.id).map((line) => (
            <li key={line.text + (line.at ?? '')}><strong>{t(`touch.${value(line, 'kind')}`)}</strong><div className="small quiet">{line.at && <Time at={line.at} as="time" />} {value(line, 'verdict')}</div></li>
          ))}</ol>
          {one.next.map((line) => <p key={line.key} className="small quiet">{line.text}</p>)}
        </div>
      )}</Loaded>
    </Card>
  );
}

function Attribution({ id, trace }: { id: string; trace: Trace }) {
  const { t, locale } = useTexts('attribution');
  const candidates = trace.candidates ?? [];
  const told = useRead('/api/explain/lead/{lead_id}', { path: { lead_id: id }, query: { language: locale } }, { enabled: useCan()('earnings.read') }).data;
  // The trace is kept in English; the same is told in the reader's words.
  const verdictOf = (one: Candidate) => {
    const given = told?.considered.find((line) => value(line, 'whose') === one.partner_id && value(line, 'kind') === one.kind && Object.is(Date.parse(line.at ?? ''), Date.parse(one.at ?? '')));
    return given && value(given, 'verdict');
  };
  return (
    <Card title={t('whyThisPartner')}>
      <div className="stack">
        <p>{trace.model ? t(`trace.${trace.model}`) : t('trace.none')}</p>
        <ol className="timeline">{candidates.map((one, i) => (
          // The order is the trace's own and never changes.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={i} className={i === trace.winner ? 'won' : ''}>
            <div className="row"><strong>{t(`touch.${one.kind}`)}</strong><PartnerName id={one.partner_id} link />{i === trace.winner && <Status of="ok" text={t('won')} />}</div>
            <div className="small quiet">{one.at && <Time at={one.at} as="time" />} {verdictOf(one)}</div>
          </li>
        ))}</ol>
        {candidates.length === 0 && <p className="quiet">{t('noTouches')}</p>}
        {(trace.candidates_total ?? 0) > candidates.length && <p className="small quiet">{t('moreTouches', { count: (trace.candidates_total ?? 0) - candidates.length })}</p>}
        <p className="small faint">{t('ruleVersion', { n: trace.rule_version ?? 1 })}</p>
      </div>
    </Card>
  );
}
