// "Why?": from the rule and the facts, line by line, to the amount. Text that can be copied and an address to send.
import { useState, type ReactNode } from 'react';
import { formatMoney } from '../../../lib/format/money';
import { formatRate, numberFormat } from '../../../lib/format/number';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { CopyButton, Money, Status, Time } from '../../../ui/basic';
import { Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Facts, Loaded } from '../../../ui/page';
import { PartnerName } from '../../partners/parts/partner-name';
import type { Explanation } from '../model';
import { HoldActions, Holds } from './holds';

/** The button beside an amount. The open sheet is in the URL as `why`, so that the address shows it again. */
export function WhyButton({ earning }: { earning: string }) {
  const { t } = useTexts('earnings');
  const [, set] = useUrlState();
  return <button type="button" className="why" onClick={() => set({ why: earning }, true)}>{t('why')}</button>;
}

/** Shows the sheet that the URL names; every page with a WhyButton has one (see the shells). */
export function WhySheet() {
  const [search, set] = useUrlState();
  const id = search['why'];
  return id ? <Why id={id} onClose={() => set({ why: undefined })} /> : null;
}

function Why({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, locale } = useTexts('earnings');
  const { base, side } = useOrganization();
  const earning = useRead('/api/earnings/{earning_id}', { path: { earning_id: id } });
  // Why it is not paid and what comes, as the server tells it in the reader's language.
  const told = useRead('/api/explain/earning/{earning_id}', { path: { earning_id: id }, query: { language: locale } }).data;
  const isHoldable = useCan()('earnings.manage') && side === 'console' && ['pending', 'due', 'held'].includes(earning.data?.state ?? '');
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  return (
    <Sheet wide title={t('whyThisAmount')} onClose={onClose} foot={isHoldable && earning.data && <HoldActions earning={earning.data} />}>
      <Loaded from={earning} lines={6}>{(one) => {
        const why = one.explanation as Explanation;
        const { currency } = one;
        const money = (minor: number) => formatMoney(locale, minor, currency, true);
        const plain = (text: string) => numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 6 }).format(Number(text));
        const counted = lines(why, money, plain, (ppm) => formatRate(locale, ppm), t);
        // A part of another's commission, an adjustment: their rule is a sentence and no sum.
        const arithmetic = counted.length > 0 ? counted : (told?.from ?? []).map(({ key, text }) => ({ key, text }));
        return (
          <div className="stack" ref={setBox}>
            <div className="row"><span className="figure-value"><Money minor={one.amount} currency={currency} full /></span><Status of={one.state} /><span className="grow" />
              <CopyButton text={`${box?.innerText ?? ''}\n${location.href}`} label={t('copyExplanation')} /></div>
            {told && <section className="stack tight"><h3>{t('standing')}</h3><ul className="stack tight quiet">{[...told.not_payable, ...told.next].map((line) => <li key={line.key}>{line.text}</li>)}</ul></section>}
            <Holds earning={one} />
            {arithmetic.length > 0 && <section className="stack tight"><h3>{t('arithmetic')}</h3><ol className="timeline">{arithmetic.map((line, i, all) => <li key={line.key} className={i === all.length - 1 ? 'won' : ''}>{line.text}</li>)}</ol></section>}
            <section className="stack tight"><h3>{t('inputs')}</h3><Facts rows={[
              [t('partner'), <PartnerName key="p" id={one.partner_id} />],
              [t('occurredAt'), <Time key="t" at={one.occurred_at} as="time" />],
              why.term ? [t('deal'), <span key="d" className="row">{side === 'console' ? <A className="link" href={`${base}/deals/${why.term.deal_id}`}>{t('openDeal')}</A> : null}{t('version', { n: why.term.version })}</span>] : null,
              one.conversion_id && side === 'console' ? [t('conversion'), <A key="c" className="link" href={`${base}/conversions/${one.conversion_id}`}>{t('openConversion')}</A>] : null,
              one.payout_id && side === 'console' ? [t('payout'), <A key="o" className="link" href={`${base}/payouts/${one.payout_id}`}>{t('openPayout')}</A>] : null,
              one.reverses_id ? [t('takesBack'), <WhyButton key="r" earning={one.reverses_id} />] : null,
              why.weight !== undefined && why.weight_total !== why.weight ? [t('share'), t('shareOf', { part: String(why.weight), all: String(why.weight_total) })] : null,
              [t('rule'), t('ruleVersion', { n: why.rule_version ?? 1 })],
              [t('postedAt'), <Time key="w" at={one.created_at} as="time" />],
              [t('ledgerEntry'), <code key="l">earning:{one.id}</code>],
            ]} /></section>
          </div>
        );
      }}</Loaded>
    </Sheet>
  );
}

type Texts = (key: string, values?: Record<string, string | number>) => string;

/** The arithmetic in the page's language, from what was kept; the last line is the amount. */
export function lines(why: Explanation, money: (minor: number) => string, plain: (text: string) => string, rate: (ppm: number) => string, t: Texts): { key: string; text: ReactNode }[] {
  const out: { key: string; text: ReactNode }[] = [];
  const put = (key: string, values: Record<string, string | number> = {}) => out.push({ key, text: t(`line.${key}`, values) });
  if (why.rule === 'cumulative') {
    put('earned', { amount: money(why.earned ?? 0), total: plain(why.total ?? '0') });
    if (Number(why.taken_before) !== 0) put('takenBefore', { amount: plain(why.taken_before ?? '0') });
    put('takenNow', { amount: plain(why.taken_now ?? '0') });
    put('takenBack', { amount: money(-(why.taken_back ?? 0)) });
    return out;
  }
  const { facts, term } = why;
  if (facts) {
    put('gross', { amount: plain(facts.gross) });
    for (const name of ['discount', 'tax', 'cost'] as const) {
      const counts = term?.base !== 'gross' && (name === 'discount' || term?.base === 'net_of_cost' || (name === 'tax' && term?.base === 'net_of_tax'));
      if (facts[name] && counts) put(name, { amount: plain(facts[name]) });
    }
  }
  if (why.base !== undefined) put('base', { amount: plain(why.base) });
  if (term?.method === 'percentage' && term.rate_ppm !== undefined) put('rate', { rate: rate(term.rate_ppm), amount: plain(why.base ?? '0') });
  if (term?.method === 'fixed' && term.amount !== undefined) put('fixed', { amount: money(term.amount) });
  if (why.capped && term?.cap_per_conversion !== undefined) put('capConversion', { amount: money(term.cap_per_conversion) });
  if (why.capped && term?.cap_per_month !== undefined) put('capMonth', { amount: money(term.cap_per_month), earned: money(facts?.earned_this_month ?? 0) });
  if (why.commission !== undefined) put('commission', { amount: money(why.commission) });
  if (why.weight !== undefined && why.weight !== why.weight_total) put('share', { part: why.weight, all: why.weight_total ?? 1, amount: money(why.share ?? 0) });
  return out;
}
