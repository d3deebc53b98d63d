import './calendar.css';
import { addDays, format } from 'date-fns';
import { useState } from 'react';
import { DayPicker, type DateRange } from 'react-day-picker';
import { dateLocale } from '../lib/format/date';
import { useTexts } from '../lib/i18n';
import { dayOf, type Range } from '../lib/range';
import { Button } from './basic';
import { Sheet } from './overlay';

/** Two days of a calendar, both in the range; reports take at most 400 days. */
export default function CustomRange({ range, onPick, onClose }: { range: Range; onPick: (from: string, to: string) => void; onClose: () => void }) {
  const { t, locale } = useTexts();
  const [chosen, setChosen] = useState<DateRange | undefined>({ from: dayOf(range.from), to: addDays(dayOf(range.to), -1) });
  const take = () => {
    if (!chosen?.from) return;
    onPick(format(chosen.from, 'yyyy-MM-dd'), format(addDays(chosen.to ?? chosen.from, 1), 'yyyy-MM-dd'));
  };
  return (
    <Sheet title={t('range.custom')} onClose={onClose} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button variant="primary" onClick={take}>{t('apply')}</Button></>}>
      <DayPicker mode="range" className="calendar" locale={dateLocale(locale)} weekStartsOn={1} max={399} captionLayout="dropdown" startMonth={new Date(2000, 0)} endMonth={new Date()}
        defaultMonth={dayOf(range.from)} selected={chosen} onSelect={setChosen}
        labels={{ labelPrevious: () => t('previousMonth'), labelNext: () => t('nextMonth'), labelMonthDropdown: () => t('month'), labelYearDropdown: () => t('year'), labelDayButton: (day) => format(day, 'PPPP', { locale: dateLocale(locale) }) }} />
    </Sheet>
  );
}
