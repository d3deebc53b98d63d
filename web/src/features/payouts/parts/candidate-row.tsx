import type { ReactNode } from 'react';
import { useTexts } from '../../../lib/i18n';
import { A } from '../../../ui/anchor';
import { Money, Time } from '../../../ui/basic';
import { useOrganization } from '../../../ui/organization';
import type { Candidate } from '../model';

/** Why a partner would not be paid now, in words; null where it would. */
export function CandidateReason({ one, currency }: { one: Candidate; currency: string }) {
  const { t } = useTexts('payouts');
  if (one.reason === null) return one.rail ? <span>{t(`rail.${one.rail}`)} {one.account_hint}{one.payout_currency && one.payout_currency !== currency && <> · {t('paidIn', { currency: one.payout_currency })}</>}</span> : null;
  return (
    <span>{t(`reason.${one.reason}`)}
      {one.reason === 'cooling_down' && one.usable_at && <> <Time at={one.usable_at} as="time" /></>}
      {one.held !== 0 && <> · {t('ofThatHeld')} <Money minor={one.held} currency={currency} /></>}
    </span>
  );
}

/** One line of a preview: who, why or where to, how much, and what can be done. */
export function CandidateRow({ one, currency, start, end }: { one: Candidate; currency: string; start?: ReactNode; end?: ReactNode }) {
  const { base } = useOrganization();
  return (
    <li>{start}
      <div className="grow stack tight"><A className="link" href={`${base}/partners/${one.id}?tab=payouts`}>{one.name}</A><span className="small quiet"><CandidateReason one={one} currency={currency} /></span></div>
      <strong className="num"><Money minor={one.amount} currency={currency} /></strong>{end}
    </li>
  );
}
