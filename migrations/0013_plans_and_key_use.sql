-- 0013_plans_and_key_use.sql: what an organization has booked, and when a key was last used.

alter table app.organizations add column plan text not null default 'free';
alter table app.organizations add constraint organizations_plan
  check (plan in ('free', 'starter', 'professional', 'enterprise'));
drop trigger guard_app_write on app.organizations;
call app.allow_update('app.organizations', 'app_write',
  array['name', 'status', 'time_zone', 'currency', 'settings', 'plan']);

-- Written at most once a minute and key: it says that a key is in use, it counts nothing.
alter table app.api_keys add column last_used_at timestamptz;
drop trigger guard_app_write on app.api_keys;
call app.allow_update('app.api_keys', 'app_write', array['name', 'expires_at', 'revoked_at', 'last_used_at']);
