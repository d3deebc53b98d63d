-- 0029_payout_runs.sql: what is paid together, to whom, and who allowed it. Which earnings are in a payout stands on
-- the earnings; what was in it when it was approved is kept for good.

create table app.payout_runs (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  period text,                     -- of scheduled ones: '2026-03', once per currency
  currency text not null,
  state text not null,
  cutoff_at timestamptz not null,  -- what came due before it is paid
  revision int not null default 1, -- of the draft; approvals are of one revision
  collected_to uuid,               -- while collecting: partners up to here were looked at
  requested_by uuid not null,
  approved_at timestamptz,
  submitted_at timestamptz,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payout_runs_pk primary key (organization_id, id),
  constraint payout_runs_kind check (kind in ('scheduled', 'on_demand')),
  constraint payout_runs_period check ((kind = 'scheduled') = (period is not null)),
  constraint payout_runs_currency check (currency ~ '^[A-Z]{3}$'),
  constraint payout_runs_state check (state in ('collecting', 'draft', 'approved', 'submitting', 'submitted', 'settled',
    'partially_settled', 'failed', 'cancelled'))
);
select app.scale_distribute('app.payout_runs');
create unique index payout_runs_period on app.payout_runs (organization_id, period, currency) where period is not null;
create index payout_runs_created on app.payout_runs (organization_id, created_at, id);
call app.wall('app.payout_runs');
create trigger touch before update on app.payout_runs for each row execute function app.touch();
grant select on app.payout_runs to app_read, app_write, app_money;
grant insert on app.payout_runs to app_money;
call app.allow_update('app.payout_runs', 'app_money',
  array['state', 'revision', 'collected_to', 'approved_at', 'submitted_at', 'settled_at']);

create table app.payout_approvals (
  organization_id uuid not null,
  id uuid not null,
  payout_run_id uuid not null,
  revision int not null,
  approved_by uuid not null,
  approved_at timestamptz not null,
  constraint payout_approvals_pk primary key (organization_id, id),
  constraint payout_approvals_once unique (organization_id, payout_run_id, revision, approved_by)
);
select app.scale_distribute('app.payout_approvals');
alter table app.payout_approvals add constraint payout_approvals_run_fk
  foreign key (organization_id, payout_run_id) references app.payout_runs;
call app.wall('app.payout_approvals');
grant select on app.payout_approvals to app_read, app_write, app_money;
grant insert on app.payout_approvals to app_money;
call app.freeze('app.payout_approvals');

create table app.payouts (
  organization_id uuid not null,
  id uuid not null,
  payout_run_id uuid not null,
  partner_id uuid not null,
  currency text not null,
  amount bigint not null,          -- minor units: the sum of its earnings
  earnings bigint not null,        -- how many
  payout_method_id uuid not null,
  rail text not null,
  state text not null default 'draft',
  reason text,                     -- why removed, failed or returned
  external_id text,                -- the provider's
  external_batch_id text,
  fee bigint,                      -- what the provider took, minor units of the currency
  bank_reference text,
  executed_on date,
  attempts int not null default 0, -- at sending it
  submitted_at timestamptz,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payouts_pk primary key (organization_id, id),
  constraint payouts_amount check (amount > 0 and earnings > 0),
  constraint payouts_state check (state in ('draft', 'removed', 'approved', 'submitting', 'submitted', 'paid', 'failed',
    'returned', 'unclaimed'))
);
select app.scale_distribute('app.payouts');
alter table app.payouts add constraint payouts_run_fk
  foreign key (organization_id, payout_run_id) references app.payout_runs;
alter table app.payouts add constraint payouts_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.payouts add constraint payouts_method_fk
  foreign key (organization_id, payout_method_id) references app.payout_methods;
create unique index payouts_once on app.payouts (organization_id, payout_run_id, partner_id) where state <> 'removed';
create index payouts_run on app.payouts (organization_id, payout_run_id, state);
create index payouts_partner on app.payouts (organization_id, partner_id, created_at, id);
create index payouts_created on app.payouts (organization_id, created_at, id);
create index payouts_external on app.payouts (organization_id, external_id) where external_id is not null;
call app.wall('app.payouts', 'partner_id');
create trigger touch before update on app.payouts for each row execute function app.touch();
grant select on app.payouts to app_read, app_write, app_money;
grant insert on app.payouts to app_money;
call app.allow_update('app.payouts', 'app_money', array['state', 'reason', 'external_id', 'external_batch_id',
  'fee', 'bank_reference', 'executed_on', 'attempts', 'submitted_at', 'settled_at']);

create table app.payout_items (
  organization_id uuid not null,
  id uuid not null,                -- the earning's
  payout_id uuid not null,
  partner_id uuid not null,
  amount bigint not null,
  constraint payout_items_pk primary key (organization_id, payout_id, id)
);
select app.scale_distribute('app.payout_items');
alter table app.payout_items add constraint payout_items_payout_fk
  foreign key (organization_id, payout_id) references app.payouts;
alter table app.payout_items add constraint payout_items_earning_fk
  foreign key (organization_id, id) references app.earnings;
call app.wall('app.payout_items', 'partner_id');
grant select on app.payout_items to app_read, app_write, app_money;
grant insert on app.payout_items to app_money;
call app.freeze('app.payout_items');

-- what could be paid next, and what waits for a review
create index earnings_open on app.earnings (organization_id, currency, partner_id) where state in ('due', 'held');

-- What an organization has at the bank and at providers.
create table app.rail_accounts (
  organization_id uuid not null,
  id uuid not null,
  rail text not null,
  payer_name text,
  payer_account bytea,             -- sealed, as the secrets below
  payer_account_hint text,
  payer_bic text,
  client_id text,
  profile text,
  source_currency text,
  secret bytea,
  webhook_key bytea,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint rail_accounts_pk primary key (organization_id, id),
  constraint rail_accounts_once unique (organization_id, rail),
  constraint rail_accounts_rail check (rail in ('bank', 'sepa', 'paypal', 'wise', 'stripe'))
);
select app.scale_distribute('app.rail_accounts');
create index rail_accounts_created on app.rail_accounts (organization_id, created_at, id);
call app.wall('app.rail_accounts');
create trigger touch before update on app.rail_accounts for each row execute function app.touch();
grant select on app.rail_accounts to app_read, app_write, app_money;
grant insert on app.rail_accounts to app_write;
call app.allow_update('app.rail_accounts', 'app_write', array['payer_name', 'payer_account', 'payer_account_hint',
  'payer_bic', 'client_id', 'profile', 'source_currency', 'secret', 'webhook_key']);
