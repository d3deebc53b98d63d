-- 0024_single_sign_on.sql: who a user is at the OpenID provider of the installation, and whether a session was opened
-- by two factors. Rows of the platform, like the users.

create table app.user_identities (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  issuer text not null,
  subject text not null,  -- the provider's name for the person, which never goes to another; addresses do
  created_at timestamptz not null default now(),
  constraint user_identities_pk primary key (organization_id, id),
  constraint user_identities_subject unique (organization_id, issuer, subject),
  constraint user_identities_user unique (organization_id, user_id, issuer)
);
select app.scale_distribute('app.user_identities');
alter table app.user_identities add constraint user_identities_user_fk
  foreign key (organization_id, user_id) references app.users;
call app.wall('app.user_identities');
grant select on app.user_identities to app_read, app_write, app_money;
grant insert on app.user_identities to app_write;
call app.freeze('app.user_identities');

alter table app.login_sessions add column is_strong boolean not null default false;
update app.login_sessions as s set is_strong = true
from app.users u
where u.organization_id = s.organization_id and u.id = s.user_id and u.totp_confirmed_at is not null;
drop trigger guard_app_write on app.login_sessions;
call app.allow_update('app.login_sessions', 'app_write',
  array['token_hash', 'seen_at', 'confirmed_at', 'ended_at', 'is_strong']);
