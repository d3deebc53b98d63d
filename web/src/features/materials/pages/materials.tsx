// Materials for partners, as the staff keep them: texts, pages to lead to, logos and banners; whose they are; archived ones.
import { Plus } from 'lucide-react';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button, ProblemNotice, Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { Menu } from '../../../ui/overlay';
import { Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { isPicture, kinds, type Material } from '../model';
import { EditMaterial, NewMaterial } from '../parts/material-sheet';

export function Materials() {
  const { t } = useTexts('materials');
  const can = useCan();
  const [search, set] = useUrlState();
  const start = () => set({ new: '1' });
  useKeys({ c: can('partners.manage') ? start : undefined });
  const move = useAct((one: Material, key: string) => api('patch', '/api/materials/{material_id}', { path: { material_id: one.id }, key, body: { state: one.state === 'active' ? 'archived' : 'active' } }), (moved) => toast(t(`moved.${moved.state}`)));
  const add = can('partners.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('newMaterial')}</Button>;
  return (
    <Page title={t('materials')} context={t('materialsWhat')} actions={add}>
      {move.error ? <ProblemNotice error={move.error} /> : null}
      <List<Material> name="materials" label={t('materials')} path="/api/materials" id={(one) => one.id} usualSort="-created_at"
        columns={[
          { id: 'name', head: t('name'), sort: 'name', cell: (one) => <button type="button" className="link" style={{ textAlign: 'start' }} onClick={() => set({ edit: one.id }, true)}>{one.name}</button> },
          { id: 'kind', head: t('kind'), cell: (one) => t(`kind.${one.kind}`) },
          { id: 'whose', head: t('whose'), cell: (one) => (one.deal_ids ? t('ofDeals', { count: one.deal_ids.length }) : t('ofAll')) },
          { id: 'state', head: t('state'), cell: (one) => (one.state === 'active' && isPicture(one.kind) && one.size === null ? <Status of="pending" text={t('noFileYet')} /> : <Status of={one.state} />) },
          { id: 'created', head: t('created'), sort: 'created_at', cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (can('partners.manage') ? <Menu label={`${t('action')}: ${one.name}`} button={t('action')} buttonClass="btn btn-ghost" entries={[
            { label: t('edit'), onPick: () => set({ edit: one.id }, true) }, { label: t(one.state === 'active' ? 'archive' : 'bringBack'), onPick: () => move.mutate(one) },
          ]} /> : null) },
        ]}
        filters={[{ name: 'kind', label: t('kind'), options: kinds.map((one) => [one, t(`kind.${one}`)]) }, { name: 'state', label: t('state'), options: (['active', 'archived'] as const).map((one) => [one, t(`status.${one}`)]) }]}
        empty={{ title: t('noMaterials'), text: t('noMaterialsWhat'), action: add }} />
      {search['new'] && <NewMaterial onClose={() => set({ new: undefined })} />}
      {search['edit'] && <EditMaterial id={search['edit']} onClose={() => set({ edit: undefined })} />}
    </Page>
  );
}
