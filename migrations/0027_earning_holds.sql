-- 0027_earning_holds.sql: why an earning is held, and what a partner owes that is given up.

create table app.earning_holds (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  earning_id uuid not null,
  reason text not null,           -- review: a person looks at it first; dispute: the payment is disputed
  note text,                      -- of the staff, for the staff
  placed_by uuid not null,
  placed_at timestamptz not null,
  released_by uuid,
  released_at timestamptz,
  constraint earning_holds_pk primary key (organization_id, id),
  constraint earning_holds_reason check (reason in ('review', 'dispute')),
  constraint earning_holds_released check ((released_by is null) = (released_at is null))
);
select app.scale_distribute('app.earning_holds');
alter table app.earning_holds add constraint earning_holds_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.earning_holds add constraint earning_holds_earning_fk
  foreign key (organization_id, earning_id) references app.earnings;
create index earning_holds_earning on app.earning_holds (organization_id, earning_id, placed_at);
create index earning_holds_partner on app.earning_holds (organization_id, partner_id, placed_at);
create unique index earning_holds_open on app.earning_holds (organization_id, earning_id, reason)
  where released_at is null;
call app.wall('app.earning_holds', 'partner_id');
grant select on app.earning_holds to app_read, app_write, app_money;
grant insert on app.earning_holds to app_money;
call app.allow_update('app.earning_holds', 'app_money', array['released_by', 'released_at']);
insert into app.earning_holds (organization_id, id, partner_id, earning_id, reason, placed_by, placed_at)
select organization_id, id, partner_id, id, 'dispute', '00000000-0000-0000-0000-000000000000', updated_at
from app.earnings
where state = 'held' and reversal_id is null;

-- What a partner owes back and will not pay: given up by two people. The earning of kind write_off that comes of it
-- nets what was owed.
create table app.write_offs (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  amount bigint not null,         -- minor units
  currency text not null,
  reason text not null,
  state text not null default 'requested',
  requested_by uuid not null,
  decided_by uuid,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint write_offs_pk primary key (organization_id, id),
  constraint write_offs_amount check (amount between 1 and 1000000000000),
  constraint write_offs_currency check (currency ~ '^[A-Z]{3}$'),
  constraint write_offs_state check (state in ('requested', 'approved', 'refused')),
  constraint write_offs_decided check ((state = 'requested') = (decided_by is null)
    and (decided_by is null) = (decided_at is null)),
  constraint write_offs_two_people check (state <> 'approved' or decided_by <> requested_by)
);
select app.scale_distribute('app.write_offs');
alter table app.write_offs add constraint write_offs_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index write_offs_partner on app.write_offs (organization_id, partner_id, created_at, id);
create index write_offs_created on app.write_offs (organization_id, created_at, id);
-- one at a time, so that no two give up the same
create unique index write_offs_open on app.write_offs (organization_id, partner_id, currency)
  where state = 'requested';
call app.wall('app.write_offs');
create trigger touch before update on app.write_offs for each row execute function app.touch();
grant select on app.write_offs to app_read, app_write, app_money;
grant insert on app.write_offs to app_money;
call app.allow_update('app.write_offs', 'app_money', array['state', 'decided_by', 'decided_at']);

alter table app.earnings add column write_off_id uuid;
-- the earning of a sub-partner that this one is a share on top of
alter table app.earnings add column overrides_id uuid;
alter table app.earnings add constraint earnings_write_off_fk
  foreign key (organization_id, write_off_id) references app.write_offs;
alter table app.earnings add constraint earnings_overrides_fk
  foreign key (organization_id, overrides_id) references app.earnings;
create unique index earnings_write_off on app.earnings (organization_id, write_off_id) where write_off_id is not null;
create index earnings_overrides on app.earnings (organization_id, overrides_id) where overrides_id is not null;
alter table app.earnings drop constraint earnings_once;
alter table app.earnings add constraint earnings_once unique nulls not distinct
  (organization_id, conversion_id, reversal_id, term_id, partner_id, link_id, overrides_id, write_off_id);
alter table app.earnings drop constraint earnings_kind;
alter table app.earnings add constraint earnings_kind check (kind in ('commission', 'saving', 'write_off'));
alter table app.earnings drop constraint earnings_origin;
alter table app.earnings add constraint earnings_origin
  check (conversion_id is not null or reversal_id is not null or write_off_id is not null);
