// Line chart and ranking in our own marks: tokens for colours, arrows to read a value, a table for everybody.
import './chart.css';
import { scaleLinear, scalePoint } from 'd3-scale';
import { area, line } from 'd3-shape';
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTexts } from '../lib/i18n';
import { Button } from './basic';

export interface Series { id: string; label: string; values: number[]; tone: 1 | 2 | 3 | 4 | 5 | 'muted'; dashed?: boolean; area?: boolean }

const height = 240;
const edge = { left: 56, right: 12, top: 8, bottom: 24 };

export function LineChart({ label, summary, head, points, short, long, figure, axis, series }: {
  label: string; summary: string; head: string; points: string[]; short: (point: string) => string; long: (point: string) => string;
  figure: (value: number) => string; axis: (value: number) => string; series: Series[];
}) {
  const { t } = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  useLayoutEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [asTable]);
  const inner = Math.max(0, width - edge.left - edge.right);
  const bottom = height - edge.bottom;
  const values = series.flatMap((one) => one.values);
  const y = scaleLinear([Math.min(0, ...values), Math.max(1, ...values)], [bottom, edge.top]).nice(4);
  const place = scalePoint(points, [edge.left, edge.left + inner]);
  const x = (i: number) => place(points[i] ?? '') ?? 0;
  const last = points.length - 1;
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(inner / 96))));
  const path = line<number>().x((_, i) => x(i)).y(y).digits(1);
  const fill = area<number>().x((_, i) => x(i)).y0(y(0)).y1(y).digits(1);
  const move = (clientX: number) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    setAt(Math.min(last, Math.max(0, Math.round(((clientX - left - edge.left) / inner) * last))));
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt(Math.min(last, Math.max(0, (at ?? last) + step)));
  };
  const said = at === null ? summary : `${long(points[at] ?? '')}: ${series.map((one) => `${one.label} ${figure(one.values[at] ?? 0)}`).join(', ')}`;
  const table = (
    <div className="table-box" tabIndex={asTable ? 0 : -1} role="region" aria-label={label}><table className="table compact"><caption className="sr">{label}</caption>
      <thead><tr><th scope="col">{head}</th>{series.map((one) => <th key={one.id} scope="col" className="num">{one.label}</th>)}</tr></thead>
      <tbody>{points.map((point, i) => <tr key={point}><th scope="row">{long(point)}</th>{series.map((one) => <td key={one.id} className="num">{figure(one.values[i] ?? 0)}</td>)}</tr>)}</tbody>
    </table></div>
  );
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption id={id} className="sr">{label}. {summary}</figcaption>
      <div className="row"><ul className="legend grow" aria-hidden>{series.map((one) => <li key={one.id}><i className={`swatch tone-${one.tone}${one.dashed ? ' dash' : ''}`} />{one.label}</li>)}</ul>
        <Button variant="ghost" onClick={() => setAsTable(!asTable)}>{t(asTable ? 'showChart' : 'showTable')}</Button></div>
      {asTable ? table : (
        // A chart is read by arrow keys, so it takes the focus; its label tells the value.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions
        <div ref={box} className="chart-plot" tabIndex={0} role="img" aria-label={`${label}. ${said}`} onPointerMove={(event) => move(event.clientX)}
          onPointerLeave={() => setAt(null)} onBlur={() => setAt(null)} onKeyDown={keys}>
          {width > 0 && (
            <svg width={width} height={height} aria-hidden>
              {(values.some((one) => one !== 0) ? y.ticks(4) : [0]).map((tick) => <g key={tick}><line className="grid-line" x1={edge.left} x2={width - edge.right} y1={y(tick)} y2={y(tick)} /><text x={edge.left - 8} y={y(tick) + 4} textAnchor="end">{axis(tick)}</text></g>)}
              {points.map((point, i) => ((i % every === 0 && (last - i >= every * 0.6 || i === last)) || i === last ? <text key={point} x={x(i)} y={height - 6} textAnchor={i === 0 ? 'start' : i === last ? 'end' : 'middle'}>{short(point)}</text> : null))}
              {series.map((one) => <g key={one.id} className={`tone-${one.tone}`}>{one.area && <path className="area" d={fill(one.values) ?? ''} />}<path className={one.dashed ? 'line dash' : 'line'} d={path(one.values) ?? ''} />{points.length === 1 && <circle className="dot" cx={x(0)} cy={y(one.values[0] ?? 0)} r={4} />}</g>)}
              {at !== null && <g><line className="cross" x1={x(at)} x2={x(at)} y1={edge.top} y2={bottom} />{series.map((one) => <circle key={one.id} className={`dot tone-${one.tone}`} cx={x(at)} cy={y(one.values[at] ?? 0)} r={4} />)}</g>}
            </svg>
          )}
          {at !== null && <div className="tip" style={{ insetInlineStart: Math.max(0, Math.min(x(at) + 12, width - 202)) }}><b>{long(points[at] ?? '')}</b>{series.map((one) => <div key={one.id}><i className={`swatch tone-${one.tone}${one.dashed ? ' dash' : ''}`} />{one.label}<span>{figure(one.values[at] ?? 0)}</span></div>)}</div>}
        </div>
      )}
    </figure>
  );
}

/** At most 14 points, without axes: the figure beside it says the rest. */
export function Spark({ values }: { values: number[] }) {
  if (values.length < 2 || values.every((value) => value === values[0])) return null;
  const size = Math.max(1, Math.ceil(values.length / 14));
  const means: number[] = [];
  for (let i = 0; i < values.length; i += size) {
    const part = values.slice(i, i + size);
    means.push(part.reduce((sum, value) => sum + value, 0) / part.length);
  }
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const d = means.map((value, i) => `${i ? 'L' : 'M'}${((i / (means.length - 1)) * 96).toFixed(1)} ${(26 - ((value - low) / (high - low || 1)) * 24).toFixed(1)}`).join('');
  return <svg viewBox="0 0 96 28" className="spark tone-1" aria-hidden><path className="line" d={d} /></svg>;
}

/** Horizontal bars for a ranking; each name leads to the rows behind it. */
export function Bars({ label, rows }: { label: string; rows: { id: string; name: ReactNode; value: number; text: string }[] }) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return (
    <ul className="bars" aria-label={label}>
      {rows.map((row) => <li key={row.id}><span className="bar-label">{row.name}</span><span aria-hidden><span className="bar" style={{ width: `${(Math.max(0, row.value) / most) * 100}%`, display: 'block' }} /></span><span className="num">{row.text}</span></li>)}
    </ul>
  );
}
