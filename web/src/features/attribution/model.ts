import type { schemas } from '../../lib/api/schema';

type LeadState = schemas['LeadState'];
/** Which states a lead may go to by hand; the likeliest first. Converted it becomes by a sale alone. The server decides anyway. */
export const leadMoves: Record<LeadState, LeadState[]> = {
  new: ['contacted', 'qualified', 'lost'], contacted: ['qualified', 'lost'], qualified: ['lost'], converted: [], lost: ['contacted'],
};
