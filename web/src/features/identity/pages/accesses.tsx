// Break-glass: an operator of the platform opens an organization for a reason and some hours, and ends it.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { isPlatform, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Empty, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { Card, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';

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

function OpenAccess({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('identity');
  const client = useQueryClient();
  const form = useForm({
    initial: { organization: '', reason: '', mode: 'read' as string, hours: '1' }, pointers: ['/organization', '/reason', '/mode', '/hours'],
    check: (values) => Object.fromEntries((['organization', 'reason'] as const).filter((name) => !values[name].trim()).map((name) => [`/${name}`, t('field.required')])),
    send: (values, key) => api('post', '/api/platform/accesses', { key, body: { organization: values.organization.trim(), reason: values.reason.trim(), mode: values.mode as 'read' | 'write', hours: Number(values.hours) } }),
    done: (made) => { toast(t('accessOpened', { name: made.organization.name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('openAccess')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('openAccess')}</Button></>}>
      <Form form={form}>
        <TextField label={t('organizationSlug')} help={t('organizationSlugHelp')} value={form.values.organization} onChange={(value) => form.set('organization', value)} error={form.error('/organization')} />
        <TextField label={t('accessReason')} help={t('accessReasonHelp')} area value={form.values.reason} onChange={(value) => form.set('reason', value)} error={form.error('/reason')} />
        <SelectField label={t('accessMode')} value={form.values.mode} onChange={(value) => form.set('mode', value)} options={(['read', 'write'] as const).map((one) => [one, t(`accessMode.${one}`)])} error={form.error('/mode')} />
        <SelectField label={t('hours')} value={form.values.hours} onChange={(value) => form.set('hours', value)} options={[1, 2, 4, 8].map((count) => [String(count), t('hoursOf', { count })])} error={form.error('/hours')} />
      </Form>
    </Sheet>
  );
}
