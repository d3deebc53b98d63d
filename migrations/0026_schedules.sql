-- 0026_schedules.sql: the periods of recurring work. A row is a period that has begun for an organization; its key lets
-- it begin once, whatever number of servers or clock says so.

create table app.schedule_periods (
  organization_id uuid not null,
  schedule text not null,
  period text not null,           -- 2026-11 (a month), 2026-11-21 (a day), 2026-11-21T15 (an hour, UTC)
  created_at timestamptz not null default now(),
  constraint schedule_periods_pk primary key (organization_id, schedule, period),
  constraint schedule_periods_period check (period ~ '^\d{4}-\d\d(-\d\d(T\d\d)?)?$')
);
select app.scale_distribute('app.schedule_periods');
alter table app.schedule_periods add constraint schedule_periods_organization_fk
  foreign key (organization_id) references app.organizations;
call app.wall('app.schedule_periods');
call app.freeze('app.schedule_periods');
grant select on app.schedule_periods to app_read, app_write, app_service;
grant insert on app.schedule_periods to app_write;
