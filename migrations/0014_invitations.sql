-- 0014_invitations.sql: mail, and the links in it that work once: to join, to choose a password, to prove an address.

-- Proof that somebody reads a user's mail: links that work once.
create table app.user_tokens (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  purpose text not null,
  email text not null,  -- to which it was sent
  token_hash bytea not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  constraint user_tokens_pk primary key (organization_id, id),
  constraint user_tokens_token unique (organization_id, token_hash),
  constraint user_tokens_purpose check (purpose in ('password_reset', 'email_verification'))
);
select app.scale_distribute('app.user_tokens');

create table app.invitations (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid,
  email text not null,
  email_key text not null,
  role text not null,
  locale text not null default 'en',
  token_hash bytea not null,
  state text not null default 'open',
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint invitations_pk primary key (organization_id, id),
  constraint invitations_token unique (organization_id, token_hash),
  constraint invitations_state check (state in ('open', 'accepted', 'revoked')),
  constraint invitations_role check (case when partner_id is null
    then role in ('owner', 'admin', 'finance', 'support', 'viewer')
    else role in ('owner', 'manager', 'viewer') end)
);
select app.scale_distribute('app.invitations');

alter table app.user_tokens add constraint user_tokens_user_fk
  foreign key (organization_id, user_id) references app.users;
alter table app.invitations add constraint invitations_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.invitations add constraint invitations_partner_fk
  foreign key (organization_id, partner_id) references app.partners;

create index user_tokens_user on app.user_tokens (organization_id, user_id, purpose);
create unique index invitations_once on app.invitations
  (organization_id, email_key, coalesce(partner_id, '00000000-0000-0000-0000-000000000000'))
  where state = 'open';
create index invitations_created on app.invitations (organization_id, partner_id, created_at, id);

call app.wall('app.user_tokens');
call app.wall('app.invitations', 'partner_id');
create trigger touch before update on app.invitations for each row execute function app.touch();
grant select on app.user_tokens, app.invitations to app_read, app_write, app_money;
grant insert on app.user_tokens, app.invitations to app_write;
call app.allow_update('app.user_tokens', 'app_write', array['used_at']);
call app.allow_update('app.invitations', 'app_write', array['token_hash', 'state', 'expires_at']);
call app.allow_update('app.invitations', 'app_write', array['state'], 'partner');

-- Mail that waits to be sent. Sealed for its row until then, and blanked afterwards: jobs and backups hold no address
-- and no link.
create table app.mails (
  organization_id uuid not null,
  id uuid not null,
  sealed bytea,
  state text not null default 'due',
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  constraint mails_pk primary key (organization_id, id),
  constraint mails_state check (state in ('due', 'sent')),
  constraint mails_blanked check ((state = 'sent') = (sealed is null))
);
select app.scale_distribute('app.mails');
alter table app.mails add constraint mails_organization_fk
  foreign key (organization_id) references app.organizations;
call app.wall('app.mails');
call app.append_only_for_actors('app.mails');
grant select on app.mails to app_read, app_write, app_money;
grant insert on app.mails to app_write, app_money;
call app.allow_update('app.mails', 'app_write', array['sealed', 'state', 'sent_at']);
