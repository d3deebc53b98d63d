-- 0041_saved_views.sql: a list, or a report, as somebody left it, under a name: the address of its filters, order and
-- columns. Kept for oneself, or shared with the organization; a partner's team has views of its own.
create table app.saved_views (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid,                -- of which partner's portal; null: of the organization's console
  owner_id uuid not null,         -- the user who keeps it
  page text not null,             -- the list that it is of
  name text not null,
  query text not null,            -- of its address, without the '?'
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint saved_views_pk primary key (organization_id, id),
  constraint saved_views_name unique nulls not distinct (organization_id, owner_id, partner_id, page, name),
  constraint saved_views_length check (length(name) between 1 and 60 and length(query) <= 2000)
);
select app.scale_distribute('app.saved_views');
alter table app.saved_views add constraint saved_views_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index saved_views_partner on app.saved_views (organization_id, partner_id, page, id);
call app.wall('app.saved_views', 'partner_id');
create trigger touch before update on app.saved_views for each row execute function app.touch();
grant select on app.saved_views to app_read, app_write;
grant insert, delete on app.saved_views to app_write;
call app.allow_update('app.saved_views', 'app_write', array['name', 'query', 'is_shared']);
