// Names a view, and says whether everybody sees it.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../lib/api/client';
import { useTexts } from '../../lib/i18n';
import { Button } from '../basic';
import { CheckField, Form, TextField, useForm } from '../form';
import { Sheet } from '../overlay';
import { useOrganization } from '../organization';
import type { SavedView } from './saved-views';
import { toast } from '../toast';

export default function ViewSheet({ page, query, view, mayShare, onSaved, onClose }: {
  page: string; query: string; view?: SavedView; mayShare: boolean; onSaved?: (view: SavedView) => void; onClose: () => void;
}) {
  const { t } = useTexts('lists');
  const { side } = useOrganization();
  const client = useQueryClient();
  const form = useForm({
    initial: { name: view?.name ?? '', shared: view?.is_shared ?? false }, pointers: ['/name'],
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: ({ name, shared }, key) => {
      const body = { name: name.trim(), is_shared: shared };
      return view ? api('patch', '/api/saved-views/{saved_view_id}', { path: { saved_view_id: view.id }, key, body }) : api('post', '/api/saved-views', { key, body: { ...body, page, query } });
    },
    done: (saved) => { toast(t('viewSaved')); void client.invalidateQueries({ queryKey: ['/api/saved-views'] }); onSaved?.(saved); onClose(); },
  });
  return (
    <Sheet title={t(view ? 'viewEdit' : 'saveView')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('save')}</Button></>}>
      <Form form={form}>
        {!view && <p className="quiet">{t('saveViewWhat')}</p>}
        <TextField label={t('name')} value={form.values.name} onChange={(value) => form.set('name', value.slice(0, 60))} error={form.error('/name')} />
        {(mayShare || form.values.shared) && <CheckField label={t('shareView')} help={t(side === 'portal' ? 'shareViewTeam' : 'shareViewWhat')} checked={form.values.shared} onChange={(value) => form.set('shared', value)} />}
      </Form>
    </Sheet>
  );
}
