// API keys and site keys. A secret is shown once; revoking acts within a second.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button, Copyable, Status, Time } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Page, Tabs } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { ApiKeys, NewApiKey } from '../parts/api-keys';

type SiteKey = schemas['SiteKey'];

export function KeysPage() {
  const { t } = useTexts('identity');
  const { base, side } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const isSite = side === 'console' && search['tab'] === 'site';
  const start = () => set({ new: '1' });
  useKeys({ c: can('keys.manage') ? start : undefined });
  return (
    <Page title={t(side === 'console' ? 'keys' : 'apiKeys')} context={t(isSite ? 'siteKeysWhat' : 'apiKeysWhat')} actions={can('keys.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t(isSite ? 'newSiteKey' : 'newApiKey')}</Button>}>
      {side === 'console' && <Tabs label={t('keys')} current={isSite ? 'site' : 'api'} tabs={[{ id: 'api', label: t('apiKeys'), href: `${base}/keys` }, { id: 'site', label: t('siteKeys'), href: `${base}/keys?tab=site` }]} />}
      {isSite ? <SiteKeys /> : <ApiKeys />}
      {search['new'] && (isSite ? <NewSiteKey onClose={() => set({ new: undefined })} /> : <NewApiKey onClose={() => set({ new: undefined })} />)}
    </Page>
  );
}

function SiteKeys() {
  const { t } = useTexts('identity');
  const [revoking, setRevoking] = useState<SiteKey | null>(null);
  const revoke = useAct((id: string, key: string) => api('post', '/api/site-keys/{site_key_id}/revocation', { path: { site_key_id: id }, key }), () => { setRevoking(null); toast(t('revoked')); });
  return (
    <>
      <List<SiteKey> name="site-keys" label={t('siteKeys')} path="/api/site-keys" id={(one) => one.id}
        columns={[
          { id: 'name', head: t('name'), cell: (one) => one.name },
          { id: 'key', head: t('key'), alone: true, cell: (one) => <Copyable text={one.key} label={t('copyKey')} /> },
          { id: 'origins', head: t('origins'), alone: true, cell: (one) => one.allowed_origins.join(', ') },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.revoked_at ? 'revoked' : 'active'} /> },
          { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (one.revoked_at ? null : <Button variant="ghost" onClick={() => setRevoking(one)}>{t('revoke')}</Button>) },
        ]}
        empty={{ title: t('noSiteKeys'), text: t('noSiteKeysWhat') }} />
      {revoking && <Confirm danger title={t('revokeKey', { name: revoking.name })} verb={t('revoke')} busy={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate(revoking.id)} onClose={() => setRevoking(null)}>{t('revokeWhat')}</Confirm>}
    </>
  );
}

function NewSiteKey({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('identity');
  const client = useQueryClient();
  const form = useForm({
    initial: { name: '', origins: '' }, pointers: ['/name', '/allowed_origins'],
    check: (values) => ({ ...(values.name.trim() ? {} : { '/name': t('field.required') }), ...(values.origins.trim() ? {} : { '/allowed_origins': t('field.required') }) } as Record<string, string>),
    send: (values, key) => api('post', '/api/site-keys', { key, body: { name: values.name.trim(), allowed_origins: values.origins.split(/[\s,]+/).filter(Boolean) } }),
    done: () => { toast(t('keyMade')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('newSiteKey')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeKey')}</Button></>}>
      <Form form={form}>
        <TextField label={t('name')} value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        <TextField area label={t('origins')} help={t('originsHelp')} value={form.values.origins} onChange={(value) => form.set('origins', value)} error={form.error('/allowed_origins') ?? form.error('/allowed_origins/0')} />
      </Form>
    </Sheet>
  );
}
