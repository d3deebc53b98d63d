// A semantic table. Rows fold into cards on phones; the first column names the record and leads to it.
import './table.css';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useId, useRef, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { useTexts } from '../lib/i18n';
import { Skeleton } from './basic';

export interface Column<R> {
  id: string; head: string; cell: (row: R) => ReactNode; num?: boolean;
  /** The server sorts by this name. */
  sort?: string;
  /** On phones the cell takes the whole line. */
  alone?: boolean;
}

/** Which rows are chosen, for what is done to many at once. */
export interface RowChoice { chosen: ReadonlySet<string>; toggle: (id: string) => void; toggleAll: () => void }

export function Table<R>({ caption, columns, rows, id, sort, onSort, compact = false, loading = false, foot, mark, choice, box }: {
  caption: string; columns: Column<R>[]; rows: R[]; id: (row: R) => string; sort?: string | undefined; onSort?: (sort: string) => void;
  compact?: boolean; loading?: boolean; foot?: ReactNode; mark?: (row: R) => boolean; choice?: RowChoice; box?: RefObject<HTMLDivElement | null>;
}) {
  const { t } = useTexts();
  const own = useId();
  const isAll = choice !== undefined && rows.length > 0 && rows.every((row) => choice.chosen.has(id(row)));
  const body = useRef<HTMLTableSectionElement>(null);
  const keys = (event: KeyboardEvent) => {
    // A row without a name to follow opens what stands in it: why its amount is so, or the first link.
    if (event.key === 'Enter' && event.target instanceof HTMLTableRowElement)
      (event.target.querySelector<HTMLElement>('.why') ?? event.target.querySelector<HTMLElement>('a, button.link'))?.click();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !(event.target instanceof HTMLElement) || event.target.getAttribute('aria-expanded') === 'true') return;
    const links = [...(body.current?.querySelectorAll<HTMLElement>('tr > th a, tr > th button') ?? [])];
    const row = event.target.closest('tr');
    const at = links.findIndex((one) => one.closest('tr') === row);
    const next = links[at + step];
    if (at >= 0 && next) { event.preventDefault(); next.focus(); }
  };
  return (
    <div ref={box} className="table-box" role="region" aria-label={caption} tabIndex={0}>
      {choice && <><span id={`${own}-pick`} hidden>{t('choose')}</span>
        <label className="check choose-all"><input type="checkbox" checked={isAll} onChange={choice.toggleAll} />{t('chooseAll')}</label></>}
      <table className={`table folds${compact ? ' compact' : ''}`} aria-busy={loading || undefined}>
        <caption className="sr">{caption}</caption>
        <thead><tr>{columns.map((column, i) => {
          const down = sort === `-${column.sort}`;
          const sorted = column.sort !== undefined && (down || sort === column.sort);
          return (
            <th key={column.id} scope="col" className={column.num ? 'num' : undefined} {...(sorted ? { 'aria-sort': down ? 'descending' as const : 'ascending' as const } : {})}>
              {i === 0 && choice && <input type="checkbox" className="choose" aria-label={t('chooseAll')} checked={isAll} onChange={choice.toggleAll} />}
              {column.sort && onSort
                ? <button type="button" onClick={() => onSort(sorted && down ? column.sort ?? '' : `-${column.sort}`)}>{column.head}{sorted && (down ? <ArrowDown size={14} aria-hidden /> : <ArrowUp size={14} aria-hidden />)}</button>
                : column.head}
            </th>
          );
        })}</tr></thead>
        {/* Arrow keys move between the links of the rows, Enter opens one. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody ref={body} onKeyDown={keys}>
          {rows.map((row) => (
            <tr key={id(row)} data-row={id(row)} tabIndex={-1} className={mark?.(row) || choice?.chosen.has(id(row)) ? 'is-current' : undefined}>{columns.map((column, i) => i === 0
              ? <th key={column.id} scope="row">{choice
                ? <span className="chosen-cell"><input type="checkbox" className="choose" checked={choice.chosen.has(id(row))} aria-labelledby={`${own}-pick ${own}-${id(row)}`} onChange={() => choice.toggle(id(row))} /><span id={`${own}-${id(row)}`}>{column.cell(row)}</span></span>
                : column.cell(row)}</th>
              : <td key={column.id} className={[column.num ? 'num' : '', column.alone ? 'alone' : ''].filter(Boolean).join(' ') || undefined} data-head={column.head}>{column.cell(row)}</td>)}</tr>
          ))}
          {loading && rows.length === 0 && <tr><td colSpan={columns.length} className="alone"><Skeleton lines={6} /></td></tr>}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
