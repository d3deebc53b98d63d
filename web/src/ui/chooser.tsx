import { Navigate } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useTexts } from '../lib/i18n';
import type { Session } from '../lib/session';
import { belongs, slugOf, type Side } from './app';
import { Empty } from './basic';

/** Which organization or partner: asked only of who has several. */
export function Chooser({ side, session }: { side: Side; session: Session }) {
  const { t } = useTexts();
  const own = session.memberships.filter((one) => belongs(side, one));
  const [only] = own;
  if (own.length === 1 && only) return <Navigate to={`/${side}/${slugOf(only)}` as never} replace />;
  const all = own.length > 0 ? own : session.memberships;
  return (
    <main className="page"><h1>{t('yourWorkspaces')}</h1>
      <section className="card">
        {all.length === 0 ? <Empty title={t('noWorkspace')}>{t('noWorkspaceWhat')}</Empty>
          : <ul className="list">{all.map((one) => <li key={one.id}><a className="link grow" href={`/${one.partner ? 'portal' : 'console'}/${slugOf(one)}`}>{one.partner?.name ?? one.organization.name}</a><span className="quiet">{one.partner ? one.organization.name : t(`role.${one.role}`)}</span><ChevronRight size={16} aria-hidden /></li>)}</ul>}
      </section>
    </main>
  );
}
