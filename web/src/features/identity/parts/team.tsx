// Who belongs to the organization or to a partner, and who is invited. The last owner cannot go.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Path } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { localeNames, locales, type Locale } from '../../../lib/locale';
import { useAct } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, ProblemNotice, Status, Time } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { Confirm, Menu, Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';

type Member = schemas['Member'];
type Invitation = schemas['Invitation'];
type Role = schemas['MemberRole'];
const roles: Record<'staff' | 'partner', Role[]> = { staff: ['owner', 'admin', 'finance', 'support', 'viewer'], partner: ['owner', 'manager', 'viewer'] };

/** Where the calls go: to the organization's members, or to a partner's team. */
function useTeam(partner: string | undefined) {
  const root = partner ? '/api/partners/{partner_id}' : '/api';
  return {
    roles: roles[partner ? 'partner' : 'staff'], values: partner ? { partner_id: partner } : {},
    members: `${root}/members` as Path, invitations: `${root}/invitations` as Path,
    member: (partner ? `${root}/members/{team_member_id}` : '/api/members/{member_id}') as '/api/members/{member_id}',
    invitation: (partner ? `${root}/invitations/{team_invitation_id}` : '/api/invitations/{invitation_id}') as '/api/invitations/{invitation_id}',
    invite: `${root}/invitations` as '/api/invitations',
    path: (id: string) => ({ ...(partner ? { partner_id: partner } : {}), member_id: id, team_member_id: id, invitation_id: id, team_invitation_id: id }),
  };
}

export function Joined({ partner }: { partner?: string | undefined }) {
  const { t } = useTexts('identity');
  const team = useTeam(partner);
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
            ...team.roles.filter((role) => role !== one.role).map((role) => ({ label: t(`role.${role}`), onPick: () => setAsked({ member: one, role }) })),
            { label: t('removeMember'), danger: true, onPick: () => setAsked({ member: one, role: null }) },
          ]} /> : null) },
        ]}
        filters={[{ name: 'role', label: t('roleHead'), options: team.roles.map((role) => [role, t(`role.${role}`)]) }]}
        empty={{ title: t('noMembers'), text: t('noMembersWhat') }} />
      {asked && <Confirm danger={asked.role === null} title={asked.role ? t('changeRole', { name: asked.member.name, role: t(`role.${asked.role}`) }) : t('removeMemberAsk', { name: asked.member.name })} verb={asked.role ? t('save') : t('removeMember')} busy={act.isPending} error={act.error}
        onConfirm={() => act.mutate({ id: asked.member.id, role: asked.role })} onClose={() => { act.reset(); setAsked(null); }}>{t('sessionsEnd')}</Confirm>}
    </>
  );
}

export function Invited({ partner }: { partner?: string | undefined }) {
  const { t, locale } = useTexts('identity');
  const team = useTeam(partner);
  const can = useCan();
  // The same address again: the link that was sent before ends.
  const resend = useAct((one: Invitation, key: string) => api('post', team.invite, { ...({ path: team.values } as object), key, body: { email: one.email, role: one.role, locale } }), (made) => toast(t('invitedWho', { email: made.email })));
  const revoke = useAct((id: string, key: string) => api('delete', team.invitation, { path: team.path(id), key }), () => toast(t('invitationRevoked')));
  return (
    <>
    {resend.error || revoke.error ? <ProblemNotice error={resend.error ?? revoke.error} /> : null}
    <List<Invitation> name="invitations" label={t('invited')} path={team.invitations} pathValues={team.values} id={(one) => one.id}
      columns={[
        { id: 'email', head: t('email'), cell: (one) => one.email },
        { id: 'role', head: t('roleHead'), cell: (one) => t(`role.${one.role}`) },
        { id: 'state', head: t('state'), cell: (one) => <Status of={one.state === 'accepted' ? 'ok' : one.state === 'revoked' ? 'revoked' : 'pending'} text={t(`invitation.${one.state}`)} /> },
        { id: 'expires', head: t('expires'), cell: (one) => <Time at={one.expires_at} /> },
        { id: 'act', head: t('action'), cell: (one) => (one.state === 'open' && can('members.manage') ? <Menu label={`${t('action')}: ${one.email}`} button={t('action')} buttonClass="btn btn-ghost" entries={[
          { label: t('resend'), onPick: () => resend.mutate(one) }, { label: t('revoke'), danger: true, onPick: () => revoke.mutate(one.id) },
        ]} /> : null) },
      ]}
      filters={[{ name: 'state', label: t('state'), options: (['open', 'accepted', 'revoked'] as const).map((one) => [one, t(`invitation.${one}`)]) }]}
      empty={{ title: t('noInvitations'), text: t('noMembersWhat') }} />
    </>
  );
}

export function Invite({ partner, onClose }: { partner?: string | undefined; onClose: () => void }) {
  const { t, locale } = useTexts('identity');
  const team = useTeam(partner);
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
        <SelectField label={t('roleHead')} value={form.values.role} onChange={(value) => form.set('role', value)} options={team.roles.map((role) => [role, t(`role.${role}`)])} error={form.error('/role')} />
        <SelectField label={t('mailLanguage')} value={form.values.locale} onChange={(value) => form.set('locale', value)} options={locales.map((one) => [one, localeNames[one]])} error={form.error('/locale')} />
      </Form>
    </Sheet>
  );
}

/** A partner's team on its record: members, invitations, and the way to invite. */
export function TeamOf({ partner }: { partner: string }) {
  const { t } = useTexts('identity');
  const can = useCan();
  const [search, set] = useUrlState();
  return (
    <div className="stack">
      {can('members.manage') && <div><Button variant="primary" onClick={() => set({ invite: '1' })}>{t('invite')}</Button></div>}
      <Joined partner={partner} />
      <Invited partner={partner} />
      {search['invite'] && <Invite partner={partner} onClose={() => set({ invite: undefined })} />}
    </div>
  );
}
