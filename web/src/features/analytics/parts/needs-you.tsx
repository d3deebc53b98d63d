// Everything that waits for a person, the oldest kinds of work first; each line leads to where it is decided.
import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Path } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { A } from '../../../ui/anchor';
import { Money, ProblemNotice, Skeleton, Status, Time } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import { Card } from '../../../ui/page';
import { PartnerName } from '../../partners/parts/partner-name';

const shown = 3;
interface Line { id: string; status: string; href: string; label: ReactNode; hint?: ReactNode }

/** The first few of a list, and whether there are more. */
function useWaiting<R>(path: Path, query: object, needs: schemas['Permission'], line: (row: R) => Line): { lines: Line[]; isMore: boolean; isLoading: boolean; error: unknown; retry: () => void } {
  const can = useCan();
  const page = useRead(path as '/api/links', { query: { ...query, limit: shown } }, { live: true, enabled: can(needs) });
  const found = page.data as unknown as { items: R[]; next_cursor: string | null } | undefined;
  return { lines: (found?.items ?? []).map(line), isMore: Boolean(found?.next_cursor), isLoading: page.isLoading, error: page.error, retry: () => void page.refetch() };
}

export function NeedsYou() {
  const { t } = useTexts('analytics');
  const { base } = useOrganization();
  const ago = (at: string) => <Time at={at} as="ago" />;
  const groups = [
    { id: 'applications', all: '/applications', ...useWaiting<schemas['Partner']>('/api/partners', { state: 'applied', sort: 'created_at' }, 'partners.read', (one) => ({ id: one.id, status: 'applied', href: `/partners/${one.id}`, label: one.name, hint: ago(one.created_at) })) },
    { id: 'documents', all: '/applications?tab=documents&state=submitted', ...useWaiting<schemas['PartnerDocument']>('/api/partner-documents', { state: 'submitted' }, 'partners.read', (one) => ({ id: one.id, status: 'received', href: `/partners/${one.partner_id}?tab=documents`, label: <>{t('waiting.document')}: <PartnerName id={one.partner_id} /></>, hint: ago(one.created_at) })) },
    { id: 'forms', all: '/payouts?tab=forms&state=pending', ...useWaiting<schemas['PayeeForm']>('/api/payee-forms', { state: 'pending' }, 'payouts.read', (one) => ({ id: one.id, status: 'pending', href: `/payouts?tab=forms&form=${one.id}`, label: <>{t('waiting.form')}: {one.legal_name}</>, hint: ago(one.submitted_at) })) },
    { id: 'runs', all: '/payouts?state=draft', ...useWaiting<schemas['PayoutRun']>('/api/payout-runs', { state: 'draft' }, 'payouts.read', (one) => ({ id: one.id, status: 'draft', href: `/payouts/runs/${one.id}`, label: <>{t('waiting.run')}: <Money minor={one.amount} currency={one.currency} /></>, hint: ago(one.created_at) })) },
    { id: 'sending', all: '/payouts?state=approved', ...useWaiting<schemas['PayoutRun']>('/api/payout-runs', { state: 'approved' }, 'payouts.read', (one) => ({ id: one.id, status: 'approved', href: `/payouts/runs/${one.id}`, label: <>{t('waiting.sending')}: <Money minor={one.amount} currency={one.currency} /></>, hint: ago(one.created_at) })) },
    { id: 'writeOffs', all: '/payouts?tab=write-offs&state=requested', ...useWaiting<schemas['WriteOff']>('/api/write-offs', { state: 'requested' }, 'earnings.read', (one) => ({ id: one.id, status: 'requested', href: '/payouts?tab=write-offs&state=requested', label: <>{t('waiting.writeOff')}: <Money minor={one.amount} currency={one.currency} /></>, hint: ago(one.created_at) })) },
    { id: 'claims', all: '/claims?state=open', ...useWaiting<schemas['Claim']>('/api/claims', { state: 'open' }, 'earnings.read', (one) => ({ id: one.id, status: 'open', href: `/claims?claim=${one.id}`, label: <>{t('waiting.claim')}: <PartnerName id={one.partner_id} /></>, hint: <Time at={one.decide_by} /> })) },
    { id: 'risk', all: '/risk?state=open', ...useWaiting<schemas['RiskSignal']>('/api/risk-signals', { state: 'open' }, 'earnings.read', (one) => ({ id: one.id, status: 'open', href: `/risk?signal=${one.id}`, label: <>{t('waiting.risk')}: <PartnerName id={one.partner_id} /></>, hint: ago(one.created_at) })) },
    { id: 'appeals', all: '/risk?appeal_state=filed', ...useWaiting<schemas['RiskSignal']>('/api/risk-signals', { appeal_state: 'filed' }, 'earnings.read', (one) => ({ id: one.id, status: 'open', href: `/risk?signal=${one.id}`, label: <>{t('waiting.appeal')}: <PartnerName id={one.partner_id} /></>, hint: one.appealed_at && ago(one.appealed_at) })) },
    { id: 'held', all: '/earnings?state=held', ...useWaiting<schemas['Earning']>('/api/earnings', { state: 'held' }, 'earnings.read', (one) => ({ id: one.id, status: 'held', href: `/earnings?state=held&why=${one.id}`, label: <><Money minor={one.amount} currency={one.currency} />, <PartnerName id={one.partner_id} /></>, hint: ago(one.occurred_at) })) },
  ];
  const parked = useWaiting<schemas['InboundEvent']>('/api/inbound-events', { state: 'parked' }, 'integrations.read', (one) => ({ id: one.id, status: 'parked', href: '/inbound?state=parked', label: t('event', { provider: one.provider }), hint: ago(one.received_at) }));
  const failed = useWaiting<schemas['InboundEvent']>('/api/inbound-events', { state: 'failed' }, 'integrations.read', (one) => ({ id: one.id, status: 'failed', href: '/inbound?state=failed', label: t('event', { provider: one.provider }), hint: ago(one.received_at) }));
  const drafts = useWaiting<schemas['DealSummary']>('/api/deals', { state: 'draft' }, 'deals.read', (one) => ({ id: one.id, status: 'draft', href: `/deals/${one.id}`, label: one.name, hint: <PartnerName id={one.partner_id} /> }));
  const all = [...groups, { id: 'parked', all: '/inbound?state=parked', ...parked }, { id: 'failed', all: '/inbound?state=failed', ...failed }, { id: 'deals', all: '/deals?state=draft', ...drafts }];
  const isLoading = all.some((one) => one.isLoading);
  // Of what could not be asked nobody says that it needs nobody.
  const unknown = all.filter((one) => one.error && one.lines.length === 0);
  return (
    <Card title={t('needsYou')}>
      {isLoading && all.every((one) => one.lines.length === 0) && <Skeleton lines={3} />}
      {unknown[0] && <ProblemNotice error={unknown[0].error} retry={() => unknown.forEach((one) => one.retry())} />}
      {!isLoading && unknown.length === 0 && all.every((one) => one.lines.length === 0) && <p className="row quiet"><CircleCheck size={18} aria-hidden />{t('nothingNeedsYou')}</p>}
      <ul className="list">{all.flatMap((group) => [
        ...group.lines.map((one) => <li key={group.id + one.id}><Status of={one.status} /><A className="link grow" href={base + one.href}>{one.label}</A><span className="faint small">{one.hint}</span></li>),
        ...(group.isMore ? [<li key={`${group.id}-more`}><A className="inline-link small" href={base + group.all}>{t(`more.${group.id}`)}</A></li>] : []),
      ])}</ul>
    </Card>
  );
}
