-- 0006_customers.sql: people known to an organization, one row per normalised e-mail.

create table app.contacts (
  organization_id uuid not null,
  id uuid not null,
  email text not null,
  email_normalised text not null,
  name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint contacts_pk primary key (organization_id, id),
  constraint contacts_email unique (organization_id, email_normalised)
);
select app.scale_distribute('app.contacts');
alter table app.contacts add constraint contacts_organization_fk
  foreign key (organization_id) references app.organizations;
call app.wall('app.contacts');
create trigger touch before update on app.contacts for each row execute function app.touch();
grant select on app.contacts to app_read, app_write, app_money, app_service;
grant insert on app.contacts to app_write, app_money;
call app.allow_update('app.contacts', 'app_write', array['email', 'name']);
