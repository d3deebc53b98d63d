-- 0033_payout_requests.sql: a partner asks for what is due without waiting for the month. Requests of one currency are
-- taken into one run on demand, which nobody of the staff asked for and no requester approves.

create table app.payout_requests (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  currency text not null,
  state text not null default 'waiting',
  reason text,                     -- why refused
  payout_run_id uuid,
  payout_id uuid,
  requested_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payout_requests_pk primary key (organization_id, id),
  constraint payout_requests_currency check (currency ~ '^[A-Z]{3}$'),
  constraint payout_requests_state check (state in ('waiting', 'drafted', 'refused')),
  constraint payout_requests_payout check ((state = 'drafted') = (payout_id is not null)
    and (payout_id is null) = (payout_run_id is null))
);
select app.scale_distribute('app.payout_requests');
alter table app.payout_requests add constraint payout_requests_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.payout_requests add constraint payout_requests_payout_fk
  foreign key (organization_id, payout_id) references app.payouts;
alter table app.payout_requests add constraint payout_requests_run_fk
  foreign key (organization_id, payout_run_id) references app.payout_runs;
create unique index payout_requests_waiting on app.payout_requests (organization_id, partner_id, currency)
  where state = 'waiting';
create index payout_requests_partner on app.payout_requests (organization_id, partner_id, created_at, id);
create index payout_requests_created on app.payout_requests (organization_id, created_at, id);
create index payout_requests_run on app.payout_requests (organization_id, payout_run_id)
  where payout_run_id is not null;
call app.wall('app.payout_requests', 'partner_id');
create trigger touch before update on app.payout_requests for each row execute function app.touch();
grant select on app.payout_requests to app_read, app_write, app_money;
grant insert on app.payout_requests to app_write;
call app.allow_update('app.payout_requests', 'app_money', array['state', 'reason', 'payout_run_id', 'payout_id']);

-- A run that requests are taken into pays what is due when the last of them is.
drop trigger guard_app_money on app.payout_runs;
call app.allow_update('app.payout_runs', 'app_money',
  array['state', 'revision', 'collected_to', 'cutoff_at', 'approved_at', 'submitted_at', 'settled_at']);
