// Who belongs to the organization, or to a partner in its portal, and who is invited. The last owner cannot go.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api, type Path } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { localeNames, locales, type Locale } from '../../../lib/locale';
import { useAct } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useKeys } from '../../../lib/shortcuts';
import { useUrlState } from '../../../lib/url-state';
import { Button, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Menu, Sheet } from '../../../ui/overlay';
import { useOrganization } from '../../../ui/organization';
import { Page, Tabs } from '../../../ui/page';
import { toast } from '../../../ui/toast';

type Member = schemas['Member'];
type Invitation = schemas['Invitation'];
type Role = schemas['MemberRole'];
const roles: Record<'console' | 'portal', Role[]> = { console: ['owner', 'admin', 'finance', 'support', 'viewer'], portal: ['owner', 'manager', 'viewer'] };

/** Where the calls go: to the organization's members, or to the partner's team. */
function useTeam() {
  const { side } = useOrganization();
  const { membership } = useSession();
  const partner = side === 'portal' ? membership.partner?.id : undefined;
  const root = partner ? '/api/partners/{partner_id}' : '/api';
  return {
    side, values: partner ? { partner_id: partner } : {},
    members: `${root}/members` as Path, invitations: `${root}/invitations` as Path,
    member: (partner ? `${root}/members/{team_member_id}` : '/api/members/{member_id}') as '/api/members/{member_id}',
    invitation: (partner ? `${root}/invitations/{team_invitation_id}` : '/api/invitations/{invitation_id}') as '/api/invitations/{invitation_id}',
    invite: `${root}/invitations` as '/api/invitations',
    path: (id: string) => ({ ...(partner ? { partner_id: partner } : {}), member_id: id, team_member_id: id, invitation_id: id, team_invitation_id: id }),
  };
}

export function Members() {
  const { t } = useTexts('identity');
  const { base } = useOrganization();
  const can = useCan();
  const [search, set] = useUrlState();
  const tab = search['tab'] === 'invited' ? 'invited' : 'members';
  const start = () => set({ new: '1' });
  useKeys({ c: can('members.manage') ? start : undefined });
  return (
    <Page title={t('members')} actions={can('members.manage') && <Button variant="primary" onClick={start}><Plus size={16} aria-hidden />{t('invite')}</Button>}>
      <Tabs label={t('members')} current={tab} tabs={[{ id: 'members', label: t('members'), href: `${base}/members` }, { id: 'invited', label: t('invited'), href: `${base}/members?tab=invited` }]} />
      {tab === 'members' ? <Joined /> : <Invited />}
      {search['new'] && <Invite onClose={() => set({ new: undefined })} />}
    </Page>
  );
}

function Joined() {
  const { t } = useTexts('identity');
  const team = useTeam();
  const can = useCan();
  const { user } = useSession();
  const [asked, setAsked] = useState<{ member: Member; role: Role | null } | null>(null);
  const act = useAct((input: { id: string; role: Role | null }, key: string): Promise<unknown> => (input.role
    ? api('patch', team.member, { path: team.path(input.id), body: { role: input.role }, key })
    : api('delete', team.member, { path: team.path(input.id), key })), () => { setAsked(null); toast(t('memberChanged')); });
  return (
    <>
      <List<Member> name="members" label={t('members')} path={team.members} pathValues={team.values} id={(one) => one.id}
        columns={[
          { id: 'name', head: t('name'), cell: (one) => <span className="two"><span>{one.name}{one.user_id === user.id ? ` (${t('you')})` : ''}</span><span className="faint small">{one.email}</span></span> },
          { id: 'role', head: t('roleHead'), cell: (one) => t(`role.${one.role}`) },
          { id: 'since', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'act', head: t('action'), cell: (one) => (can('members.manage') ? <Menu label={`${t('action')}: ${one.name}`} button={t('action')} buttonClass="btn btn-ghost" entries={[
            ...roles[team.side].filter((role) => role !== one.role).map((role) => ({ label: t(`role.${role}`), onPick: () => setAsked({ member: one, role }) })),
            { label: t('removeMember'), danger: true, onPick: () => setAsked({ member: one, role: null }) },
          ]} /> : null) },
        ]}
        filters={[{ name: 'role', label: t('roleHead'), options: roles[team.side].map((role) => [role, t(`role.${role}`)]) }]}
        empty={{ title: t('noMembers'), text: t('noMembersWhat') }} />
      {asked && <Confirm danger={asked.role === null} title={asked.role ? t('changeRole', { name: asked.member.name, role: t(`role.${asked.role}`) }) : t('removeMemberAsk', { name: asked.member.name })} verb={asked.role ? t('save') : t('removeMember')} busy={act.isPending} error={act.error}
        onConfirm={() => act.mutate({ id: asked.member.id, role: asked.role })} onClose={() => { act.reset(); setAsked(null); }}>{t('sessionsEnd')}</Confirm>}
    </>
  );
}

function Invited() {
  const { t } = useTexts('identity');
  const team = useTeam();
  const can = useCan();
  const revoke = useAct((id: string, key: string) => api('delete', team.invitation, { path: team.path(id), key }), () => toast(t('invitationRevoked')));
  return (
    <List<Invitation> name="invitations" label={t('invited')} path={team.invitations} pathValues={team.values} id={(one) => one.id}
      columns={[
        { id: 'email', head: t('email'), cell: (one) => one.email },
        { id: 'role', head: t('roleHead'), cell: (one) => t(`role.${one.role}`) },
        { id: 'state', head: t('state'), cell: (one) => <Status of={one.state === 'accepted' ? 'ok' : one.state === 'revoked' ? 'revoked' : 'pending'} text={t(`invitation.${one.state}`)} /> },
        { id: 'expires', head: t('expires'), cell: (one) => <Time at={one.expires_at} /> },
        { id: 'act', head: t('action'), cell: (one) => (one.state === 'open' && can('members.manage') ? <Button variant="ghost" onClick={() => revoke.mutate(one.id)}>{t('revoke')}</Button> : null) },
      ]}
      filters={[{ name: 'state', label: t('state'), options: (['open', 'accepted', 'revoked'] as const).map((one) => [one, t(`invitation.${one}`)]) }]}
      empty={{ title: t('noInvitations'), text: t('noMembersWhat') }} />
  );
}

function Invite({ onClose }: { onClose: () => void }) {
  const { t, locale } = useTexts('identity');
  const team = useTeam();
  const client = useQueryClient();
  const form = useForm({
    initial: { email: '', role: 'viewer' as string, locale: locale as string }, pointers: ['/email', '/role', '/locale'],
    check: (values): Record<string, string> => (values.email.trim() ? {} : { '/email': t('field.required') }),
    send: (values, key) => api('post', team.invite, { ...({ path: team.values } as object), key, body: { email: values.email.trim(), role: values.role as Role, locale: values.locale as Locale } }),
    done: (made) => { toast(t('invitedWho', { email: made.email })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('invite')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('sendInvitation')}</Button></>}>
      <Form form={form}>
        <TextField label={t('email')} type="email" inputMode="email" value={form.values.email} onChange={(value) => form.set('email', value)} error={form.error('/email')} />
        <SelectField label={t('roleHead')} value={form.values.role} onChange={(value) => form.set('role', value)} options={roles[team.side].map((role) => [role, t(`role.${role}`)])} error={form.error('/role')} />
        <SelectField label={t('mailLanguage')} value={form.values.locale} onChange={(value) => form.set('locale', value)} options={locales.map((one) => [one, localeNames[one]])} error={form.error('/locale')} />
      </Form>
    </Sheet>
  );
}
