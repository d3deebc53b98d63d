// Dates come from date-fns: browsers lack the data of uz and fall back to another language without saying so.
import { format, formatDistanceStrict } from 'date-fns';
import type { Locale as DateLocale } from 'date-fns';
import type { Locale } from '../locale';

const loaders: Record<Locale, () => Promise<DateLocale>> = {
  en: () => import('date-fns/locale/en-GB').then((module) => module.enGB),
  id: () => import('date-fns/locale/id').then((module) => module.id),
  uz: () => import('date-fns/locale/uz').then((module) => module.uz),
  ru: () => import('date-fns/locale/ru').then((module) => module.ru),
};
const loaded: Partial<Record<Locale, DateLocale>> = {};

/** Loads the names of months and days; before the first page, and before the language changes. */
export async function loadDateLocale(locale: Locale) {
  loaded[locale] ??= await loaders[locale]();
}

export function dateLocale(locale: Locale): DateLocale {
  const found = loaded[locale];
  if (!found) throw new Error(`the dates of ${locale} are not loaded`);
  return found;
}

/** An instant moved so that its local fields are those of the zone; for showing only. */
export function inZone(instant: string | Date, zone: string): Date {
  const date = typeof instant === 'string' ? new Date(instant) : instant;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric',
    minute: 'numeric', second: 'numeric',
  }).formatToParts(date);
  const part = (name: string) => Number(parts.find((one) => one.type === name)?.value);
  return new Date(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** "day": 3 Mar 2011; "time": 3 Mar 2011, 14:05; "short": 3 Mar; "month": March 2011. */
export type DateStyle = 'day' | 'time' | 'short' | 'month';
const patterns: Record<DateStyle, string> = { day: 'd MMM yyyy', time: 'd MMM yyyy, HH:mm', short: 'd MMM', month: 'LLLL yyyy' };

export const formatInstant = (locale: Locale, instant: string, zone: string, style: DateStyle = 'day'): string =>
  format(inZone(instant, zone), patterns[style], { locale: dateLocale(locale) });

/** A day without a time, "2011-03-31". */
export const formatDay = (locale: Locale, day: string, style: DateStyle = 'day'): string =>
  format(new Date(`${day.length === 7 ? `${day}-01` : day}T00:00:00`), patterns[style], { locale: dateLocale(locale) });

export const formatAgo = (locale: Locale, instant: string): string =>
  formatDistanceStrict(new Date(instant), new Date(), { addSuffix: true, locale: dateLocale(locale) });
