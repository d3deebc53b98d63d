// Views of a list or a report as tabs: those that come with it, one's own, and those that are shared. A saved view is a
// name for the query of an address; `view` in the URL says which one the screen began with.
import { Bookmark, Ellipsis, UsersRound } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../lib/api/client';
import type { schemas } from '../../lib/api/schema';
import { useTexts } from '../../lib/i18n';
import { useAct, useRead } from '../../lib/query';
import { useCan } from '../../lib/session';
import { parseSearch, printSearch, useUrlState, type Search } from '../../lib/url-state';
import { A } from '../anchor';
import { IconButton, useProblemText } from '../basic';
import { Confirm, Menu } from '../overlay';
import { useOrganization } from '../organization';
import { TabStrip } from '../tab-strip';
import { toast } from '../toast';

export type SavedView = schemas['SavedView'];
export interface View { id: string; label: string; search: Search }

const ViewSheet = lazy(() => import('./view-sheet'));

/** What stays of an address when another view is chosen: which tab of the page, and table or board. */
const keptKeys = ['tab', 'as'];
const only = (search: Search, keys: readonly string[]): Search => Object.fromEntries(keys.flatMap((key) => (search[key] ? [[key, search[key]]] : [])));
const same = (a: Search, b: Search, keys: readonly string[]) => keys.every((key) => (a[key] ?? '') === (b[key] ?? ''));

export function useMayShare(): boolean {
  const can = useCan();
  const { side } = useOrganization();
  return can(side === 'portal' ? 'partners.manage' : 'settings.manage');
}

/** `keys`: the parameters that a view of this page is made of. */
export function SavedViews({ page, keys, views = [], keeps = true }: { page: string; keys: readonly string[]; views?: View[] | undefined; keeps?: boolean }) {
  const { t } = useTexts('lists');
  const [search] = useUrlState();
  const saved = useRead('/api/saved-views', { query: { page, limit: 200 } }, { enabled: keeps }).data?.items ?? [];
  const chosen = saved.find((one) => one.id === search['view']);
  if (views.length === 0 && saved.length === 0) return null;
  const shown = views.length > 0 ? views : [{ id: 'all', label: t('view.all'), search: {} }];
  const fixedKeys = [...new Set(shown.flatMap((view) => Object.keys(view.search)))];
  const current = chosen ? undefined : shown.find((view) => same(view.search, search, fixedKeys));
  const href = (to: Search) => location.pathname + printSearch({ ...only(search, keptKeys), ...to });
  const here = { 'aria-current': 'page' as const };
  return (
    <div className="views">
      <TabStrip label={t('views')} current={chosen?.id ?? current?.id}>
        {shown.map((view) => <A key={view.id} className="tab" href={href(view.search)} {...(view === current ? here : {})}>{view.label}</A>)}
        {saved.map((one) => <A key={one.id} className="tab" href={href({ ...parseSearch(one.query), view: one.id })} {...(one === chosen ? here : {})}>{one.name}{one.is_shared && <> <UsersRound size={14} role="img" aria-label={t('sharedView')} /></>}</A>)}
      </TabStrip>
      {chosen && <ViewMenu view={chosen} changed={!same(parseSearch(chosen.query), search, keys)} query={printSearch(only(search, keys)).slice(1)} />}
    </div>
  );
}

function ViewMenu({ view, changed, query }: { view: SavedView; changed: boolean; query: string }) {
  const { t } = useTexts('lists');
  const say = useProblemText();
  const mayShare = useMayShare();
  const [, set] = useUrlState();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const path = { saved_view_id: view.id };
  const update = useAct((_: void, key) => api('patch', '/api/saved-views/{saved_view_id}', { path, key, body: { query } }), () => toast(t('viewSaved')));
  const remove = useAct((_: void, key) => api('delete', '/api/saved-views/{saved_view_id}', { path, key }), () => { set({ view: undefined }); toast(t('viewDeleted')); });
  if (!view.is_own && !mayShare) return null;
  return (
    <>
      <Menu label={t('viewMenu', { name: view.name })} buttonClass="icon-btn" button={<Ellipsis size={16} aria-hidden />} entries={[
        ...(changed ? [{ label: t('viewChanges'), onPick: () => update.mutate(undefined, { onError: (error) => toast(say(error).title) }) }] : []),
        { label: t('viewEdit'), onPick: () => setOpen('edit') },
        { label: t('viewDelete'), danger: true, onPick: () => setOpen('delete') },
      ]} />
      {open === 'edit' && <Suspense><ViewSheet page={view.page} query={view.query} view={view} mayShare={mayShare} onClose={() => setOpen(null)} /></Suspense>}
      {open === 'delete' && <Confirm danger title={t('viewDeleteAsk', { name: view.name })} verb={t('viewDelete')} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()} onClose={() => setOpen(null)}>{t(view.is_shared ? 'viewDeleteShared' : 'viewDeleteWhat')}</Confirm>}
    </>
  );
}

/** Keeps the page as it is shown; `extra` is what of it does not stand in the address. */
export function SaveView({ page, keys, extra = {} }: { page: string; keys: readonly string[]; extra?: Search }) {
  const { t } = useTexts('lists');
  const [search, set] = useUrlState();
  const mayShare = useMayShare();
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton label={t('saveView')} onClick={() => setOpen(true)}><Bookmark size={16} aria-hidden /></IconButton>
      {open && <Suspense><ViewSheet page={page} query={printSearch({ ...only(search, keys), ...extra }).slice(1)} mayShare={mayShare} onSaved={(view) => set({ ...parseSearch(view.query), view: view.id })} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
