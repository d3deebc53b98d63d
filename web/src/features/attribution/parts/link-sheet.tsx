// A link: its address, QR code and figures; or the form of a new one.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { AskReason } from '../../../ui/ask';
import { Button, Copyable, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { Field, Form, TextField, useForm } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Confirm, Sheet } from '../../../ui/overlay';
import { Facts, Loaded } from '../../../ui/page';
import { Qr } from '../../../ui/qr';
import { toast } from '../../../ui/toast';
import { useState } from 'react';
import { PartnerName, searchPartners, usePartnerName } from '../../partners/parts/partner-name';

export function LinkSheet({ id, partner, onClose }: { id: string | undefined; partner: string | undefined; onClose: () => void }) {
  return id ? <OneLink id={id} onClose={onClose} /> : <NewLink partner={partner} onClose={onClose} />;
}

function OneLink({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, has } = useTexts('attribution');
  const can = useCan();
  const { side } = useOrganization();
  const [asked, setAsked] = useState(false);
  const [pausing, setPausing] = useState(false);
  const link = useRead('/api/links/{link_id}', { path: { link_id: id } });
  const archive = useAct((_: null, key: string) => api('post', '/api/links/{link_id}/archiving', { path: { link_id: id }, key }), () => { setAsked(false); toast(t('linkArchived')); });
  const pause = useAct((reason: string, key: string) => api('post', '/api/links/{link_id}/pause', { path: { link_id: id }, key, body: { reason } }), () => { setPausing(false); toast(t('linkPaused')); });
  const resume = useAct((_: null, key: string) => api('post', '/api/links/{link_id}/resumption', { path: { link_id: id }, key }), () => toast(t('linkResumed')));
  const state = link.data?.state;
  const isStaff = side === 'console';
  return (
    <Sheet title={t('link')} onClose={onClose} foot={state !== undefined && state !== 'archived' && can('links.manage') && <>
      <Button onClick={() => setAsked(true)}>{t('archive')}</Button>
      {isStaff && state === 'active' && <Button onClick={() => setPausing(true)}>{t('pauseLink')}</Button>}
      {isStaff && state === 'paused' && <Button variant="primary" busy={resume.isPending} onClick={() => resume.mutate(null)}>{t('resumeLink')}</Button>}</>}>
      <Loaded from={link}>{(one) => {
        const url = `${location.origin}/r/${one.code}`;
        return (
          <div className="stack">
            {resume.error ? <ProblemNotice error={resume.error} /> : null}
            {one.state === 'paused' && <p>{t('pausedWhat')} {has(`pausedBy.${one.state_reason}`) ? t(`pausedBy.${one.state_reason}`) : one.state_reason}</p>}
            <Copyable text={url} label={t('copyLink')} />
            <Qr text={url} label={t('qrOf', { url })} />
            <Facts rows={[[t('label'), one.label], [t('partner'), <PartnerName key="p" id={one.partner_id} link />], [t('destination'), <a key="d" className="inline-link" href={one.destination} target="_blank" rel="noreferrer noopener">{one.destination}</a>], [t('state'), <Status key="s" of={one.state} />], [t('created'), <Time key="c" at={one.created_at} as="time" />]]} />
            {can('links.manage') && one.state === 'active' && <EditLink key={one.updated_at} id={id} label={one.label ?? ''} destination={one.destination} />}
          </div>
        );
      }}</Loaded>
      {asked && <Confirm danger title={t('archiveLink')} verb={t('archive')} busy={archive.isPending} error={archive.error} onConfirm={() => archive.mutate(null)} onClose={() => setAsked(false)}>{t('archiveLinkWhat')}</Confirm>}
      {pausing && <AskReason danger title={t('pauseLinkAsk')} what={t('pauseLinkWhat')} verb={t('pauseLink')} help={t('pauseLinkHelp')} busy={pause.isPending} error={pause.error} onConfirm={(reason) => pause.mutate(reason)} onClose={() => { pause.reset(); setPausing(false); }} />}
    </Sheet>
  );
}

function EditLink({ id, label, destination }: { id: string; label: string; destination: string }) {
  const { t } = useTexts('attribution');
  const client = useQueryClient();
  const form = useForm({
    initial: { label, destination }, pointers: ['/label', '/destination'],
    send: (values, key) => api('patch', '/api/links/{link_id}', { path: { link_id: id }, key, body: { destination: values.destination.trim(), label: values.label.trim() || null } }),
    done: () => { toast(t('saved')); void client.invalidateQueries(); },
  });
  return (
    <Form form={form}>
      <TextField label={t('label')} optional value={form.values.label} onChange={(value) => form.set('label', value)} error={form.error('/label')} />
      <TextField label={t('destination')} type="url" inputMode="url" value={form.values.destination} onChange={(value) => form.set('destination', value)} error={form.error('/destination')} />
      <div><Button type="submit" busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></div>
    </Form>
  );
}

function NewLink({ partner, onClose }: { partner: string | undefined; onClose: () => void }) {
  const { t } = useTexts('attribution');
  const client = useQueryClient();
  const [whose, setWhose] = useState(partner ?? '');
  const name = usePartnerName(whose);
  const form = useForm({
    initial: { partner: partner ?? '', destination: '', code: '', label: '' }, pointers: ['/destination', '/code', '/label', '/partner'],
    check: (values) => ({ ...(values.partner ? {} : { '/partner': t('field.required') }), ...(values.destination.trim() ? {} : { '/destination': t('field.required') }) } as Record<string, string>),
    send: (values, key) => api('post', '/api/partners/{partner_id}/links', { path: { partner_id: values.partner }, key, body: { destination: values.destination.trim(), ...(values.code.trim() ? { code: values.code.trim() } : {}), ...(values.label.trim() ? { label: values.label.trim() } : {}) } }),
    done: () => { toast(t('linkMade')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('newLink')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeLink')}</Button></>}>
      <Form form={form}>
        {!partner && <Field label={t('partner')} error={form.error('/partner')}>{(attributes) => <Combobox label={t('partner')} attributes={attributes} value={whose ? name : ''} searchKey="partners" search={searchPartners} onPick={(choice) => { setWhose(choice.id); form.set('partner', choice.id); }} />}</Field>}
        <TextField label={t('destination')} help={t('destinationHelp')} type="url" inputMode="url" placeholder="https://" value={form.values.destination} onChange={(value) => form.set('destination', value)} error={form.error('/destination')} />
        <TextField label={t('code')} help={t('codeHelp')} optional value={form.values.code} onChange={(value) => form.set('code', value)} error={form.error('/code')} />
        <TextField label={t('label')} help={t('labelHelp')} optional value={form.values.label} onChange={(value) => form.set('label', value)} error={form.error('/label')} />
      </Form>
    </Sheet>
  );
}
