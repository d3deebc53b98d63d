// Who wants to be a partner: those that wait with what the rule says of them, everything that was sent, and documents to check.
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import type { BulkAct } from '../../../ui/lists/bulk';
import { useOrganization } from '../../../ui/organization';
import { Page, Tabs } from '../../../ui/page';
import { Moves } from '../../partners/parts/moves';
import { PartnerName } from '../../partners/parts/partner-name';
import { DocumentQueue } from '../../partners/parts/document-queue';
import { RuleVerdict } from '../parts/application-card';

const tabs = { waiting: Waiting, all: All, documents: DocumentQueue } as const;
type Tab = keyof typeof tabs;
type Partner = schemas['Partner'];

const approve = (one: Partner, key: string) => api('post', '/api/partners/{partner_id}/approval', { path: { partner_id: one.id }, key });
const reject = (one: Partner, key: string, reason: string) => api('post', '/api/partners/{partner_id}/rejection', { path: { partner_id: one.id }, key, body: { reason } });

export function Applications() {
  const { t } = useTexts('applications');
  const { base } = useOrganization();
  const [search] = useUrlState();
  const tab: Tab = search['tab'] !== undefined && search['tab'] in tabs ? (search['tab'] as Tab) : 'waiting';
  const Shown = tabs[tab];
  return (
    <Page title={t('applications')} context={t('applicationsWhat')} actions={<A className="btn btn-secondary" href={`${base}/settings?tab=application`}>{t('formAndRule')}</A>}>
      <Tabs label={t('applications')} current={tab} tabs={(Object.keys(tabs) as Tab[]).map((id) => ({ id, label: t(`tab.${id}`), href: id === 'waiting' ? `${base}/applications` : `${base}/applications?tab=${id}` }))} />
      <Shown />
    </Page>
  );
}

function Waiting() {
  const { t } = useTexts('applications');
  const { base } = useOrganization();
  const can = useCan();
  const form = useRead('/api/application-form', {}, { enabled: can('partners.read') });
  const fits = (one: Partner) => one.state === 'applied';
  const bulk: BulkAct<Partner>[] = can('partners.manage') ? [
    { id: 'approval', label: t('approveMany'), fits, run: approve, ask: (count) => t('approveAsk', { count }), what: t('approveAskWhat') },
    { id: 'rejection', label: t('rejectMany'), fits, run: reject, ask: (count) => t('rejectAsk', { count }), danger: true, reasoned: { help: t('rejectReasonHelp') } },
  ] : [];
  return (
    <List<Partner> name="applications" label={t('tab.waiting')} path="/api/partners" fixed={{ state: 'applied' }} id={(one) => one.id} live usualSort="created_at" bulk={bulk}
      columns={[
        { id: 'name', head: t('partner'), cell: (one) => <span className="two"><A className="link" href={`${base}/partners/${one.id}`}>{one.name}</A><span className="faint small">{one.contact_email}</span></span> },
        { id: 'country', head: t('country'), cell: (one) => one.country },
        { id: 'website', head: t('website'), cell: (one) => <span className="two"><span>{one.website}</span></span> },
        { id: 'rule', head: t('rule'), cell: (one) => <RuleVerdict rule={form.data?.approves_when ?? null} partner={one} /> },
        { id: 'at', head: t('sentAt'), sort: 'created_at', cell: (one) => <Time at={one.created_at} as="ago" /> },
        { id: 'act', head: t('action'), alone: true, cell: (one) => (can('partners.manage') ? <span className="row"><Moves name={one.name} moves={['approval', 'rejection']} call={(move, key, reason) => (move === 'approval' ? approve(one, key) : reject(one, key, reason))} /></span> : null) },
      ]}
      empty={{ title: t('nobodyWaits'), text: t('nobodyWaitsWhat') }} />
  );
}

function All() {
  const { t } = useTexts('applications');
  return (
    <List<schemas['PartnerApplication']> name="received-applications" label={t('tab.all')} path="/api/partner-applications" id={(one) => one.id}
      columns={[
        { id: 'name', head: t('name'), cell: (one) => <span className="two"><span>{one.name}</span><span className="faint small">{one.contact_email}</span></span> },
        { id: 'state', head: t('state'), cell: (one) => <Status of={one.state === 'taken' ? 'ok' : one.state === 'duplicate' ? 'pending' : 'received'} text={t(`application.${one.state}`)} /> },
        { id: 'partner', head: t('partner'), cell: (one) => one.partner_id && <PartnerName id={one.partner_id} link /> },
        { id: 'answers', head: t('answers'), num: true, cell: (one) => one.answers.length },
        { id: 'at', head: t('sentAt'), cell: (one) => <Time at={one.created_at} as="time" /> },
      ]}
      filters={[{ name: 'state', label: t('state'), options: (['received', 'taken', 'duplicate'] as const).map((one) => [one, t(`application.${one}`)]) }]}
      empty={{ title: t('noApplications'), text: t('noApplicationsWhat') }} />
  );
}
