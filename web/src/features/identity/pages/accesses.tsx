// Break-glass: an operator of the platform opens an organization for a reason and some hours, and ends it.
import { Plus } from 'lucide-react';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { isPlatform, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Empty, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Card, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { OpenAccess } from '../parts/open-access';

export function Accesses() {
  const { t } = useTexts('identity');
  const { memberships } = useSession();
  const [search, set] = useUrlState();
  const visits = memberships.filter((one) => one.expires_at !== null && !isPlatform(one) && !one.partner);
  const end = useAct((id: string, key: string) => api('delete', '/api/platform/accesses/{access_id}', { path: { access_id: id }, key }), () => toast(t('accessEnded')));
  return (
    <Page title={t('accesses')} context={t('accessesWhat')} actions={<Button variant="primary" onClick={() => set({ new: '1' })}><Plus size={16} aria-hidden />{t('openAccess')}</Button>}>
      {end.error ? <ProblemNotice error={end.error} /> : null}
      <Card>{visits.length === 0 ? <Empty title={t('noAccesses')}>{t('noAccessesWhat')}</Empty> : (
        <ul className="list">{visits.map((one) => (
          <li key={one.id}>
            <div className="grow stack tight"><strong>{one.organization.name}</strong><span className="small quiet">{t('until')} <Time at={one.expires_at} as="time" /></span></div>
            <Status of="pending" text={t(`role.${one.role}`)} />
            <a className="btn btn-secondary" href={`/console/${one.organization.slug}`}>{t('enterIt')}</a>
            <Button variant="ghost" onClick={() => end.mutate(one.id)}>{t('endAccess')}</Button>
          </li>
        ))}</ul>
      )}</Card>
      {search['new'] && <OpenAccess onClose={() => set({ new: undefined })} />}
    </Page>
  );
}
