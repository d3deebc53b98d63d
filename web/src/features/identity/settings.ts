// The organization's settings as they are typed, and what a change of them sends.
import { exponentOf, parseAmount } from '../../lib/format/money';
import type { schemas } from '../../lib/api/schema';

type Organization = schemas['Organization'];

export const groups = {
  organization: ['name', 'time_zone', 'locale', 'currency', 'currencies', 'require_second_factor'],
  partners: ['approves_partners', 'default_hold_days', 'default_window_days', 'new_partner_days', 'new_partner_hold_days', 'claim_days', 'clicks_need_landing', 'coupon_sites'],
  payouts: ['payout_day', 'payout_cutoff_day', 'payout_minimums', 'payout_approval_limits', 'payouts_need_payee_form'],
  brand: ['brand_accent'],
} as const;
export type Group = keyof typeof groups;
export type Name = (typeof groups)[Group][number];
export type Values = Record<Name, string | boolean>;

const flags: readonly Name[] = ['approves_partners', 'payouts_need_payee_form', 'require_second_factor', 'clicks_need_landing'];
const numbers: readonly Name[] = ['default_hold_days', 'default_window_days', 'new_partner_days', 'new_partner_hold_days', 'claim_days', 'payout_day', 'payout_cutoff_day'];
const money: readonly Name[] = ['payout_minimums', 'payout_approval_limits'];
const optional: readonly Name[] = ['brand_accent'];
export const isFlag = (name: Name) => flags.includes(name);
export const isNumber = (name: Name) => numbers.includes(name);
const isMoney = (name: Name) => money.includes(name);
/** One a line: an amount, "50.00 GBP", or a host. */
export const isList = (name: Name) => isMoney(name) || name === 'coupon_sites';

const printed = (list: schemas['Money'][]) => list.map((one) => `${(one.amount / 10 ** exponentOf(one.currency)).toFixed(exponentOf(one.currency))} ${one.currency}`).join('\n');
const linesOf = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** "50.00 GBP" as money; null when it is not. */
function moneyOf(line: string): schemas['Money'] | null {
  const [, figure = '', currency = ''] = /^(.+?)\s*([A-Za-z]{3})$/.exec(line) ?? [];
  const amount = currency ? parseAmount(figure, currency.toUpperCase()) : null;
  return amount === null ? null : { amount, currency: currency.toUpperCase() };
}

export function valuesOf(one: Organization): Values {
  const all = Object.values(groups).flat() as Name[];
  return Object.fromEntries(all.map((name) => {
    if (name === 'payout_minimums' || name === 'payout_approval_limits') return [name, printed(one[name])];
    if (name === 'coupon_sites') return [name, one.coupon_sites.join('\n')];
    if (name === 'currencies') return [name, one.currencies.join(', ')];
    const value = one[name];
    return [name, typeof value === 'boolean' ? value : String(value ?? '')];
  })) as Values;
}

export function checkSettings(names: readonly Name[], values: Values, words: { number: string; money: string; required: string }): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of names) {
    const text = String(values[name]).trim();
    if (isNumber(name) && !/^\d{1,5}$/.test(text)) out[`/${name}`] = words.number;
    else if (isMoney(name) && linesOf(text).some((line) => moneyOf(line) === null)) out[`/${name}`] = words.money;
    else if (!isFlag(name) && !isList(name) && !optional.includes(name) && name !== 'currencies' && text === '') out[`/${name}`] = words.required;
  }
  return out;
}

export function bodyOf(names: readonly Name[], before: Values, values: Values): schemas['UpdateOrganization'] {
  return Object.fromEntries(names.filter((name) => values[name] !== before[name]).map((name) => {
    const value = values[name];
    if (typeof value === 'boolean') return [name, value];
    const text = value.trim();
    if (isNumber(name)) return [name, Number(text)];
    if (isMoney(name)) return [name, linesOf(text).map(moneyOf)];
    if (isList(name)) return [name, linesOf(text).map((one) => one.toLowerCase())];
    if (name === 'currencies') return [name, text.split(/[\s,]+/).filter(Boolean).map((one) => one.toUpperCase())];
    if (name === 'currency') return [name, text.toUpperCase()];
    return [name, text === '' && optional.includes(name) ? null : text];
  })) as schemas['UpdateOrganization'];
}

/** What I changed and somebody else changed to something else meanwhile. */
export const conflictsOf = (names: readonly Name[], before: Values, mine: Values, theirs: Values): Name[] =>
  names.filter((name) => mine[name] !== before[name] && theirs[name] !== before[name] && theirs[name] !== mine[name]);

export const pointers = (names: readonly Name[]) => names.map((name) => `/${name}`);
