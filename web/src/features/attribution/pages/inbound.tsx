// Events that billing systems sent, and the addresses they come to.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Copyable, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Menu, Sheet } from '../../../ui/overlay';
import { Page, Tabs } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { useOrganization } from '../../../ui/organization';

type Endpoint = schemas['InboundEndpoint'];
type Event = schemas['InboundEvent'];

export function Inbound() {
  const { t } = useTexts('attribution');
  const { base } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const tab = search['tab'] === 'endpoints' ? 'endpoints' : 'events';
  return (
    <Page title={t('inbound')} context={t('inboundWhat')} actions={can('integrations.manage') && <Button variant="primary" onClick={() => set({ new: '1' })}><Plus size={16} aria-hidden />{t('newEndpoint')}</Button>}>
      <Tabs label={t('inbound')} current={tab} tabs={[{ id: 'events', label: t('events'), href: `${base}/inbound` }, { id: 'endpoints', label: t('endpoints'), href: `${base}/inbound?tab=endpoints` }]} />
      {tab === 'events' ? <Events /> : <Endpoints />}
      {search['new'] && <NewEndpoint onClose={() => set({ new: undefined, tab: 'endpoints' })} />}
    </Page>
  );
}

function Events() {
  const { t } = useTexts('attribution');
  return (
    <List<Event> name="inbound-events" label={t('events')} path="/api/inbound-events" id={(one) => one.id} live
      columns={[
        { id: 'event', head: t('event'), cell: (one) => <span className="two"><span>{one.event_id}</span><span className="faint small">{one.provider}</span></span> },
        { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
        { id: 'attempts', head: t('attempts'), num: true, cell: (one) => one.attempts },
        { id: 'error', head: t('error'), alone: true, cell: (one) => one.error && <span className="two"><span title={one.error} lang="en">{one.error}</span></span> },
        { id: 'received', head: t('received'), cell: (one) => <Time at={one.received_at} as="time" /> },
        { id: 'processed', head: t('processed'), cell: (one) => <Time at={one.processed_at} as="time" /> },
      ]}
      views={[{ id: 'all', label: t('view.all'), search: {} }, ...(['parked', 'failed', 'received', 'processed'] as const).map((one) => ({ id: one, label: t(`status.${one}`), search: { state: one } }))]}
      filters={[{ name: 'state', label: t('state'), options: (['received', 'processed', 'failed', 'parked'] as const).map((one) => [one, t(`status.${one}`)]) }, { name: 'dates', label: t('dates'), dates: true }]}
      empty={{ title: t('noEvents'), text: t('noEventsWhat') }} />
  );
}

function Endpoints() {
  const { t } = useTexts('attribution');
  const can = useCan();
  const [archiving, setArchiving] = useState<Endpoint | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const rotate = useAct((id: string, key: string) => api('post', '/api/inbound-endpoints/{endpoint_id}/secrets', { path: { endpoint_id: id }, body: {}, key }), (made) => setSecret(made.secret));
  const archive = useAct((id: string, key: string) => api('post', '/api/inbound-endpoints/{endpoint_id}/archiving', { path: { endpoint_id: id }, key }), () => { setArchiving(null); toast(t('endpointArchived')); });
  return (
    <>
      <List<Endpoint> name="inbound-endpoints" label={t('endpoints')} path="/api/inbound-endpoints" id={(one) => one.id}
        columns={[
          { id: 'name', head: t('name'), cell: (one) => one.name },
          { id: 'provider', head: t('provider'), cell: (one) => t(`provider.${one.provider}`) },
          { id: 'address', head: t('address'), alone: true, cell: (one) => <Copyable text={location.origin + one.path} label={t('copyAddress')} /> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={one.state} /> },
          { id: 'created', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (one.state === 'active' && can('integrations.manage') ? <Menu label={`${t('action')}: ${one.name}`} button={t('action')} buttonClass="btn btn-ghost" entries={[{ label: t('rotateSecret'), onPick: () => rotate.mutate(one.id) }, { label: t('archive'), danger: true, onPick: () => setArchiving(one) }]} /> : null) },
        ]}
        empty={{ title: t('noEndpoints'), text: t('noEndpointsWhat') }} />
      {archiving && <Confirm danger title={t('archiveEndpoint', { name: archiving.name })} verb={t('archive')} busy={archive.isPending} error={archive.error} onConfirm={() => archive.mutate(archiving.id)} onClose={() => setArchiving(null)}>{t('archiveEndpointWhat')}</Confirm>}
      {secret && <Sheet title={t('newSecret')} onClose={() => setSecret(null)}><div className="stack"><p>{t('secretOnce')}</p><Copyable text={secret} label={t('copySecret')} /><p className="quiet">{t('oldSecret')}</p></div></Sheet>}
    </>
  );
}

function NewEndpoint({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('attribution');
  const client = useQueryClient();
  const [made, setMade] = useState<schemas['InboundEndpointWithSecret'] | null>(null);
  const form = useForm({
    initial: { provider: 'generic', name: '', secret: '' }, pointers: ['/name', '/secret', '/provider'],
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: (values, key) => api('post', '/api/inbound-endpoints', { key, body: { provider: values.provider as 'generic', name: values.name.trim(), ...(values.secret.trim() ? { secret: values.secret.trim() } : {}) } }),
    done: (endpoint) => { setMade(endpoint); void client.invalidateQueries(); },
  });
  if (made)
    return <Sheet title={made.name} onClose={onClose} foot={<Button variant="primary" onClick={onClose}>{t('close')}</Button>}><div className="stack"><p>{t('sendHere')}</p><Copyable text={location.origin + made.path} label={t('copyAddress')} />{made.secret && <><p>{t('secretOnce')}</p><Copyable text={made.secret} label={t('copySecret')} /></>}</div></Sheet>;
  return (
    <Sheet title={t('newEndpoint')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeEndpoint')}</Button></>}>
      <Form form={form}>
        <SelectField label={t('provider')} value={form.values.provider} onChange={(value) => form.set('provider', value)} options={(['generic', 'stripe', 'chartmogul'] as const).map((one) => [one, t(`provider.${one}`)])} />
        <TextField label={t('name')} value={form.values.name} onChange={(value) => form.set('name', value)} error={form.error('/name')} />
        {form.values.provider !== 'generic' && <TextField label={t(form.values.provider === 'stripe' ? 'stripeSecret' : 'chartmogulKey')} help={t('secretHelp')} value={form.values.secret} onChange={(value) => form.set('secret', value)} error={form.error('/secret')} />}
      </Form>
    </Sheet>
  );
}
