// What staff keeps about a partner: tags, who brought it, and notes. The partner sees none of it.
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button, ProblemNotice, Time } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { TextField } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { MemberName } from '../../identity/parts/member-name';
import { PartnerName, searchPartners } from './partner-name';

export function About({ partner }: { partner: string }) {
  return <div className="split"><Notes partner={partner} /><div className="stack"><Tags partner={partner} /><Parent partner={partner} /></div></div>;
}

function Tags({ partner }: { partner: string }) {
  const { t } = useTexts('partners');
  const can = useCan();
  const path = { partner_id: partner };
  const tags = useRead('/api/partners/{partner_id}/tags', { path });
  const put = useAct((next: string[], key) => api('put', '/api/partners/{partner_id}/tags', { path, key, body: { tags: next } }));
  const now = tags.data?.tags ?? [];
  const known = async (text: string) => {
    const found = (await api('get', '/api/partner-tags')).items.filter((one) => one.tag.toLowerCase().includes(text.toLowerCase()) && !now.includes(one.tag)).map((one) => ({ id: one.tag, label: one.tag, hint: String(one.partners) }));
    const typed = text.trim();
    return [...found.slice(0, 8), ...(typed && !now.includes(typed) && !found.some((one) => one.id === typed) ? [{ id: typed, label: t('newTag', { tag: typed }) }] : [])];
  };
  return (
    <Card title={t('tags')}>
      <div className="stack">
        {put.error ? <ProblemNotice error={put.error} /> : null}
        <Loaded from={tags} lines={1}>{() => (now.length === 0 ? <p className="quiet">{t('noTags')}</p> : <ul className="row">{now.map((tag) => <li key={tag} className="chip on"><span className="clip">{tag}</span>{can('partners.manage') && <button type="button" className="chip-clear" aria-label={t('removeTag', { tag })} onClick={() => put.mutate(now.filter((one) => one !== tag))}>×</button>}</li>)}</ul>)}</Loaded>
        {can('partners.manage') && <Combobox key={now.join(' ')} label={t('addTag')} placeholder={t('addTag')} searchKey={`tags-${now.join(' ')}`} search={known} onPick={(choice) => put.mutate([...now, choice.id])} />}
      </div>
    </Card>
  );
}

function Parent({ partner }: { partner: string }) {
  const { t } = useTexts('partners');
  const can = useCan();
  const [changing, setChanging] = useState(false);
  const path = { partner_id: partner };
  const parent = useRead('/api/partners/{partner_id}/parent', { path });
  const put = useAct((to: string | null, key) => api('put', '/api/partners/{partner_id}/parent', { path, key, body: { parent_id: to } }), () => { setChanging(false); toast(t('saved')); });
  return (
    <Card title={t('broughtBy')} actions={can('partners.manage') && !changing && <Button variant="ghost" onClick={() => setChanging(true)}>{t('change')}</Button>}>
      <div className="stack">
        <p className="quiet">{t('broughtByWhat')}</p>
        {put.error ? <ProblemNotice error={put.error} /> : null}
        <Loaded from={parent} lines={1}>{(one) => (one.parent_id ? <div className="row"><PartnerName id={one.parent_id} link />{changing && <Button variant="ghost" busy={put.isPending} onClick={() => put.mutate(null)}>{t('nobodyBrought')}</Button>}</div> : <p>{t('broughtByNobody')}</p>)}</Loaded>
        {changing && <><Combobox label={t('searchPartner')} placeholder={t('searchPartner')} searchKey="partners" search={async (text) => (await searchPartners(text)).filter((one) => one.id !== partner)} onPick={(choice) => put.mutate(choice.id)} autoFocus /><div><Button onClick={() => { put.reset(); setChanging(false); }}>{t('cancel')}</Button></div></>}
      </div>
    </Card>
  );
}

function Notes({ partner }: { partner: string }) {
  const { t } = useTexts('partners');
  const can = useCan();
  const [text, setText] = useState('');
  const notes = useRead('/api/partners/{partner_id}/notes', { path: { partner_id: partner }, query: { limit: 100 } });
  const write = useAct((body: string, key) => api('post', '/api/partners/{partner_id}/notes', { path: { partner_id: partner }, key, body: { body } }), () => setText(''));
  return (
    <Card title={t('notes')}>
      <div className="stack">
        {can('partners.manage') && <form className="form" onSubmit={(event) => { event.preventDefault(); if (text.trim() && !write.isPending) write.mutate(text.trim()); }}>
          {write.error ? <ProblemNotice error={write.error} /> : null}
          <TextField area label={t('newNote')} help={t('notesWhat')} value={text} onChange={setText} />
          <div><Button type="submit" busy={write.isPending} {...(text.trim() ? {} : { reason: t('nothingChanged') })}>{t('keepNote')}</Button></div>
        </form>}
        <Loaded from={notes} lines={2}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noNotes')}</p> : <ul className="list">{page.items.map((one) => <Note key={one.id} note={one} />)}</ul>)}</Loaded>
      </div>
    </Card>
  );
}

function Note({ note }: { note: schemas['PartnerNote'] }) {
  const { t } = useTexts('partners');
  const can = useCan();
  const [text, setText] = useState<string | null>(null);
  const [deleting, setDeleting] = useState(false);
  const path = { partner_note_id: note.id };
  const save = useAct((body: string, key) => api('patch', '/api/partner-notes/{partner_note_id}', { path, key, body: { body } }), () => setText(null));
  const remove = useAct((_: void, key) => api('delete', '/api/partner-notes/{partner_note_id}', { path, key }), () => { setDeleting(false); toast(t('noteDeleted')); });
  return (
    <li>
      <div className="grow stack tight">
        {text === null ? <p className="pre">{note.body}</p> : <TextField area label={t('note')} value={text} onChange={setText} />}
        {save.error ? <ProblemNotice error={save.error} /> : null}
        <span className="small quiet"><MemberName id={note.author_id} /> · <Time at={note.created_at} as="time" />{note.updated_at !== note.created_at && <> · {t('changed')} <Time at={note.updated_at} as="time" /></>}</span>
        {can('partners.manage') && <div className="row">{text === null
          ? <><Button variant="ghost" onClick={() => setText(note.body)}>{t('edit')}</Button><Button variant="ghost" onClick={() => setDeleting(true)}>{t('delete')}</Button></>
          : <><Button variant="primary" busy={save.isPending} onClick={() => (text.trim() ? save.mutate(text.trim()) : undefined)}>{t('save')}</Button><Button onClick={() => { save.reset(); setText(null); }}>{t('cancel')}</Button></>}</div>}
      </div>
      {deleting && <Confirm danger title={t('deleteNote')} verb={t('delete')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={() => setDeleting(false)}>{note.body.slice(0, 200)}</Confirm>}
    </li>
  );
}
