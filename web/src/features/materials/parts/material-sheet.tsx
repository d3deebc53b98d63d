// A material's form. A picture is made first and its file sent next, by the same keys when it is tried again.
import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button, IconButton } from '../../../ui/basic';
import { Combobox, type Choice } from '../../../ui/combobox';
import { Field, Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { isPicture, kinds, largestPicture, type Kind, type Material } from '../model';
import { MaterialPicture } from './picture';

const pointers = ['/kind', '/name', '/body', '/destination', '/file', '/deal_ids'];
interface Values { kind: Kind; name: string; body: string; destination: string; file: File | null; isForDeals: boolean; deals: string[] }

async function searchDeals(text: string): Promise<Choice[]> {
  const [deals, partners] = await Promise.all([api('get', '/api/deals', { query: { state: 'active', limit: 200 } }), api('get', '/api/partners', { query: { limit: 200 } })]);
  const names = new Map(partners.items.map((one) => [one.id, one.name]));
  const wanted = text.trim().toLowerCase();
  return deals.items.map((one) => ({ id: one.id, label: one.name, hint: names.get(one.partner_id) ?? '' }))
    .filter((one) => `${one.label} ${one.hint}`.toLowerCase().includes(wanted)).slice(0, 8);
}

/** What every kind asks, in the order of the form. */
function Fields({ values, set, error, of }: { values: Values; set: <K extends keyof Values>(name: K, value: Values[K]) => void; error: (pointer: string) => string | undefined; of?: Material }) {
  const { t } = useTexts('materials');
  return (
    <>
      {!of && <SelectField label={t('kind')} value={values.kind} onChange={(value) => set('kind', value as Kind)} options={kinds.map((one) => [one, t(`kind.${one}`)])} error={error('/kind')} />}
      <TextField label={t('name')} help={isPicture(values.kind) ? t('pictureNameHelp') : t('nameHelp')} value={values.name} onChange={(value) => set('name', value)} error={error('/name')} />
      {values.kind === 'text' && <TextField area label={t('text')} help={t('textHelp', { link: '{link}', coupon: '{coupon}', partner: '{partner}' })} value={values.body} onChange={(value) => set('body', value)} error={error('/body')} />}
      {values.kind === 'link' && <TextField label={t('destination')} help={t('destinationHelp')} type="url" inputMode="url" placeholder="https://" value={values.destination} onChange={(value) => set('destination', value)} error={error('/destination')} />}
      {of && isPicture(of.kind) && of.size !== null && <MaterialPicture of={of} />}
      {isPicture(values.kind) && <Field label={of?.size ? t('anotherFile') : t('file')} optional={Boolean(of)} help={t('fileHelp')} error={error('/file')}>{(attributes) => <input {...attributes} className="input" type="file" accept="image/png,image/jpeg" onChange={(event) => set('file', event.target.files?.[0] ?? null)} />}</Field>}
      <SelectField label={t('whose')} value={values.isForDeals ? 'deals' : 'all'} onChange={(value) => set('isForDeals', value === 'deals')} options={[['all', t('ofAll')], ['deals', t('ofChosen')]]} />
      {values.isForDeals && <Field label={t('deals')} error={error('/deal_ids')}>{(attributes) => <Combobox label={t('deals')} attributes={attributes} value="" searchKey="deals-of-materials" search={searchDeals} onPick={(choice) => set('deals', [...new Set([...values.deals, choice.id])])} />}</Field>}
      {values.isForDeals && values.deals.length > 0 && <ul className="list">{values.deals.map((id) => <li key={id}><span className="grow"><DealName id={id} /></span><IconButton label={t('takeOut')} onClick={() => set('deals', values.deals.filter((one) => one !== id))}><X size={16} aria-hidden /></IconButton></li>)}</ul>}
    </>
  );
}

function DealName({ id }: { id: string }) {
  const deal = useRead('/api/deals/{deal_id}', { path: { deal_id: id } });
  const partner = useRead('/api/partners/{partner_id}', { path: { partner_id: deal.data?.partner_id ?? '' } }, { enabled: deal.data !== undefined });
  return <>{deal.data?.name ?? '…'}{partner.data && <span className="quiet"> · {partner.data.name}</span>}</>;
}

function useCheck(isNew: boolean) {
  const { t } = useTexts('materials');
  return (values: Values): Record<string, string> => ({
    ...(values.name.trim() ? {} : { '/name': t('field.required') }),
    ...(values.kind === 'text' && !values.body.trim() ? { '/body': t('field.required') } : {}),
    ...(values.kind === 'link' && !values.destination.trim() ? { '/destination': t('field.required') } : {}),
    ...(isPicture(values.kind) && isNew && !values.file ? { '/file': t('chooseFile') } : {}),
    ...(values.file && values.file.size > largestPicture ? { '/file': t('fileTooLarge') } : {}),
    ...(values.isForDeals && values.deals.length === 0 ? { '/deal_ids': t('chooseDeal') } : {}),
  });
}

const sendFile = async (id: string, file: File | null, key: string) => {
  if (file) await api('put', '/api/materials/{material_id}/content', { path: { material_id: id }, key: `${key}-file`, file });
};

export function NewMaterial({ onClose }: { onClose: () => void }) {
  const { t } = useTexts('materials');
  const client = useQueryClient();
  const [made, setMade] = useState<string | null>(null);
  const initial: Values = { kind: 'text', name: '', body: '', destination: '', file: null, isForDeals: false, deals: [] };
  const form = useForm({
    initial, pointers, check: useCheck(true),
    send: async (values, key) => {
      // The file may be refused after the material was made: what is tried again is the file alone.
      const id = made ?? (await api('post', '/api/materials', { key, body: {
        kind: values.kind, name: values.name.trim(), ...(values.kind === 'text' ? { body: values.body } : {}), ...(values.kind === 'link' ? { destination: values.destination.trim() } : {}), ...(values.isForDeals ? { deal_ids: values.deals } : {}),
      } })).id;
      setMade(id);
      if (isPicture(values.kind)) await sendFile(id, values.file, key);
    },
    done: () => { toast(t('materialMade')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('newMaterial')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('makeMaterial')}</Button></>}>
      <Form form={form}><Fields values={form.values} set={form.set} error={form.error} /></Form>
    </Sheet>
  );
}

export function EditMaterial({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts('materials');
  const material = useRead('/api/materials/{material_id}', { path: { material_id: id } });
  if (material.data) return <Edit key={material.data.updated_at} of={material.data} onClose={onClose} />;
  return <Sheet title={t('edit')} onClose={onClose}><Loaded from={material}>{() => null}</Loaded></Sheet>;
}

function Edit({ of, onClose }: { of: Material; onClose: () => void }) {
  const { t } = useTexts('materials');
  const can = useCan();
  const client = useQueryClient();
  const initial: Values = { kind: of.kind, name: of.name, body: of.body ?? '', destination: of.destination ?? '', file: null, isForDeals: of.deal_ids !== null, deals: of.deal_ids ?? [] };
  const form = useForm({
    initial, pointers, check: useCheck(false),
    send: async (values, key) => {
      await api('patch', '/api/materials/{material_id}', { path: { material_id: of.id }, key, body: {
        name: values.name.trim(), ...(of.kind === 'text' ? { body: values.body } : {}), ...(of.kind === 'link' ? { destination: values.destination.trim() } : {}), deal_ids: values.isForDeals ? values.deals : null,
      } });
      await sendFile(of.id, values.file, key);
    },
    done: () => { toast(t('saved')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={of.name} onClose={onClose} guard={form.guard} foot={can('partners.manage') && <><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('save')}</Button></>}>
      <Form form={form}><Fields values={form.values} set={form.set} error={form.error} of={of} /></Form>
    </Sheet>
  );
}
