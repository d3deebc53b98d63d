// The partner portal: the same features under a partner's membership, five acts in the bar of a phone.
import { lazy, Suspense } from 'react';
import { Outlet, useParams } from '@tanstack/react-router';
import { Banknote, ChartNoAxesCombined, House, IdCard, KeyRound, Landmark, Link2, ListChecks, Megaphone, MessageCircleWarning, Network, ScrollText, ShieldQuestion, UserRoundCog, UsersRound, Wallet } from 'lucide-react';
import { useTexts } from '../lib/i18n';
import { makeQueryClient } from '../lib/query';
import { makeRouter } from '../lib/router';
import { App, Frame, type NavEntry } from '../ui/app';
import { Chooser } from '../ui/chooser';
import { Page } from '../ui/page';

const client = makeQueryClient();
const WhySheet = lazy(() => import('../features/earnings/parts/why').then((module) => ({ default: module.WhySheet })));

const nav: NavEntry[] = [
  { id: 'home', path: '', icon: House, key: 'h', inBar: true },
  { id: 'start', path: '/start', icon: ListChecks },
  { id: 'links', path: '/links', icon: Link2, key: 'l', inBar: true, needs: 'links.read' },
  { id: 'performance', path: '/performance', icon: ChartNoAxesCombined, key: 'a', inBar: true },
  { id: 'leads', path: '/leads', icon: UsersRound, key: 'e', inBar: true, needs: 'leads.read' },
  { id: 'earnings', path: '/earnings', icon: Wallet, key: 'm', inBar: true, needs: 'earnings.read' },
  { id: 'materials', path: '/materials', icon: Megaphone, needs: 'partners.read' },
  { id: 'sub-partners', path: '/sub-partners', icon: Network, needs: 'earnings.read' },
  { id: 'claims', path: '/claims', icon: MessageCircleWarning, group: 'money', needs: 'earnings.read' },
  { id: 'reviews', path: '/reviews', icon: ShieldQuestion, group: 'money', needs: 'earnings.read' },
  { id: 'payouts', path: '/payouts', icon: Banknote, key: 'p', group: 'money', needs: 'payouts.read' },
  { id: 'payout-details', path: '/payout-details', icon: Landmark, group: 'money', needs: 'payouts.read' },
  { id: 'statement', path: '/statement', icon: ScrollText, group: 'money', needs: 'earnings.read' },
  { id: 'members', path: '/members', icon: UserRoundCog, group: 'setup', needs: 'members.read' },
  { id: 'api-keys', path: '/keys', icon: KeyRound, group: 'setup', needs: 'keys.manage' },
  { id: 'profile', path: '/profile', icon: IdCard, group: 'setup' },
];

function Inside() {
  const { slug } = useParams({ strict: false }) as { slug: string };
  return <App client={client} side="portal">{(session) => <Frame side="portal" session={session} slug={slug} nav={nav} records={() => Promise.resolve([])}><Outlet /><Suspense><WhySheet /></Suspense></Frame>}</App>;
}
const Start = () => <App client={client} side="portal">{(session) => <Chooser side="portal" session={session} />}</App>;
function NotFound() {
  const { t } = useTexts();
  return <Page title={t('notFound')} context={t('notFoundWhat')}>{null}</Page>;
}

export const router = makeRouter('portal', Inside, Start, NotFound, {
  '': [() => import('../features/analytics/pages/portal-home'), 'PortalHome'],
  start: [() => import('../features/partners/pages/start'), 'Start'],
  links: [() => import('../features/attribution/pages/portal-links'), 'PortalLinks'],
  performance: [() => import('../features/analytics/pages/analytics'), 'Analytics'],
  leads: [() => import('../features/attribution/pages/leads'), 'Leads'],
  'leads/$id': [() => import('../features/attribution/pages/lead'), 'Lead'],
  earnings: [() => import('../features/earnings/pages/earnings'), 'Earnings'],
  statement: [() => import('../features/earnings/pages/statement'), 'StatementPage'],
  materials: [() => import('../features/materials/pages/portal-materials'), 'PortalMaterials'],
  'sub-partners': [() => import('../features/partners/pages/sub-partners'), 'SubPartners'],
  claims: [() => import('../features/claims/pages/portal-claims'), 'PortalClaims'],
  reviews: [() => import('../features/risk/pages/portal-reviews'), 'PortalReviews'],
  payouts: [() => import('../features/payouts/pages/portal-payouts'), 'PortalPayouts'],
  'payouts/$id': [() => import('../features/payouts/pages/portal-payout'), 'PortalPayout'],
  'payout-details': [() => import('../features/payouts/pages/payout-details'), 'PayoutDetails'],
  members: [() => import('../features/identity/pages/members'), 'Members'],
  keys: [() => import('../features/identity/pages/keys'), 'KeysPage'],
  profile: [() => import('../features/partners/pages/profile'), 'Profile'],
  account: [() => import('../features/identity/pages/account'), 'Account'],
});
