// The frame of a page: title, one line of context, one primary action; tabs whose choice is in the URL.
import { ChevronLeft } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { useTexts } from '../lib/i18n';
import { Problem } from '../lib/api/problem';
import { A } from './anchor';
import { Empty, ProblemNotice, Skeleton } from './basic';
import { useOrganization } from './organization';
import { TabStrip } from './tab-strip';

export function Page({ title, badge, context, actions, back, children }: {
  title: string; badge?: ReactNode; context?: ReactNode; actions?: ReactNode; back?: { href: string; label: string } | undefined; children: ReactNode;
}) {
  const { name } = useOrganization();
  useEffect(() => { document.title = name ? `${title} · ${name}` : title; }, [title, name]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="titles">
          {back && <A className="crumb" href={back.href}><ChevronLeft size={16} aria-hidden />{back.label}</A>}
          <h1>{title}{badge}</h1>
          {context && <p className="quiet">{context}</p>}
        </div>
        {actions && <div className="row">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface Answer<T> { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown; isError?: boolean }

/** One record: a skeleton, the record, or why there is none. Old data stay when asking again fails. */
export function Loaded<T>({ from, children, lines = 4 }: { from: Answer<T>; children: (data: T) => ReactNode; lines?: number }) {
  const { t } = useTexts();
  if (from.data !== undefined) return <>{from.error ? <ProblemNotice error={from.error} retry={() => void from.refetch()} /> : null}{children(from.data)}</>;
  if (from.error instanceof Problem && (from.error.status === 404 || from.error.status === 403))
    return <div className="card"><Empty title={t(from.error.status === 404 ? 'notFound' : 'forbidden')}>{t(from.error.status === 404 ? 'notFoundWhat' : 'forbiddenWhat')}</Empty></div>;
  if (from.error) return <ProblemNotice error={from.error} retry={() => void from.refetch()} />;
  return <div className="card"><Skeleton lines={lines} /></div>;
}

export function Tabs({ label, tabs, current }: { label: string; tabs: { id: string; label: string; href: string }[]; current: string }) {
  return (
    <TabStrip label={label} current={current}>
      {tabs.map((tab) => <A key={tab.id} className="tab" href={tab.href} {...(tab.id === current ? { 'aria-current': 'page' as const } : {})}>{tab.label}</A>)}
    </TabStrip>
  );
}

export function Card({ title, actions, flush = false, children }: { title?: string; actions?: ReactNode; flush?: boolean; children: ReactNode }) {
  return (
    <section className={flush ? 'card flush' : 'card'}>
      {title && <div className={flush ? 'toolbar' : 'card-head'}><h2 className="grow">{title}</h2>{actions}</div>}
      {children}
    </section>
  );
}

export function Facts({ rows }: { rows: ([string, ReactNode] | null | false)[] }) {
  return <dl className="facts">{rows.filter((row) => row !== null && row !== false).map(([name, value]) => <div key={name} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value ?? '—'}</dd></div>)}</dl>;
}
