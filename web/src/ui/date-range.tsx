// The range of a report: presets or two days of a calendar, and what to compare with. Kept in the URL.
import { CalendarDays } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { formatDay } from '../lib/format/date';
import { useTexts } from '../lib/i18n';
import { dayOf, presets, readRange, type Comparison, type Preset, type Range } from '../lib/range';
import { useUrlState } from '../lib/url-state';
import { addDays, format } from 'date-fns';
import { Menu } from './overlay';
import { useOrganization } from './organization';

const Custom = lazy(() => import('./custom-range'));

export function useRange(usual: Preset): { range: Range; comparison: Comparison } {
  const { zone } = useOrganization();
  const [search] = useUrlState();
  const comparison = search['compare'] === 'off' || search['compare'] === 'year' ? search['compare'] : 'previous';
  return { range: readRange(search, zone, usual), comparison };
}

export function DateRange({ usual, compares = true }: { usual: Preset; compares?: boolean }) {
  const { t, locale } = useTexts();
  const { zone } = useOrganization();
  const [search, setSearch] = useUrlState();
  const [custom, setCustom] = useState(false);
  const { comparison } = useRange(usual);
  const range = readRange(search, zone, usual);
  const chosen = search['from'] ? null : presets.find((one) => one === search['range']) ?? usual;
  const lastDay = format(addDays(dayOf(range.to), -1), 'yyyy-MM-dd');
  const text = chosen ? t(`range.${chosen}`) : range.from === lastDay ? formatDay(locale, range.from) : `${formatDay(locale, range.from)} – ${formatDay(locale, lastDay)}`;
  return (
    <>
      <Menu label={`${t('dates')}: ${text}`} button={<><CalendarDays size={16} aria-hidden /><span>{text}</span></>} entries={[
        ...presets.filter((one) => one !== 'all').map((one) => ({ label: t(`range.${one}`), checked: one === chosen, onPick: () => setSearch({ range: one, from: undefined, to: undefined }) })),
        { label: t('range.custom'), checked: chosen === null, onPick: () => setCustom(true) },
      ]} />
      {compares && <Menu label={`${t('compare')}: ${t(`compare.${comparison}`)}`} button={<span>{t(`compare.${comparison}`)}</span>} entries={(['off', 'previous', 'year'] as const).map((one) => ({
        label: t(`compare.${one}`), checked: one === comparison, onPick: () => setSearch({ compare: one === 'previous' ? undefined : one }),
      }))} />}
      {custom && <Suspense><Custom range={range} onClose={() => setCustom(false)} onPick={(from, to) => { setCustom(false); setSearch({ range: undefined, from, to }); }} /></Suspense>}
    </>
  );
}
