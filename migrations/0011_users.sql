-- 0011_users.sql: people. A user is one login over all organizations, so users and their sessions belong to
-- none of the customers' but to the platform: an organization of its own with a fixed id, walled like every other.
-- A request of a customer's organization sees no row of them; what its staff may know of a user stands in the
-- membership. Its members are the platform's operators.

insert into app.organizations (organization_id, slug, name)
values ('00000000-0000-7000-8000-000000000001', 'tandem-platform', 'Platform');
insert into app.code_registry (code, kind, organization_id, target_id)
values ('organization:tandem-platform', 'organization', '00000000-0000-7000-8000-000000000001',
        '00000000-0000-7000-8000-000000000001');

-- email_key: the address in lower case, by which a user is found.
create table app.users (
  organization_id uuid not null,
  id uuid not null,
  email text not null,
  email_key text not null,
  name text not null,
  locale text not null default 'en',
  state text not null default 'active',
  is_demo boolean not null default false,
  password_hash text,          -- Argon2id, a PHC string; null: none yet, or single sign-on alone
  email_verified_at timestamptz,
  totp_secret bytea,           -- sealed for this row
  totp_confirmed_at timestamptz,
  totp_last_step bigint,       -- each code works once
  recovery_hashes bytea[] not null default '{}',  -- SHA-256; each works once
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_pk primary key (organization_id, id),
  constraint users_platform check (organization_id = '00000000-0000-7000-8000-000000000001'),
  constraint users_email unique (organization_id, email_key),
  constraint users_state check (state in ('active', 'disabled')),
  constraint users_locale check (locale in ('en', 'id', 'uz', 'ru'))
);
select app.scale_distribute('app.users');

create table app.login_sessions (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  token_hash bytea not null,
  idle_seconds int not null,           -- ends when nothing came for so long
  expires_at timestamptz not null,     -- and then in any case
  seen_at timestamptz not null,        -- to the minute
  confirmed_at timestamptz not null,   -- when the user last proved who it is
  client_ip text not null,
  user_agent text not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  constraint login_sessions_pk primary key (organization_id, id),
  constraint login_sessions_token unique (organization_id, token_hash),
  constraint login_sessions_token_size check (octet_length(token_hash) = 32),
  constraint login_sessions_idle check (idle_seconds > 0)
);
select app.scale_distribute('app.login_sessions');

-- A user's role in an organization, or in one of its partners. E-mail and name are copies, for the list of members.
-- An operator of the platform looks into an organization by a membership that ends by itself and says why.
create table app.memberships (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  partner_id uuid,  -- null: of the organization's staff
  role text not null,
  state text not null default 'active',
  email text not null,
  name text not null,
  reason text,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint memberships_pk primary key (organization_id, id),
  constraint memberships_state check (state in ('active', 'ended')),
  constraint memberships_role check (case when partner_id is null
    then role in ('owner', 'admin', 'finance', 'support', 'viewer', 'observer', 'operator')
    else role in ('owner', 'manager', 'viewer') end),
  constraint memberships_visitors check (case when role in ('observer', 'operator')
    then reason is not null and expires_at is not null else expires_at is null end)
);
select app.scale_distribute('app.memberships');

-- Where a user has memberships: asked before an organization is known.
create table app.user_memberships (
  user_id uuid not null,
  organization_id uuid not null,
  membership_id uuid not null,
  constraint user_memberships_pk primary key (user_id, organization_id, membership_id)
);
select app.scale_distribute('app.user_memberships', 'user_id', 'none');

alter table app.users add constraint users_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.login_sessions add constraint login_sessions_user_fk
  foreign key (organization_id, user_id) references app.users;
alter table app.memberships add constraint memberships_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.memberships add constraint memberships_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index login_sessions_user on app.login_sessions (organization_id, user_id, id);
create unique index memberships_once on app.memberships
  (organization_id, user_id, coalesce(partner_id, '00000000-0000-0000-0000-000000000000'))
  where state = 'active';
create index memberships_created on app.memberships (organization_id, partner_id, created_at, id);
call app.wall('app.users');
call app.wall('app.login_sessions');
call app.wall('app.memberships', 'partner_id');
call app.wall('app.user_memberships');

create trigger touch before update on app.users for each row execute function app.touch();
create trigger touch before update on app.memberships for each row execute function app.touch();

grant select on app.users, app.login_sessions, app.memberships, app.user_memberships
  to app_read, app_write, app_money;
grant insert on app.users, app.login_sessions, app.memberships, app.user_memberships
  to app_write;
-- The service role finds where a user may go; it reads no user.
grant select on app.user_memberships to app_service;

call app.allow_update('app.users', 'app_write',
  array['email', 'email_key', 'name', 'locale', 'state', 'password_hash', 'email_verified_at', 'totp_secret',
        'totp_confirmed_at', 'totp_last_step', 'recovery_hashes']);
call app.allow_update('app.login_sessions', 'app_write',
  array['token_hash', 'seen_at', 'confirmed_at', 'ended_at']);
call app.allow_update('app.memberships', 'app_write', array['role', 'state', 'email', 'name']);
call app.allow_update('app.memberships', 'app_write', array['role', 'state'], 'partner');
