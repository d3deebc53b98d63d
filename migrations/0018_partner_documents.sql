-- 0018_partner_documents.sql: what a partner proves itself by. The bytes are sealed under the organization's key.

create table app.partner_documents (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  kind text not null,
  name text not null,
  content_type text not null,
  size int not null,               -- bytes as stored, before sealing
  state text not null default 'submitted',
  state_reason text,
  expires_on date,
  content bytea not null,
  uploaded_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint partner_documents_pk primary key (organization_id, id),
  constraint partner_documents_kind check (kind in ('identity', 'registration', 'tax', 'bank', 'contract', 'other')),
  constraint partner_documents_type check (content_type in ('application/pdf', 'image/jpeg', 'image/png')),
  constraint partner_documents_size check (size between 1 and 33554432),
  constraint partner_documents_state check (state in ('submitted', 'approved', 'rejected', 'expired'))
);
select app.scale_distribute('app.partner_documents');
alter table app.partner_documents add constraint partner_documents_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index partner_documents_partner on app.partner_documents (organization_id, partner_id, created_at, id);
create index partner_documents_created on app.partner_documents (organization_id, created_at, id);
create index partner_documents_by_state on app.partner_documents (organization_id, state, created_at, id);
call app.wall('app.partner_documents', 'partner_id');
create trigger touch before update on app.partner_documents for each row execute function app.touch();
grant select on app.partner_documents to app_read, app_write;
grant insert on app.partner_documents to app_write;
call app.allow_update('app.partner_documents', 'app_write', array['state', 'state_reason', 'expires_on']);
-- Of its own documents a partner changes nothing.
call app.allow_update('app.partner_documents', 'app_write', array[]::text[], 'partner');
