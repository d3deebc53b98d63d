-- 0022_earning_rollups.sql: earnings by partner, link and day, for reports; never a counter in the write path. Every
-- earning leaves a mark in its own transaction; a day with a mark is read from the earnings themselves, so a report
-- is right at all times. Marks are taken away in the statement that sums the day up again.

create table app.earning_rollups (
  organization_id uuid not null,
  partner_id uuid not null,
  day date not null,              -- in the zone of the organization's rollup_states row
  currency text not null,
  link_id uuid not null,          -- all zeros: without a link
  earned bigint not null,
  taken_back bigint not null,     -- not positive
  earnings bigint not null,
  constraint earning_rollups_pk primary key (organization_id, partner_id, day, currency, link_id),
  constraint earning_rollups_currency check (currency ~ '^[A-Z]{3}$'),
  constraint earning_rollups_signs check (earned >= 0 and taken_back <= 0 and earnings > 0)
);
select app.scale_distribute('app.earning_rollups');

create table app.earning_marks (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  day date not null,
  constraint earning_marks_pk primary key (organization_id, id)
);
select app.scale_distribute('app.earning_marks');

-- The zone whose days the rollups are; another than the organization's, or none: there are no rollups to read.
create table app.rollup_states (
  organization_id uuid not null,
  time_zone text not null,
  rebuilt_at timestamptz not null,
  constraint rollup_states_pk primary key (organization_id)
);
select app.scale_distribute('app.rollup_states');

alter table app.earning_rollups add constraint earning_rollups_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.earning_marks add constraint earning_marks_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index earning_marks_day on app.earning_marks (organization_id, partner_id, day);

call app.wall('app.earning_rollups', 'partner_id');
call app.wall('app.earning_marks', 'partner_id');
call app.wall('app.rollup_states');
-- A partner's report must know whether there are rollups to read.
call app.add_policy('app.rollup_states', 'partners_read', 'select', 'app_read', '{actor_kind} = ''partner''');
grant select on app.earning_rollups, app.earning_marks, app.rollup_states
  to app_read, app_write, app_money, app_service;
grant insert on app.earning_marks to app_money;
grant delete on app.earning_marks to app_write;
grant insert, delete on app.earning_rollups to app_write;
grant insert on app.rollup_states to app_write;
call app.allow_update('app.earning_rollups', 'app_write', array['earned', 'taken_back', 'earnings']);
call app.allow_update('app.rollup_states', 'app_write', array['time_zone', 'rebuilt_at']);
