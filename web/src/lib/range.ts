// Ranges of days: half-open, in the organization's zone, kept in the URL as a preset's name or as two days.
import { addDays, addMonths, addYears, differenceInCalendarDays, format, startOfMonth, startOfYear } from 'date-fns';
import { inZone } from './format/date';

export const presets = [
  'today', 'yesterday', 'last7', 'last28', 'last90', 'month', 'last_month', 'year', 'last12', 'all',
] as const;
export type Preset = (typeof presets)[number];
/** `to` is not in the range. */
export interface Range { from: string; to: string }
export type Comparison = 'off' | 'previous' | 'year';

const day = (date: Date) => format(date, 'yyyy-MM-dd');
export const dayOf = (text: string) => new Date(`${text}T00:00:00`);
const isDay = (text: string | undefined): text is string => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '');

export function presetRange(preset: Preset, zone: string, now = new Date()): Range {
  const today = dayOf(day(inZone(now, zone)));
  const tomorrow = addDays(today, 1);
  const back = (days: number): Range => ({ from: day(addDays(tomorrow, -days)), to: day(tomorrow) });
  switch (preset) {
    case 'today': return back(1);
    case 'yesterday': return { from: day(addDays(today, -1)), to: day(today) };
    case 'last7': return back(7);
    case 'last28': return back(28);
    case 'last90': return back(90);
    case 'month': return { from: day(startOfMonth(today)), to: day(tomorrow) };
    case 'last_month': return { from: day(addMonths(startOfMonth(today), -1)), to: day(startOfMonth(today)) };
    case 'year': return { from: day(startOfYear(today)), to: day(tomorrow) };
    case 'last12': return { from: day(addDays(addYears(today, -1), 1)), to: day(tomorrow) };
    case 'all': return { from: '2000-01-01', to: day(tomorrow) };
  }
}

/** The search parameters `range`, `from` and `to` as a range. */
export function readRange(search: Record<string, string | undefined>, zone: string, usual: Preset): Range {
  if (isDay(search['from']) && isDay(search['to']) && search['from'] < search['to'])
    return { from: search['from'], to: search['to'] };
  return presetRange(presets.find((one) => one === search['range']) ?? usual, zone);
}

export const daysIn = (range: Range): number => differenceInCalendarDays(dayOf(range.to), dayOf(range.from));

/** The range to compare with; weekdays are matched, so a year is 364 days back. */
export function compared(range: Range, how: Comparison): Range | null {
  if (how === 'off') return null;
  const shift = how === 'year' ? 364 : daysIn(range);
  return { from: day(addDays(dayOf(range.from), -shift)), to: day(addDays(dayOf(range.to), -shift)) };
}

export type Bucket = 'day' | 'week' | 'month';
export const bucketOf = (range: Range): Bucket => (daysIn(range) <= 45 ? 'day' : daysIn(range) <= 190 ? 'week' : 'month');

/** The instant at which a day begins in a zone, as the API takes it. */
export function startOfDay(text: string, zone: string): string {
  const guess = new Date(`${text}T00:00:00Z`);
  const shown = inZone(guess, zone);
  const offset = Date.UTC(shown.getFullYear(), shown.getMonth(), shown.getDate(), shown.getHours(), shown.getMinutes()) - guess.getTime();
  return new Date(guess.getTime() - offset).toISOString();
}
