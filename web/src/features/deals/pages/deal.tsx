// A deal in words with its versions; its terms are changed in a draft that is compared with what is in force, then published.
import { useParams } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import { Problem } from '../../../lib/api/problem';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { startOfDay } from '../../../lib/range';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { MemberName } from '../../identity/parts/member-name';
import { Moves } from '../../partners/parts/moves';
import { PartnerName } from '../../partners/parts/partner-name';
import { dealMoves, type AnyTerm } from '../model';
import { NewDeal } from '../parts/new-deal';
import { SaveAsTemplate } from '../parts/save-as-template';
import { Simulation } from '../parts/simulation';
import { TermsEditor } from '../parts/term-editor';
import { Comparison, Terms } from '../parts/terms';
import { checkTerms, draftOf, inputOf } from '../term-draft';

type DealRow = schemas['Deal'];
type Draft = schemas['DealDraft'];

export function Deal() {
  const { id } = useParams({ strict: false }) as { id: string };
  return id === 'new' ? <NewDeal /> : <OneDeal id={id} />;
}

function OneDeal({ id }: { id: string }) {
  const { t } = useTexts('deals');
  const { base } = useOrganization();
  const [search, set] = useUrlState();
  const can = useCan();
  const deal = useRead('/api/deals/{deal_id}', { path: { deal_id: id } });
  const found = useRead('/api/deals/{deal_id}/draft', { path: { deal_id: id } });
  const isDraftless = found.error instanceof Problem && found.error.status === 404;
  const draft = isDraftless ? undefined : found.data;
  const one = deal.data;
  return (
    <Page title={one?.name ?? t('deal')} badge={one && <Status of={one.state} />} context={one && <PartnerName id={one.partner_id} link />} back={{ href: `${base}/deals`, label: t('deals') }}
      actions={one && can('deals.manage') && !search['edit'] && <><Moves name={one.name} moves={dealMoves[one.state]} call={(move, key) => api('post', `/api/deals/{deal_id}/${move}` as '/api/deals/{deal_id}/activation', { path: { deal_id: id }, key })} />
        <Button onClick={() => set({ template: '1' })}>{t('saveAsTemplate')}</Button>
        {one.state !== 'archived' && <Button onClick={() => set({ edit: '1' })}><Pencil size={16} aria-hidden />{t(draft ? 'changeDraft' : 'changeTerms')}</Button>}</>}>
      <Loaded from={deal}>{(data) => (search['edit'] && (draft || isDraftless)
        ? <EditDraft deal={data} draft={draft} onClose={() => set({ edit: undefined })} />
        : <>{draft && <DraftCard deal={data} draft={draft} />}<Versions deal={data} /></>)}</Loaded>
      {search['template'] && one && <SaveAsTemplate deal={one} onClose={() => set({ template: undefined })} />}
    </Page>
  );
}

/** What is in force and what comes stand open; what was is folded. */
function Versions({ deal }: { deal: DealRow }) {
  const { t } = useTexts('deals');
  const now = Date.now();
  const versions = [...deal.versions].sort((a, b) => b.version - a.version);
  const inForce = versions.find((version) => Date.parse(version.valid_from) <= now);
  return (
    <div className="stack">{versions.map((version) => {
      const isPast = inForce !== undefined && version.version < inForce.version;
      const head = <>{version === inForce && deal.state === 'active' && <Status of="active" text={t('inForce')} />}{Date.parse(version.valid_from) > now && <Status of="pending" text={t('comes')} />}<span className="quiet">{t('from')} <Time at={version.valid_from} as="time" /></span></>;
      return isPast
        ? <details key={version.id} className="card"><summary className="row"><strong className="grow">{t('version', { n: version.version })}</strong>{head}</summary><Terms terms={version.terms} /></details>
        : <Card key={version.id} title={t('version', { n: version.version })} actions={head}><Terms terms={version.terms} /></Card>;
    })}</div>
  );
}

function DraftCard({ deal, draft }: { deal: DealRow; draft: Draft }) {
  const { t } = useTexts('deals');
  const { zone } = useOrganization();
  const can = useCan();
  const client = useQueryClient();
  const [dropping, setDropping] = useState(false);
  const path = { deal_id: deal.id };
  const drop = useAct((_: void, key) => api('delete', '/api/deals/{deal_id}/draft', { path, key }), () => { setDropping(false); toast(t('draftDropped')); });
  const form = useForm({
    initial: { from: '' }, pointers: ['/valid_from'],
    send: (values, key) => api('post', '/api/deals/{deal_id}/draft/publication', { path, key, body: values.from ? { valid_from: startOfDay(values.from, zone) } : {} }),
    done: () => { toast(t('versionSaved')); void client.invalidateQueries(); },
  });
  return (
    <Card title={t('draft')} actions={<span className="quiet small"><MemberName id={draft.author_id} />, <Time at={draft.updated_at} as="ago" /></span>}>
      <div className="stack">
        <Comparison terms={draft.comparison} version={draft.compared_with} />
        <section className="stack tight"><h3>{t('simulation')}</h3><Simulation deal={deal.id} /></section>
        <p className="quiet">{t('versionWhat')}</p>
        {can('deals.manage') && deal.state !== 'archived' && <Form form={form} narrow>
          <TextField label={t('validFromDay')} help={t('validFromHelp')} optional type="date" value={form.values.from} onChange={(value) => form.set('from', value)} error={form.error('/valid_from')} />
          <div className="actions start"><Button variant="primary" type="submit" busy={form.busy}>{t('publish')}</Button><Button onClick={() => setDropping(true)}>{t('dropDraft')}</Button></div>
        </Form>}
      </div>
      {dropping && <Confirm danger title={t('dropDraftAsk')} verb={t('dropDraft')} busy={drop.isPending} error={drop.error} onConfirm={() => drop.mutate()} onClose={() => setDropping(false)}>{t('dropDraftWhat')}</Confirm>}
    </Card>
  );
}

function EditDraft({ deal, draft, onClose }: { deal: DealRow; draft: Draft | undefined; onClose: () => void }) {
  const { t } = useTexts('deals');
  const { currency } = useOrganization();
  const client = useQueryClient();
  const latest = deal.versions.reduce((most, one) => (one.version > most.version ? one : most));
  const begin: AnyTerm[] = draft?.terms ?? latest.terms;
  const form = useForm({
    initial: { terms: begin.map((term) => draftOf(term, currency)) }, pointers: termPointers(begin.length + 5), keep: { name: `deal-draft ${deal.id}`, of: draft?.updated_at ?? latest.id },
    check: (values) => checkTerms(values.terms, { number: t('field.number'), amount: t('field.amount'), required: t('field.required') }),
    send: (values, key) => api('put', '/api/deals/{deal_id}/draft', { path: { deal_id: deal.id }, key, body: { terms: values.terms.map(inputOf) } }),
    done: () => { toast(t('draftSaved')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Form form={form}>
      <div className="notice"><div>{t('draftWhat')}</div></div>
      {form.error('/terms') && <ProblemNotice error={new Problem(422, 'fields', form.error('/terms') ?? '')} />}
      <TermsEditor terms={form.values.terms} onChange={(terms) => form.set('terms', terms)} error={form.error} currency={currency} />
      <div className="actions start"><Button variant="primary" type="submit" busy={form.busy}>{t('saveAndCompare')}</Button><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button></div>
    </Form>
  );
}

const names = ['kind', 'trigger', 'method', 'rate_ppm', 'amount', 'currency', 'base', 'duration', 'duration_months', 'window_days', 'model', 'hold_days', 'level', 'cap_per_conversion', 'cap_per_month', 'cap_per_year', 'cap_per_deal', 'cap_per_partner', 'split', 'tiers', 'tier_by', 'tier_period'];
const termPointers = (count: number) => Array.from({ length: count }, (_, i) => names.map((name) => `/terms/${i}/${name}`)).flat();
