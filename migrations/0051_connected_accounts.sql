-- 0051_connected_accounts.sql: accounts that a provider keeps for partners (Stripe Connect). The provider decides when
-- one can be paid; what it said last is here, so that people know before a payout is made.

create table app.connected_accounts (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  country text not null,
  external_id text,                          -- the provider's, acct_…; null until it has made one
  state text not null default 'onboarding',
  reason text,                               -- the provider's word for why it cannot be paid
  checked_at timestamptz,                    -- when the provider was asked
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint connected_accounts_pk primary key (organization_id, id),
  constraint connected_accounts_partner unique (organization_id, partner_id),
  constraint connected_accounts_external unique (organization_id, external_id),
  constraint connected_accounts_state check (state in ('onboarding', 'restricted', 'ready')),
  constraint connected_accounts_ready check (state <> 'ready' or external_id is not null)
);
select app.scale_distribute('app.connected_accounts');
alter table app.connected_accounts add constraint connected_accounts_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index connected_accounts_created on app.connected_accounts (organization_id, created_at, id);
call app.wall('app.connected_accounts', 'partner_id');
create trigger touch before update on app.connected_accounts for each row execute function app.touch();
grant select on app.connected_accounts to app_read, app_write, app_money;
grant insert on app.connected_accounts to app_write;
call app.allow_update('app.connected_accounts', 'app_write', array['country', 'external_id', 'state', 'reason',
  'checked_at']);
-- What the provider says is not the partner's to change.
call app.allow_update('app.connected_accounts', 'app_write', array[]::text[], 'partner');

alter table app.payout_methods add column connected_account_id uuid;
alter table app.payout_methods add constraint payout_methods_connected_account_fk
  foreign key (organization_id, connected_account_id) references app.connected_accounts;
