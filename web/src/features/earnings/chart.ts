// The chart of accounts as statements give it: sorted by commodity, its classes in the order of a balance.
export interface Figures { opening: number; debits: number; credits: number; closing: number }
export interface AccountRow extends Figures { account: string; commodity: string }

const classes = ['asset', 'liab', 'rev', 'contra', 'exp', 'fx', 'unit'] as const;

/** The class is the first word of an account: "liab.commission_held". */
export const classOf = (row: AccountRow): string => row.account.split('.')[0] ?? '';

export function byCommodity(rows: readonly AccountRow[]): { commodity: string; classes: { of: string; accounts: AccountRow[] }[] }[] {
  return [...new Set(rows.map((row) => row.commodity))].map((commodity) => ({
    commodity,
    classes: classes.map((of) => ({ of, accounts: rows.filter((row) => row.commodity === commodity && classOf(row) === of) })).filter((one) => one.accounts.length > 0),
  }));
}

/** Of one commodity alone; integers in minor units. */
export const sumOf = (rows: readonly Figures[]): Figures => rows.reduce<Figures>((all, row) => ({
  opening: all.opening + row.opening, debits: all.debits + row.debits, credits: all.credits + row.credits, closing: all.closing + row.closing,
}), { opening: 0, debits: 0, credits: 0, closing: 0 });
