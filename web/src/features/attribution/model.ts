import type { schemas } from '../../lib/api/schema';

type LeadState = schemas['LeadState'];
/** Which states a lead may go to by hand; the likeliest first. Converted it becomes by a sale alone. The server decides anyway. */
export const leadMoves: Record<LeadState, LeadState[]> = {
  new: ['contacted', 'qualified', 'lost'], contacted: ['qualified', 'lost'], qualified: ['lost'], converted: [], lost: ['contacted'],
};

/** What a lead is called: its person is not told to partners, nor after an erasure. */
export const leadName = (one: { id: string; name: string | null; email: string | null; phone: string | null }, t: (key: string, values: Record<string, string>) => string): string =>
  one.name ?? one.email ?? one.phone ?? t('leadNumber', { n: one.id.slice(-4) });
