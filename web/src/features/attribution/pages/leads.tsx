// Leads as a table, or as a board by state; the choice is in the URL.
import { Columns3, Rows3 } from 'lucide-react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Status, Time, useProblemText } from '../../../ui/basic';
import { Menu } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { PartnerName } from '../../partners/parts/partner-name';
import { leadMoves, leadName } from '../model';
import { LeadList, leadStates } from '../parts/lists';

type Lead = schemas['Lead'];

export function Leads() {
  const { t } = useTexts('attribution');
  const { side } = useOrganization();
  const { membership } = useSession();
  const [search, set] = useUrlState();
  const isBoard = search['as'] === 'board';
  return (
    <Page title={t('leads')} actions={<Button onClick={() => set({ as: isBoard ? undefined : 'board' })}>{isBoard ? <Rows3 size={16} aria-hidden /> : <Columns3 size={16} aria-hidden />}{t(isBoard ? 'asTable' : 'asBoard')}</Button>}>
      {isBoard ? <Board /> : <LeadList partner={side === 'portal' ? membership.partner?.id : undefined} />}
    </Page>
  );
}

const Board = () => <div className="board">{leadStates.map((state) => <Column key={state} state={state} />)}</div>;

function Column({ state }: { state: Lead['state'] }) {
  const { t } = useTexts('attribution');
  const can = useCan();
  const { base, side } = useOrganization();
  const say = useProblemText();
  const leads = useRead('/api/leads', { query: { state, limit: 30 } }, { live: true });
  const move = useAct(({ id, to }: { id: string; to: Lead['state'] }, key: string) => api('post', '/api/leads/{lead_id}/state', { path: { lead_id: id }, body: { state: to }, key }), (_, { to }) => toast(t('leadMoved', { state: t(`status.${to}`) })));
  return (
    <section className="board-column" aria-label={t(`status.${state}`)}>
      <h2 className="row"><Status of={state} /><span className="faint small">{leads.data ? `${leads.data.items.length}${leads.data.next_cursor ? '+' : ''}` : ''}</span></h2>
      <Loaded from={leads} lines={3}>{(page) => <>{page.items.map((one) => (
        <article key={one.id} className="board-card">
          <A className="link" href={`${base}/leads/${one.id}`}>{leadName(one, t)}</A>
          <span className="small quiet">{one.partner_id ? <PartnerName id={one.partner_id} /> : t('nobodys')} · <Time at={one.created_at} as="ago" /></span>
          {side === 'console' && can('leads.manage') && leadMoves[state].length > 0 && <Menu start label={`${t('moveTo')} ${leadName(one, t)}`} button={t('moveTo')} buttonClass="btn btn-ghost" entries={leadMoves[state].map((to) => ({ label: t(`status.${to}`), onPick: () => move.mutate({ id: one.id, to }, { onError: (error) => toast(say(error).title) }) }))} />}
        </article>
      ))}</>}</Loaded>
    </section>
  );
}
