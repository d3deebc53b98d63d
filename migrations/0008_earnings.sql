-- 0008_earnings.sql: what a partner gained from one conversion under one term, and what was taken back.
-- Amounts are signed: a reversal is a row of its own with a negative amount that names what it reverses.
-- Inputs, rate, base and rule version are copied onto the row: a later change of the deal alters nothing that
-- was earned.

create table app.earnings (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  kind text not null,             -- commission, saving
  state text not null,
  conversion_id uuid,
  reversal_id uuid,               -- set on rows that take back
  reverses_id uuid,               -- the earning that is taken back; null when the reversal stands for itself
  link_id uuid,
  term_id uuid,
  deal_version_id uuid,
  amount bigint not null,         -- minor units, signed
  currency text not null,
  exact_base numeric(24, 6) not null,
  rate_ppm bigint,
  weight bigint not null default 1,   -- share of the attribution: weight of weight_total
  weight_total bigint not null default 1,
  occurred_at timestamptz not null,
  hold_until timestamptz not null,
  explanation jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint earnings_pk primary key (organization_id, id),
  constraint earnings_once unique nulls not distinct
    (organization_id, conversion_id, reversal_id, term_id, partner_id, link_id),
  constraint earnings_kind check (kind in ('commission', 'saving')),
  constraint earnings_state check (state in ('pending', 'due', 'in_payout', 'paid', 'cancelled', 'held')),
  constraint earnings_currency check (currency ~ '^[A-Z]{3}$'),
  constraint earnings_sign check ((reversal_id is null and amount > 0) or (reversal_id is not null and amount < 0)),
  constraint earnings_origin check (conversion_id is not null or reversal_id is not null),
  constraint earnings_weight check (weight between 1 and weight_total)
);
select app.scale_distribute('app.earnings');
alter table app.earnings add constraint earnings_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.earnings add constraint earnings_conversion_fk
  foreign key (organization_id, conversion_id) references app.conversions;
alter table app.earnings add constraint earnings_reversal_fk
  foreign key (organization_id, reversal_id) references app.reversals;
alter table app.earnings add constraint earnings_reverses_fk
  foreign key (organization_id, reverses_id) references app.earnings;
-- covering: a partner's report reads the index alone
create index earnings_partner on app.earnings (organization_id, partner_id, occurred_at, id)
  include (amount, currency);
create index earnings_time on app.earnings (organization_id, occurred_at, id) include (amount, currency, partner_id);
create index earnings_reverses on app.earnings (organization_id, reverses_id) where reverses_id is not null;

call app.wall('app.earnings', 'partner_id');
create trigger touch before update on app.earnings for each row execute function app.touch();
grant select on app.earnings to app_read, app_write, app_money, app_service;
grant insert on app.earnings to app_money;
call app.allow_update('app.earnings', 'app_money', array['state', 'hold_until']);
