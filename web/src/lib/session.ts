// Who is signed in and under which membership the page acts. One request at start; everything else reads the value.
import { createContext, useContext } from 'react';
import { api, credentials } from './api/client';
import type { schemas } from './api/schema';

export type Membership = schemas['Membership'];
export type Session = schemas['SessionDocument'];
export interface Acting extends Session { membership: Membership }

export async function loadSession(): Promise<Session> {
  const session = await api('get', '/api/session');
  credentials.csrf = session.csrf_token;
  return session;
}

/** The organization asks for two factors and this session was opened by one: all but one's own account is refused. */
export const mustSetUpFactor = (session: Acting): boolean => session.membership.requires_second_factor && !session.is_strong;

/** The workspace of the installation's operators, who see nothing of an organization until they open it for a reason. */
export const isPlatform = (one: Membership): boolean => one.organization.slug === 'tandem-platform';

export const SessionContext = createContext<Acting | null>(null);

export function useSession(): Acting {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session');
  return session;
}

/** Tells whether the role has a permission; the server decides anyway. */
export function useCan(): (permission: schemas['Permission']) => boolean {
  const { permissions } = useSession().membership;
  return (permission) => permissions.includes(permission);
}
