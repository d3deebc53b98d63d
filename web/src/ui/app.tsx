// What console and portal share: start, sign-in over the page, the frame with navigation, palette and keys.
import './base.css';
import './shell.css';
import { QueryClientProvider, useQuery, type QueryClient } from '@tanstack/react-query';
import { useRouter, useRouterState } from '@tanstack/react-router';
import { CircleHelp, Globe, LogOut, Menu as Burger, Moon, Search, Sun, SunMoon, UserRound, Users } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState, type ComponentType, type ReactNode } from 'react';
import { credentials, send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import type { schemas } from '../lib/api/schema';
import { dropDrafts } from '../lib/drafts';
import { formatInstant } from '../lib/format/date';
import { setLocale, useTexts } from '../lib/i18n';
import { currentTheme, keepTheme, localeNames, locales, type Theme } from '../lib/locale';
import { useRead } from '../lib/query';
import { isPlatform, loadSession, mustSetUpFactor, SessionContext, useSession, type Membership, type Session } from '../lib/session';
import { useKeys } from '../lib/shortcuts';
import { A } from './anchor';
import { Empty, IconButton, ProblemNotice, Skeleton } from './basic';
import type { Choice } from './combobox';
import { Gate } from './gate';
import { Menu, Modal } from './overlay';
import { OrganizationContext, useOrganization } from './organization';
import { Toasts } from './toast';

const Palette = lazy(() => import('./palette'));
const Keys = lazy(() => import('./keys'));

export type Side = 'console' | 'portal';
export interface NavEntry { id: string; path: string; icon: ComponentType<{ size?: number }>; needs?: schemas['Permission']; key?: string; group?: string; inBar?: boolean; ofPlatform?: boolean }

/** Which memberships belong to a side, and how its URLs name them. */
export const belongs = (side: Side, one: Membership) => (side === 'portal') === Boolean(one.partner);
export const slugOf = (one: Membership) => one.partner?.id ?? one.organization.slug;

/** Asks who is signed in; whoever is not goes to the sign-in page and comes back. */
export function App({ client, side, children }: { client: QueryClient; side: Side; children: (session: Session) => ReactNode }) {
  return <QueryClientProvider client={client}><Suspense fallback={null}><SignedIn side={side}>{children}</SignedIn></Suspense><Toasts /></QueryClientProvider>;
}

function SignedIn({ children }: { side: Side; children: (session: Session) => ReactNode }) {
  const session = useQuery({ queryKey: ['session'], queryFn: loadSession, staleTime: Infinity, retry: 1 });
  const isOut = session.error instanceof Problem && session.error.status === 401;
  useEffect(() => {
    if (isOut) location.replace(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  }, [isOut]);
  if (session.data) return <>{children(session.data)}</>;
  if (session.error && !isOut) return <main className="page"><ProblemNotice error={session.error} retry={() => void session.refetch()} /></main>;
  return <main className="page"><Skeleton lines={5} /></main>;
}

/** The frame: finds the membership that the URL names, acts under it, and shows the page. */
export function Frame({ side, session, slug, nav, records, children }: {
  side: Side; session: Session; slug: string; nav: NavEntry[]; records: (text: string, base: string) => Promise<Choice[]>; children: ReactNode;
}) {
  const { t } = useTexts();
  const membership = session.memberships.find((one) => belongs(side, one) && slugOf(one) === slug);
  // During render, so that the first request of the page goes out under it already.
  credentials.membership = membership?.id ?? '';
  const acting = useMemo(() => (membership ? { ...session, membership } : null), [session, membership]);
  if (!acting) return <main className="page"><div className="card"><Empty title={t('notFound')} action={<a className="inline-link" href={`/${side}`}>{t('yourWorkspaces')}</a>}>{t('notFoundWhat')}</Empty></div></main>;
  if (mustSetUpFactor(acting)) return <SessionContext value={acting}><SetUpFactor side={side}>{children}</SetUpFactor></SessionContext>;
  return <SessionContext value={acting}><Inside side={side} nav={nav} records={records}>{children}</Inside></SessionContext>;
}

/** Leads to one's own account, the only page that is open until the second factor is set up. */
function SetUpFactor({ side, children }: { side: Side; children: ReactNode }) {
  const { membership } = useSession();
  const router = useRouter();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const base = `/${side}/${slugOf(membership)}`, account = `${base}/account`;
  useEffect(() => { if (path !== account) router.history.replace(account); }, [path, account, router]);
  const view = useMemo(() => ({ id: membership.organization.id, name: membership.organization.name, base, side, zone: 'UTC', currency: 'USD' }), [membership, base, side]);
  return <OrganizationContext value={view}><main id="main" tabIndex={-1}>{path === account && children}</main><Gate /></OrganizationContext>;
}

function Inside({ side, nav, records, children }: { side: Side; nav: NavEntry[]; records: (text: string, base: string) => Promise<Choice[]>; children: ReactNode }) {
  const { membership } = useSession();
  const organization = useRead('/api/organizations/{organization_id}', { path: { organization_id: membership.organization.id } });
  const base = `/${side}/${slugOf(membership)}`;
  const view = useMemo(() => ({
    id: membership.organization.id, name: membership.partner?.name ?? membership.organization.name, base, side,
    zone: organization.data?.time_zone ?? 'UTC', currency: organization.data?.currency ?? 'USD',
  }), [membership, base, side, organization.data]);
  // Zone and currency decide how every figure reads: without them there is no page, rather than one with another's.
  const page = organization.data ? children : <div className="page">{organization.error ? <ProblemNotice error={organization.error} retry={() => void organization.refetch()} /> : <Skeleton lines={5} />}</div>;
  return <OrganizationContext value={view}><Shell nav={nav} records={records}>{page}</Shell></OrganizationContext>;
}

function Shell({ nav, records, children }: { nav: NavEntry[]; records: (text: string, base: string) => Promise<Choice[]>; children: ReactNode }) {
  const { t } = useTexts();
  const router = useRouter();
  const { name, base, side } = useOrganization();
  const { membership, memberships } = useSession();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [open, setOpen] = useState<'palette' | 'menu' | 'keys' | null>(null);
  const shown = nav.filter((entry) => (!entry.needs || membership.permissions.includes(entry.needs)) && (!entry.ofPlatform || isPlatform(membership)));
  const go = (to: string) => router.history.push(base + to);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); setOpen('palette'); }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  useEffect(() => setOpen(null), [path]);
  useKeys({ '?': () => setOpen('keys'), ...Object.fromEntries(shown.filter((entry) => entry.key).map((entry) => [`g ${entry.key}`, () => go(entry.path)])) });
  const current = shown.filter((entry) => path === base + entry.path || (entry.path !== '' && path.startsWith(`${base}${entry.path}/`)))[0];
  const link = (entry: NavEntry) => (
    <A key={entry.id} href={base + entry.path} className="nav-link" {...(entry === current ? { 'aria-current': 'page' as const } : {})}><entry.icon size={18} aria-hidden /><span className="clip">{t(`nav.${entry.id}`)}</span></A>
  );
  const links = shown.map((entry, i) => (entry.group && entry.group !== shown[i - 1]?.group
    ? <div key={entry.id} style={{ display: 'contents' }}><div className="nav-head">{t(`group.${entry.group}`)}</div>{link(entry)}</div> : link(entry)));
  const search = async (text: string): Promise<Choice[]> => {
    const wanted = text.trim().toLowerCase();
    const pages = shown.map((entry) => ({ id: base + entry.path, label: t(`nav.${entry.id}`), icon: <entry.icon size={16} aria-hidden /> }))
      .filter((one) => one.label.toLowerCase().includes(wanted));
    return [...pages.slice(0, wanted ? 6 : 20), ...(wanted.length > 1 ? await records(wanted, base) : [])];
  };
  const others = memberships.filter((one) => one !== membership);
  return (
    <div className={side === 'portal' ? 'app has-bar' : 'app'}>
      <a href="#main" className="skip">{t('skip')}</a>
      <nav className="side" aria-label={t('mainNav')}><Brand name={name} />{links}</nav>
      <header className="top">
        <button type="button" className="icon-btn burger" aria-label={t('mainNav')} aria-haspopup="dialog" onClick={() => setOpen('menu')}><Burger size={20} aria-hidden /></button>
        <button type="button" className="search-btn" onClick={() => setOpen('palette')}><Search size={16} aria-hidden /><span>{t('search')}</span><kbd>Ctrl K</kbd></button>
        <span className="grow" />
        <IconButton label={t('keys')} onClick={() => setOpen('keys')}><CircleHelp size={18} aria-hidden /></IconButton>
        <ThemeMenu />
        <LocaleMenu />
        <Who others={others} />
      </header>
      <main id="main" tabIndex={-1}>{membership.expires_at && <Visiting until={membership.expires_at} />}{children}</main>
      {side === 'portal' && <nav className="bar-nav" aria-label={t('quickNav')}>{shown.filter((entry) => entry.inBar).map((entry) => <A key={entry.id} href={base + entry.path} {...(entry === current ? { 'aria-current': 'page' as const } : {})}><entry.icon size={20} aria-hidden /><span>{t(`nav.${entry.id}`)}</span></A>)}</nav>}
      {open === 'menu' && <Modal className="drawer" label={t('mainNav')} onClose={() => setOpen(null)}><nav aria-label={t('mainNav')} style={{ display: 'contents' }}><Brand name={name} />{links}</nav></Modal>}
      {open === 'palette' && <Suspense><Palette search={search} onPick={(choice) => router.history.push(choice.id)} onClose={() => setOpen(null)} /></Suspense>}
      <Gate />
      {open === 'keys' && <Suspense><Keys nav={shown} onClose={() => setOpen(null)} /></Suspense>}
    </div>
  );
}

/** Shown on every page of an organization that an operator of the platform has opened. */
function Visiting({ until }: { until: string }) {
  const { t, locale } = useTexts();
  const { zone } = useOrganization();
  return <div className="notice notice-warn" role="status"><div>{t('visiting', { time: formatInstant(locale, until, zone, 'time') })}</div><a className="inline-link" href="/console/tandem-platform/accesses">{t('visitingEnd')}</a></div>;
}

const Brand = ({ name }: { name: string }) => <div className="brand"><span className="mark" aria-hidden /><span>{name}</span></div>;

export function ThemeMenu() {
  const { t } = useTexts();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  const icons = { light: <Sun size={18} aria-hidden />, dark: <Moon size={18} aria-hidden />, auto: <SunMoon size={18} aria-hidden /> };
  return <Menu label={`${t('theme')}: ${t(`theme.${theme}`)}`} buttonClass="icon-btn" button={icons[theme]} entries={(['light', 'dark', 'auto'] as const).map((one) => ({
    label: t(`theme.${one}`), icon: icons[one], checked: one === theme, onPick: () => { keepTheme(one); setTheme(one); },
  }))} />;
}

export function LocaleMenu() {
  const { t, locale } = useTexts();
  return <Menu label={`${t('language')}: ${localeNames[locale]}`} buttonClass="icon-btn" button={<Globe size={18} aria-hidden />} entries={locales.map((one) => ({
    label: localeNames[one], checked: one === locale, onPick: () => void setLocale(one),
  }))} />;
}

function Who({ others }: { others: Membership[] }) {
  const { t } = useTexts();
  const { user } = useSession();
  const { base } = useOrganization();
  const router = useRouter();
  const signOut = () => { dropDrafts(); void send('DELETE', '/api/session').finally(() => location.assign('/signin')); };
  return <Menu label={`${t('account')}: ${user.name}`} buttonClass="btn btn-ghost who" button={<><Users size={18} aria-hidden /><span className="clip">{user.name}</span></>} entries={[
    ...others.map((one) => ({ label: one.partner ? `${one.partner.name} (${one.organization.name})` : one.organization.name, href: `/${one.partner ? 'portal' : 'console'}/${slugOf(one)}` })),
    { label: t('yourAccount'), icon: <UserRound size={16} aria-hidden />, onPick: () => router.history.push(`${base}/account`) },
    { label: t('signOut'), icon: <LogOut size={16} aria-hidden />, onPick: signOut },
  ]} />;
}
