import { useSession } from '../../../lib/session';
import { Links } from './links';

export function PortalLinks() {
  const { membership } = useSession();
  return <Links partner={membership.partner?.id ?? ''} />;
}
