// The name of a member of the staff by the user's id.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';

export function useMemberName(user: string | null): string {
  const { t } = useTexts();
  const { user: self } = useSession();
  const can = useCan();
  const members = useRead('/api/members', { query: { limit: 200 } }, { enabled: user !== null && user !== self.id && can('members.read') });
  if (user === null) return t('theSchedule');
  if (user === self.id) return t('you');
  return members.data?.items.find((one) => one.user_id === user)?.name ?? t('aColleague');
}

export const MemberName = ({ id }: { id: string | null }) => <span>{useMemberName(id)}</span>;
