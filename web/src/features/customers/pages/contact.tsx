// One person: what is known, the duplicate that is the same person, all that is kept about it, and its erasure.
import { useParams } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { DownloadButton } from '../../../ui/download-button';
import { Form, TextField, useForm } from '../../../ui/form';
import { Confirm, Menu, Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';

type ContactRow = schemas['Contact'];
const nameOf = (one: ContactRow) => one.name ?? one.email ?? one.phone ?? one.id;

export function Contact() {
  const { t } = useTexts('customers');
  const { base } = useOrganization();
  const { id } = useParams({ strict: false }) as { id: string };
  const can = useCan();
  const [search, set] = useUrlState();
  const [asked, setAsked] = useState<'merge' | 'erase' | null>(null);
  const contact = useRead('/api/contacts/{contact_id}', { path: { contact_id: id } });
  const one = contact.data;
  const isLive = one !== undefined && !one.erased_at && !one.merged_into && can('customers.manage');
  return (
    <Page title={one ? (one.erased_at ? t('erasedPerson') : nameOf(one)) : t('contact')} badge={one?.erased_at ? <Status of="archived" text={t('erased')} /> : one?.merged_into ? <Status of="archived" text={t('merged')} /> : undefined} back={{ href: `${base}/contacts`, label: t('contacts') }}
      actions={isLive && <><Button onClick={() => set({ edit: '1' })}><Pencil size={16} aria-hidden />{t('edit')}</Button>
        <Menu label={t('action')} button={t('action')} entries={[{ label: t('merge'), onPick: () => setAsked('merge') }, { label: t('erase'), danger: true, onPick: () => setAsked('erase') }]} /></>}>
      <Loaded from={contact}>{(data) => (
        <div className="split">
          {can('customers.manage') ? <Personal contact={data} /> : <div />}
          <Card title={t('facts')}><Facts rows={[
            [t('email'), data.email], [t('phone'), data.phone], [t('name'), data.name], [t('country'), data.country], [t('language'), data.locale],
            data.merged_into !== null && [t('sameAs'), <A key="m" className="link" href={`${base}/contacts/${data.merged_into}`}>{t('openContact')}</A>],
            data.erased_at !== null && [t('erased'), <Time key="x" at={data.erased_at} as="time" />],
            [t('created'), <Time key="c" at={data.created_at} as="time" />], [t('updated'), <Time key="u" at={data.updated_at} as="time" />],
          ]} /></Card>
        </div>
      )}</Loaded>
      {search['edit'] && one && <EditContact contact={one} onClose={() => set({ edit: undefined })} />}
      {asked === 'merge' && one && <Merge contact={one} onClose={() => setAsked(null)} />}
      {asked === 'erase' && one && <Erase contact={one} onClose={() => setAsked(null)} />}
    </Page>
  );
}

/** All that is kept about a person, as it may be asked for; shown only when somebody asks. */
function Personal({ contact }: { contact: ContactRow }) {
  const { t, has } = useTexts('customers');
  const [shown, setShown] = useState(false);
  const data = useRead('/api/contacts/{contact_id}/personal-data', { path: { contact_id: contact.id } }, { enabled: shown });
  return (
    <Card title={t('personalData')} actions={<DownloadButton variant="ghost" label={t('exportCsv')} path="/api/contacts/{contact_id}/personal-data" values={{ contact_id: contact.id }} query={{ format: 'csv' }} name={`personal-data-${contact.id}.csv`} />}>
      <div className="stack">
        <p className="quiet">{t('personalDataWhat')}</p>
        {!shown ? <div><Button onClick={() => setShown(true)}>{t('showPersonalData')}</Button></div> : (
          <Loaded from={data}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('nothingKept')}</p> : <ul className="list">{page.items.map((one, i) => (
            // Records of a section have no id of their own here.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={i}><div className="grow stack tight"><strong>{has(`section.${one.section}`) ? t(`section.${one.section}`) : one.section}</strong><code className="pre">{JSON.stringify(one.data, null, 1)}</code></div></li>
          ))}</ul>)}</Loaded>
        )}
      </div>
    </Card>
  );
}

const fields = ['name', 'email', 'phone', 'country', 'locale'] as const;

function EditContact({ contact, onClose }: { contact: ContactRow; onClose: () => void }) {
  const { t } = useTexts('customers');
  const client = useQueryClient();
  const before = Object.fromEntries(fields.map((name) => [name, contact[name] ?? ''])) as Record<(typeof fields)[number], string>;
  const form = useForm({
    initial: before, pointers: fields.map((name) => `/${name}`),
    send: (values, key) => api('patch', '/api/contacts/{contact_id}', { path: { contact_id: contact.id }, key, body: Object.fromEntries(fields.filter((name) => values[name] !== before[name]).map((name) => [name, values[name].trim() || null])) }),
    done: () => { toast(t('saved')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('edit')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></>}>
      <Form form={form}>{fields.map((name) => <TextField key={name} label={t(name === 'locale' ? 'language' : name)} optional value={form.values[name]} onChange={(value) => form.set(name, name === 'country' ? value.toUpperCase() : value)} error={form.error(`/${name}`)} />)}</Form>
    </Sheet>
  );
}

function Merge({ contact, onClose }: { contact: ContactRow; onClose: () => void }) {
  const { t } = useTexts('customers');
  const [duplicate, setDuplicate] = useState<{ id: string; label: string } | null>(null);
  const act = useAct((id: string, key) => api('post', '/api/contacts/{contact_id}/merging', { path: { contact_id: contact.id }, key, body: { duplicate_id: id } }), () => { toast(t('mergedNow')); onClose(); });
  const search = async (text: string) => (await api('get', '/api/contacts', { query: { ...(text ? { q: text } : {}), limit: 9 } })).items.filter((one) => one.id !== contact.id && !one.merged_into && !one.erased_at).map((one) => ({ id: one.id, label: nameOf(one), hint: one.email ?? one.phone ?? '' }));
  return (
    <Sheet title={t('mergeInto', { name: nameOf(contact) })} onClose={onClose} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button variant="primary" busy={act.isPending} reason={duplicate ? undefined : t('chooseDuplicate')} onClick={() => duplicate && act.mutate(duplicate.id)}>{t('merge')}</Button></>}>
      <div className="stack">
        <p className="quiet">{t('mergeWhat')}</p>
        {act.error ? <ProblemNotice error={act.error} /> : null}
        <Combobox label={t('duplicate')} placeholder={t('duplicate')} value={duplicate?.label ?? ''} searchKey="contacts" search={search} onPick={(choice) => setDuplicate({ id: choice.id, label: choice.label })} autoFocus />
      </div>
    </Sheet>
  );
}

/** Cannot be undone: the name or address is typed to confirm it. */
function Erase({ contact, onClose }: { contact: ContactRow; onClose: () => void }) {
  const { t } = useTexts('customers');
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const wanted = contact.email ?? contact.phone ?? contact.name ?? contact.id;
  const act = useAct((_: void, key) => api('post', '/api/contacts/{contact_id}/erasure', { path: { contact_id: contact.id }, key }), () => { toast(t('erasedNow')); onClose(); });
  const isRight = typed.trim().toLowerCase() === wanted.toLowerCase();
  return (
    <Confirm danger title={t('eraseAsk', { name: nameOf(contact) })} verb={t('erase')} busy={act.isPending} error={act.error} onConfirm={() => { setTried(true); if (isRight) act.mutate(); }} onClose={onClose}>
      <div className="stack"><p>{t('eraseWhat')}</p>
        <TextField label={t('typeToConfirm', { text: wanted })} value={typed} onChange={setTyped} error={tried && !isRight ? t('typeExactly') : undefined} /></div>
    </Confirm>
  );
}
