import type { schemas } from '../../lib/api/schema';

export type Partner = schemas['Partner'];

/** Which moves a partner's state allows; each is a sub-resource of the API. The server decides anyway. */
export const partnerMoves = {
  applied: ['approval', 'rejection'], active: ['suspension'], suspended: ['reactivation', 'archiving'], rejected: [], archived: [],
} as const satisfies Record<Partner['state'], readonly string[]>;
