// What every page needs of the organization: its zone and currency, and the root of its URLs.
import { createContext, useContext } from 'react';

export interface OrganizationView { id: string; name: string; zone: string; currency: string; base: string; side: 'console' | 'portal' }
export const OrganizationContext = createContext<OrganizationView>({
  id: '', name: '', zone: 'UTC', currency: 'USD', base: '', side: 'console',
});
export const useOrganization = () => useContext(OrganizationContext);
