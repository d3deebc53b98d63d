-- 0052_organization_logos.sql: the picture on an organization's papers.

create table app.organization_logos (
  organization_id uuid not null,
  content bytea not null,          -- PNG, made anew from what was sent; for everybody's eyes, so not sealed
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organization_logos_pk primary key (organization_id),
  constraint organization_logos_size check (length(content) between 1 and 2097152)
);
select app.scale_distribute('app.organization_logos');
alter table app.organization_logos add constraint organization_logos_organization_fk
  foreign key (organization_id) references app.organizations;
call app.wall('app.organization_logos');
-- It stands on the partners' statements.
call app.add_policy('app.organization_logos', 'partners', 'select', 'app_read, app_write, app_money',
  '{actor_kind} = ''partner''');
create trigger touch before update on app.organization_logos for each row execute function app.touch();
grant select on app.organization_logos to app_read, app_write, app_money;
grant insert, delete on app.organization_logos to app_write;
call app.allow_update('app.organization_logos', 'app_write', array['content']);
