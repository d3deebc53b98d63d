// What is done to many rows at once: one call a row, each with its own key, so that what failed can be tried again and
// nothing happens twice. The rows that were refused stay chosen, with the reason beside them.
import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { forEachRow, type Refused } from '../../lib/each';
import { useTexts } from '../../lib/i18n';
import { AskReason } from '../ask';
import { Button, IconButton, useProblemText } from '../basic';
import { Confirm } from '../overlay';
import { toast } from '../toast';

export interface BulkAct<R> {
  id: string;
  label: string;
  /** For which rows the state allows it; the others are left out and counted. */
  fits: (row: R) => boolean;
  run: (row: R, key: string, reason: string) => Promise<unknown>;
  /** Asked before: the title with the number of rows. Always for what cannot be undone. */
  ask: (count: number) => string;
  what?: string;
  danger?: boolean;
  /** A reason goes with each call. */
  reasoned?: { help?: string };
}

const shownMax = 20;

/** `more`: the page is chosen and the list goes on; all that match are counted, and offered. */
export function BulkBar<R>({ acts, rows, id, name, onChoose, more }: {
  acts: BulkAct<R>[]; rows: R[]; id: (row: R) => string; name: (row: R) => ReactNode; onChoose: (rows: readonly R[]) => void;
  more?: { count: number | null; isCut: boolean; onTake: () => void } | undefined;
}) {
  const { t } = useTexts('lists');
  const say = useProblemText();
  const client = useQueryClient();
  const [asked, setAsked] = useState<BulkAct<R> | null>(null);
  const [progress, setProgress] = useState<{ done: number; all: number } | null>(null);
  const [failed, setFailed] = useState<Refused<R>[]>([]);
  const keys = useRef(new Map<string, string>());
  const stop = useRef<AbortController | null>(null);
  useEffect(() => {
    if (!progress) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', stay);
    return () => removeEventListener('beforeunload', stay);
  }, [progress]);

  const run = async (act: BulkAct<R>, reason = '') => {
    const fitting = rows.filter(act.fits);
    const all = fitting.length;
    setAsked(null);
    setFailed([]);
    setProgress({ done: 0, all });
    stop.current = new AbortController();
    const { refused, left } = await forEachRow(fitting, {
      slot: (row) => `${act.id} ${id(row)} ${reason}`, call: (row, key) => act.run(row, key, reason), keys: keys.current, stop: stop.current.signal,
      onAnswer: () => setProgress((old) => old && { ...old, done: old.done + 1 }),
    });
    setProgress(null);
    setFailed(refused);
    onChoose([...refused.map((one) => one.row), ...left]);
    const done = all - refused.length - left.length;
    toast(left.length > 0 ? t('bulkStopped', { done, all }) : refused.length === 0 ? t('bulkDone', { count: all }) : t('bulkPartly', { done, all }));
    void client.invalidateQueries();
  };

  const count = asked ? rows.filter(asked.fits).length : 0;
  const left = rows.length - count;
  const what = asked ? [asked.what, left > 0 ? t('bulkLeftOut', { count: left }) : ''].filter(Boolean).join(' ') : '';
  return (
    <div className="bulk" role="region" aria-label={t('bulkActs')}>
      <div className="row">
        <strong role="status">{progress ? t('bulkRunning', progress) : t('chosenRows', { count: rows.length })}</strong>
        {progress ? <><progress max={progress.all} value={progress.done} aria-label={t('bulkActs')} /><Button variant="ghost" onClick={() => stop.current?.abort()}>{t('stop')}</Button></>
          : acts.map((act) => <Button key={act.id} {...(rows.some(act.fits) ? {} : { reason: t('bulkNoneFits') })} onClick={() => setAsked(act)}>{act.label}</Button>)}
        {!progress && more && (more.count === null
          ? <span className="quiet small">{t('matchingCounted')}</span>
          : more.count > rows.length && <Button variant="ghost" onClick={more.onTake}>{t(more.isCut ? 'matchingFirst' : 'matchingAll', { count: more.count })}</Button>)}
        <span className="grow" />
        {!progress && <IconButton label={t('clearChoice')} onClick={() => { setFailed([]); onChoose([]); }}><X size={16} aria-hidden /></IconButton>}
      </div>
      {failed.length > 0 && <ul className="list small" aria-label={t('bulkFailed')}>{failed.slice(0, shownMax).map((one) => { const text = say(one.error); return <li key={id(one.row)}><span className="grow">{name(one.row)}</span><span className="negative">{text.title}{text.detail && ` ${text.detail}`}</span></li>; })}{failed.length > shownMax && <li className="quiet">{t('bulkFailedMore', { count: failed.length - shownMax })}</li>}</ul>}
      {asked && (asked.reasoned
        ? <AskReason title={asked.ask(count)} what={what} verb={asked.label} {...(asked.reasoned.help ? { help: asked.reasoned.help } : {})} danger={asked.danger ?? false} busy={false} error={null} onConfirm={(reason) => void run(asked, reason)} onClose={() => setAsked(null)} />
        : <Confirm title={asked.ask(count)} verb={asked.label} danger={asked.danger ?? false} onConfirm={() => void run(asked)} onClose={() => setAsked(null)}>{what}</Confirm>)}
    </div>
  );
}
