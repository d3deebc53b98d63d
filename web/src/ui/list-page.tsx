// Every list of the app: views, filter chips, search, table, pages, CSV of exactly this view. All of it is in the URL.
import { ChevronsLeft, ChevronRight, Download, Plus, Settings2, X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Path } from '../lib/api/client';
import { downloadCsv } from '../lib/download';
import { useTexts } from '../lib/i18n';
import { useRead } from '../lib/query';
import { presets, presetRange, readRange, startOfDay, type Preset } from '../lib/range';
import { useKeys } from '../lib/shortcuts';
import { useUrlState, type Search } from '../lib/url-state';
import { Button, Empty, IconButton, ProblemNotice, useProblemText } from './basic';
import { BulkBar, type BulkAct } from './lists/bulk';
import { useMatching } from './lists/matching';
import { Combobox, type Choice } from './combobox';
import { Menu } from './overlay';
import { useOrganization } from './organization';
import { SavedViews, SaveView, type View } from './lists/saved-views';
import { Table, type Column } from './table';
import { toast } from './toast';

export type Filter =
  | { name: string; label: string; options: [string, string][] }
  | { name: string; label: string; search: (text: string) => Promise<Choice[]>; nameOf: (id: string) => ReactNode }
  | { name: string; label: string; dates: true };

interface Props<R> {
  /** Names the list in storage and in the exported file. */
  name: string;
  label: string;
  path: Path;
  pathValues?: Record<string, string>;
  /** Always part of the query: the partner of a record page. */
  fixed?: Record<string, string>;
  columns: Column<R>[];
  id: (row: R) => string;
  filters?: Filter[];
  views?: View[];
  /** The query parameter of the search field, if the list can be searched. */
  searchBy?: string;
  usualSort?: string;
  empty: { title: string; text: string; action?: ReactNode };
  live?: boolean;
  actions?: ReactNode;
  /** What can be done to chosen rows; without any, rows are not chosen. */
  bulk?: BulkAct<R>[];
}

export function List<R>(props: Props<R>) {
  const { name, label, path, fixed = {}, filters = [], views, searchBy } = props;
  const { t } = useTexts();
  const { zone, side } = useOrganization();
  const [search, setSearch] = useUrlState();
  const [compact, setCompact] = useState(() => localStorage.getItem('rows') === 'compact');
  const [usuallyHidden, setUsuallyHidden] = useState<string[]>(() => words(localStorage.getItem(`columns:${name}`)));
  const hidden = search['hide'] === undefined ? usuallyHidden : words(search['hide']);
  // The rows themselves, for they may be beyond the page, or leave it while something is done to them.
  const [chosen, setChosen] = useState<ReadonlyMap<string, R>>(new Map());
  const box = useRef<HTMLDivElement>(null);
  const [adding, setAdding] = useState<string | null>(null);
  const [exporting, setExporting] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const say = useProblemText();
  const query = listQuery(search, filters, searchBy, zone);
  const all = { ...query, ...fixed, sort: search['sort'] ?? props.usualSort };
  const answer = useRead(path as '/api/links', { ...(props.pathValues ? { path: props.pathValues } : {}), query: { ...all, cursor: search['cursor'], limit: 50 } }, { live: props.live ?? false });
  const page = answer.data as unknown as { items: R[]; next_cursor: string | null } | undefined;
  const rows = page?.items ?? [];
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  const choose = (chosenRows: readonly R[]) => setChosen(new Map(chosenRows.map((row) => [props.id(row), row])));
  const change = (patch: Search) => { choose([]); setSearch({ ...patch, cursor: undefined }); };
  const clear = () => change(Object.fromEntries([...filters.map((one) => one.name), 'range', 'from', 'to', 'q'].map((key) => [key, undefined])));
  const save = async () => {
    setExporting(true);
    try { await downloadCsv(path, props.pathValues ?? {}, all, name); toast(t('exported')); }
    catch (error) { toast(say(error).title); }
    setExporting(false);
  };
  const bulk = props.bulk ?? [];
  const picked = [...chosen.values()].map((row) => rows.find((one) => props.id(one) === props.id(row)) ?? row);
  const isWhole = rows.length > 0 && rows.every((row) => chosen.has(props.id(row)));
  const goesOn = Boolean(page?.next_cursor ?? search['cursor']);
  const matching = useMatching<R>(path, props.pathValues, all, bulk.length > 0 && isWhole && goesOn && chosen.size <= rows.length);
  const more = matching.isFetching ? { count: null, isCut: false, onTake: () => undefined }
    : matching.data && { count: matching.data.rows.length, isCut: matching.data.isCut, onTake: () => choose(matching.data?.rows ?? []) };
  const toggle = (id: string) => choose(chosen.has(id) ? picked.filter((row) => props.id(row) !== id) : [...picked, ...rows.filter((row) => props.id(row) === id)]);
  const toggleAll = () => choose(isWhole ? [] : rows);
  const current = () => document.activeElement?.closest<HTMLElement>('tbody tr[data-row]')?.dataset['row'];
  useKeys({
    '/': () => field.current?.focus(), e: () => void save(), j: () => step(box.current, 1), k: () => step(box.current, -1),
    ...(bulk.length > 0 ? { x: () => { const id = current(); if (id) toggle(id); }, X: toggleAll } : {}),
  });
  // A list on a record shows what belongs to it, which is no view of its own.
  const keeps = !props.pathValues && (side === 'portal' || !Object.keys(fixed).some((key) => key.endsWith('_id')));
  const viewKeys = [...filters.map((one) => one.name), 'range', 'from', 'to', 'q', 'sort', 'hide'];
  const columns = props.columns.filter((column, i) => i === 0 || !hidden.includes(column.id));
  const hide = (id: string) => {
    const next = hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id];
    localStorage.setItem(`columns:${name}`, next.join(' '));
    setUsuallyHidden(next);
    if (search['hide'] !== undefined) setSearch({ hide: next.join(' ') || '-' });
  };
  const isOn = (filter: Filter) => ('dates' in filter ? Boolean(search['range'] ?? search['from']) : Boolean(search[filter.name]));
  return (
    <section className="card flush">
      <SavedViews page={name} keys={viewKeys} views={views} keeps={keeps} />
      <div className="toolbar">
        {searchBy && <SearchField ref={field} value={search['q'] ?? ''} onChange={(q) => change({ q })} label={t('searchIn', { list: label })} />}
        {filters.map((filter) => isOn(filter) || adding === filter.name
          ? <Chip key={filter.name} filter={filter} search={search} onChange={(patch) => { setAdding(null); change(patch); }} onLeave={() => setAdding(null)} />
          : <button key={filter.name} type="button" className="chip" onClick={() => setAdding(filter.name)}><Plus size={14} aria-hidden />{filter.label}</button>)}
        <span className="grow" />
        {props.actions}
        <span className="tools"><Menu label={t('columnsAndRows')} button={<Settings2 size={16} aria-hidden />} buttonClass="icon-btn" entries={[
          { label: t('compactRows'), checked: compact, icon: <Tick on={compact} />, onPick: () => { localStorage.setItem('rows', compact ? '' : 'compact'); setCompact(!compact); } },
          ...props.columns.slice(1).map((column) => ({ label: column.head, checked: !hidden.includes(column.id), icon: <Tick on={!hidden.includes(column.id)} />, onPick: () => hide(column.id) })),
        ]} />
        {keeps && <SaveView page={name} keys={viewKeys} extra={{ hide: hidden.join(' ') || '-' }} />}
        <IconButton label={t('exportCsv')} aria-busy={exporting} onClick={() => void save()}><Download size={16} aria-hidden /></IconButton></span>
      </div>
      {picked.length > 0 && <BulkBar acts={bulk} rows={picked} id={props.id} name={(row) => props.columns[0]?.cell(row)} onChoose={choose} more={isWhole && goesOn ? more : undefined} />}
      {answer.error ? <div className="over-body"><ProblemNotice error={answer.error} retry={() => void answer.refetch()} /></div> : null}
      {page && rows.length === 0
        ? isFiltered || search['cursor']
          ? <Empty title={t('nothingMatches')} action={<Button onClick={clear}>{t('clearFilters')}</Button>} />
          : <Empty title={props.empty.title} action={props.empty.action}>{props.empty.text}</Empty>
        : !answer.error || page
          ? <Table caption={label} columns={columns} rows={rows} id={props.id} sort={search['sort'] ?? props.usualSort} onSort={(sort) => change({ sort })} compact={compact} loading={answer.isFetching} box={box}
              {...(bulk.length > 0 ? { choice: { chosen: new Set(chosen.keys()), toggle, toggleAll } } : {})} />
          : null}
      {page && rows.length > 0 && (
        <footer className="table-foot">
          <span className="grow" role="status">{page.next_cursor || search['cursor'] ? t('rowsOfMore', { count: rows.length }) : t('rows', { count: rows.length })}</span>
          {search['cursor'] && <Button variant="ghost" onClick={() => setSearch({ cursor: undefined })}><ChevronsLeft size={16} aria-hidden />{t('firstPage')}</Button>}
          {page.next_cursor && <Button onClick={() => { choose([]); setSearch({ cursor: page.next_cursor ?? undefined }, true); document.getElementById('main')?.scrollTo(0, 0); scrollTo(0, 0); }}>{t('nextPage')}<ChevronRight size={16} aria-hidden /></Button>}
        </footer>
      )}
    </section>
  );
}

const words = (text: string | null | undefined) => (text ?? '').split(' ').filter((one) => one !== '' && one !== '-');

/** Moves the focus to the next or previous row: to what opens it, or to the row itself. */
function step(box: HTMLElement | null, by: 1 | -1) {
  const rows = [...(box?.querySelectorAll<HTMLElement>('tbody tr[data-row]') ?? [])];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  (row?.querySelector<HTMLElement>('th :is(a, button)') ?? row)?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

const Tick = ({ on }: { on: boolean }) => <input type="checkbox" className="tick" checked={on} readOnly tabIndex={-1} aria-hidden />;

/** The list's parameters from the URL; days become instants of the organization's zone. */
export function listQuery(search: Search, filters: Filter[], searchBy: string | undefined, zone: string): Record<string, string | undefined> {
  const out: Record<string, string | undefined> = {};
  if (searchBy) out[searchBy] = search['q'] || undefined;
  for (const filter of filters) {
    if (!('dates' in filter)) { out[filter.name] = search[filter.name]; continue; }
    if (!search['range'] && !search['from']) continue;
    const range = readRange(search, zone, 'last28');
    out['from'] = startOfDay(range.from, zone);
    out['to'] = startOfDay(range.to, zone);
  }
  return out;
}

function SearchField({ value, onChange, label, ref }: { value: string; onChange: (value: string) => void; label: string; ref: React.RefObject<HTMLInputElement | null> }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return <input ref={ref} className="input search" type="search" aria-label={label} placeholder={label} value={text} onChange={(event) => setText(event.target.value)} />;
}

function Chip({ filter, search, onChange, onLeave }: { filter: Filter; search: Search; onChange: (patch: Search) => void; onLeave: () => void }) {
  const { t } = useTexts();
  const value = search[filter.name] ?? '';
  const off = (
    <button type="button" className="chip-clear" aria-label={t('clearFilter', { filter: filter.label })} onClick={() => { onLeave(); onChange('dates' in filter ? { range: undefined, from: undefined, to: undefined } : { [filter.name]: undefined }); }}><X size={14} aria-hidden /></button>
  );
  if ('dates' in filter)
    return <span className="chip on"><RangeMenu search={search} usual={null} onChange={onChange} />{off}</span>;
  if ('options' in filter)
    return (
      <span className="chip on">
        <Menu start label={`${filter.label}: ${filter.options.find(([id]) => id === value)?.[1] ?? t('choose')}`} buttonClass="chip-group" button={<span className="clip">{filter.label}: {filter.options.find(([id]) => id === value)?.[1] ?? t('choose')}</span>}
          entries={filter.options.map(([id, text]) => ({ label: text, checked: id === value, onPick: () => onChange({ [filter.name]: id }) }))} />
        {off}
      </span>
    );
  return value
    ? <span className="chip on"><span className="clip">{filter.label}: {filter.nameOf(value)}</span>{off}</span>
    : <span className="row"><Combobox label={filter.label} placeholder={filter.label} searchKey={`filter-${filter.name}`} search={filter.search} onPick={(choice) => onChange({ [filter.name]: choice.id })} autoFocus />{off}</span>;
}

/** Presets of days; the choice is a name in the URL, so that a link opened tomorrow means tomorrow. */
export function RangeMenu({ search, usual, onChange }: { search: Search; usual: Preset | null; onChange: (patch: Search) => void }) {
  const { t } = useTexts();
  const { zone } = useOrganization();
  const chosen = presets.find((one) => one === search['range']) ?? (search['from'] ? null : usual);
  const text = chosen ? t(`range.${chosen}`) : search['from'] && search['to'] ? `${search['from']} – ${search['to']}` : t('range.choose');
  return (
    <Menu start label={`${t('dates')}: ${text}`} buttonClass="chip-group" button={<span className="clip">{text}</span>} entries={presets.filter((one) => one !== 'all').map((one) => ({
      label: t(`range.${one}`), checked: one === chosen, onPick: () => { presetRange(one, zone); onChange({ range: one, from: undefined, to: undefined }); },
    }))} />
  );
}
