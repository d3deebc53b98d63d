// The console: which pages it has, where they stand in the navigation, and what the palette finds.
import { lazy, Suspense } from 'react';
import { Outlet, useParams } from '@tanstack/react-router';
import { Activity, ArrowLeftRight, BookOpen, Building2, ChartNoAxesCombined, ContactRound, FileClock, HandCoins, Handshake, House, Inbox, KeyRound, Link2, ListChecks, Megaphone, Receipt, Scale, ScrollText, Settings, ShieldAlert, TicketPercent, UserRoundCog, UserRoundPlus, UsersRound, Wallet } from 'lucide-react';
import { api } from '../lib/api/client';
import { useTexts } from '../lib/i18n';
import { makeQueryClient } from '../lib/query';
import { makeRouter } from '../lib/router';
import { App, Frame, type NavEntry } from '../ui/app';
import { Chooser } from '../ui/chooser';
import { Page } from '../ui/page';
import type { Choice } from '../ui/combobox';

const client = makeQueryClient();
const WhySheet = lazy(() => import('../features/earnings/parts/why').then((module) => ({ default: module.WhySheet })));

const nav: NavEntry[] = [
  { id: 'organizations', path: '/organizations', icon: Building2, ofPlatform: true },
  { id: 'accesses', path: '/accesses', icon: KeyRound, ofPlatform: true },
  { id: 'platform-statement', path: '/statement', icon: ScrollText, ofPlatform: true, needs: 'audit.read' },
  { id: 'home', path: '', icon: House, key: 'h', needs: 'earnings.read' },
  { id: 'analytics', path: '/analytics', icon: ChartNoAxesCombined, key: 'a', needs: 'earnings.read' },
  { id: 'partners', path: '/partners', icon: Handshake, key: 'p', group: 'partners', needs: 'partners.read' },
  { id: 'applications', path: '/applications', icon: UserRoundPlus, group: 'partners', needs: 'partners.read' },
  { id: 'deals', path: '/deals', icon: BookOpen, key: 'd', group: 'partners', needs: 'deals.read' },
  { id: 'links', path: '/links', icon: Link2, key: 'l', group: 'partners', needs: 'links.read' },
  { id: 'coupons', path: '/coupons', icon: TicketPercent, group: 'partners', needs: 'links.read' },
  { id: 'materials', path: '/materials', icon: Megaphone, group: 'partners', needs: 'partners.read' },
  { id: 'leads', path: '/leads', icon: UsersRound, key: 'e', group: 'sales', needs: 'leads.read' },
  { id: 'conversions', path: '/conversions', icon: Receipt, key: 'c', group: 'sales', needs: 'conversions.read' },
  { id: 'contacts', path: '/contacts', icon: ContactRound, group: 'sales', needs: 'customers.read' },
  { id: 'earnings', path: '/earnings', icon: Wallet, key: 'm', group: 'money', needs: 'earnings.read' },
  { id: 'claims', path: '/claims', icon: Scale, group: 'money', needs: 'earnings.read' },
  { id: 'risk', path: '/risk', icon: ShieldAlert, group: 'money', needs: 'earnings.read' },
  { id: 'payouts', path: '/payouts', icon: HandCoins, key: 'o', group: 'money', needs: 'payouts.read' },
  { id: 'ledger', path: '/ledger', icon: Activity, group: 'money', needs: 'earnings.read' },
  { id: 'rates', path: '/rates', icon: ArrowLeftRight, group: 'money', needs: 'earnings.read' },
  { id: 'inbound', path: '/inbound', icon: Inbox, key: 'i', group: 'setup', needs: 'integrations.read' },
  { id: 'jobs', path: '/jobs', icon: ListChecks, group: 'setup', needs: 'integrations.read' },
  { id: 'keys', path: '/keys', icon: KeyRound, group: 'setup', needs: 'keys.manage' },
  { id: 'members', path: '/members', icon: UserRoundCog, group: 'setup', needs: 'members.read' },
  { id: 'audit', path: '/audit', icon: FileClock, group: 'setup', needs: 'audit.read' },
  { id: 'settings', path: '/settings', icon: Settings, key: 's', group: 'setup', needs: 'settings.read' },
];

async function records(text: string, base: string): Promise<Choice[]> {
  const none = { items: [] };
  const [partners, contacts] = await Promise.all([
    api('get', '/api/partners', { query: { q: text, limit: 5 } }).catch(() => none),
    api('get', '/api/contacts', { query: { q: text, limit: 5 } }).catch(() => none),
  ]);
  return [
    ...partners.items.map((one) => ({ id: `${base}/partners/${one.id}`, label: one.name, hint: one.slug, icon: <Handshake size={16} aria-hidden /> })),
    ...contacts.items.map((one) => ({ id: `${base}/contacts/${one.id}`, label: one.name ?? one.email ?? one.phone ?? one.id, hint: one.email ?? one.phone ?? one.id, icon: <ContactRound size={16} aria-hidden /> })),
  ];
}

function Inside() {
  const { slug } = useParams({ strict: false }) as { slug: string };
  return <App client={client} side="console">{(session) => <Frame side="console" session={session} slug={slug} nav={nav} records={records}><Outlet /><Suspense><WhySheet /></Suspense></Frame>}</App>;
}
const Start = () => <App client={client} side="console">{(session) => <Chooser side="console" session={session} />}</App>;
function NotFound() {
  const { t } = useTexts();
  return <Page title={t('notFound')} context={t('notFoundWhat')}>{null}</Page>;
}

export const router = makeRouter('console', Inside, Start, NotFound, {
  '': [() => import('../features/analytics/pages/home'), 'Home'],
  analytics: [() => import('../features/analytics/pages/analytics'), 'Analytics'],
  partners: [() => import('../features/partners/pages/partners'), 'Partners'],
  'partners/$id': [() => import('../features/partners/pages/partner'), 'Partner'],
  applications: [() => import('../features/applications/pages/applications'), 'Applications'],
  deals: [() => import('../features/deals/pages/deals'), 'Deals'],
  'deals/templates': [() => import('../features/deals/pages/templates'), 'Templates'],
  'deals/$id': [() => import('../features/deals/pages/deal'), 'Deal'],
  links: [() => import('../features/attribution/pages/links'), 'Links'],
  coupons: [() => import('../features/attribution/pages/coupons'), 'Coupons'],
  materials: [() => import('../features/materials/pages/materials'), 'Materials'],
  leads: [() => import('../features/attribution/pages/leads'), 'Leads'],
  'leads/$id': [() => import('../features/attribution/pages/lead'), 'Lead'],
  conversions: [() => import('../features/attribution/pages/conversions'), 'Conversions'],
  'conversions/$id': [() => import('../features/attribution/pages/conversion'), 'Conversion'],
  contacts: [() => import('../features/customers/pages/contacts'), 'Contacts'],
  'contacts/$id': [() => import('../features/customers/pages/contact'), 'Contact'],
  earnings: [() => import('../features/earnings/pages/earnings'), 'Earnings'],
  payouts: [() => import('../features/payouts/pages/payouts'), 'Payouts'],
  'payouts/$id': [() => import('../features/payouts/pages/payout'), 'Payout'],
  'payouts/runs/$id': [() => import('../features/payouts/pages/run'), 'Run'],
  rates: [() => import('../features/earnings/pages/rates'), 'Rates'],
  claims: [() => import('../features/claims/pages/claims'), 'Claims'],
  risk: [() => import('../features/risk/pages/risk'), 'Risk'],
  ledger: [() => import('../features/earnings/pages/ledger'), 'Ledger'],
  'ledger/$id': [() => import('../features/earnings/pages/statement'), 'StatementPage'],
  inbound: [() => import('../features/attribution/pages/inbound'), 'Inbound'],
  jobs: [() => import('../features/jobs/pages/jobs'), 'Jobs'],
  keys: [() => import('../features/identity/pages/keys'), 'KeysPage'],
  members: [() => import('../features/identity/pages/members'), 'Members'],
  audit: [() => import('../features/identity/pages/audit'), 'Audit'],
  settings: [() => import('../features/identity/pages/settings'), 'SettingsPage'],
  organizations: [() => import('../features/identity/pages/organizations'), 'Organizations'],
  statement: [() => import('../features/earnings/pages/platform-statement'), 'PlatformStatement'],
  accesses: [() => import('../features/identity/pages/accesses'), 'Accesses'],
  account: [() => import('../features/identity/pages/account'), 'Account'],
});
