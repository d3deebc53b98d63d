// Who is signed in and under which membership the page acts. One request at start; everything else reads the value.
import { createContext, useContext } from 'react';
import { credentials, send } from './api/client';

export interface Membership {
  id: string;
  organization: { id: string; slug: string; name: string };
  partner?: { id: string; name: string } | null;
  role: string;
  permissions: string[];
}
export interface Session {
  user: { id: string; email: string; name: string; locale: string };
  csrf_token: string;
  second_factor: boolean;
  memberships: Membership[];
}
export interface Acting extends Session { membership: Membership }

export async function loadSession(): Promise<Session> {
  const response = await send('GET', '/api/session');
  const session = (await response.json()) as Session;
  credentials.csrf = session.csrf_token;
  return session;
}

export const SessionContext = createContext<Acting | null>(null);

export function useSession(): Acting {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session');
  return session;
}

/** Tells whether the role has a permission; the server decides anyway. */
export function useCan(): (permission: string) => boolean {
  const { permissions } = useSession().membership;
  return (permission) => permissions.includes(permission);
}
