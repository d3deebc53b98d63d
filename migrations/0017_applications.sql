-- 0017_applications.sql: the public form by which partners apply, and what came in by it.

-- What an organization asks, and when it lets in by itself. Without a row nobody applies.
create table app.application_forms (
  organization_id uuid not null,
  is_open boolean not null,
  introduction text,
  criteria text,
  questions jsonb not null default '[]',
  approves_when jsonb,                   -- conditions that must all hold; null: a person decides
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint application_forms_pk primary key (organization_id),
  constraint application_forms_questions check (jsonb_typeof(questions) = 'array'),
  constraint application_forms_approves check (approves_when is null or jsonb_typeof(approves_when) = 'array')
);
select app.scale_distribute('app.application_forms');

-- Stored as it came and answered; a job makes the partner of it, so that a known e-mail is not told from an unknown
-- one by the time of the answer.
create table app.partner_applications (
  organization_id uuid not null,
  id uuid not null,
  state text not null default 'received',
  applied_as uuid,                       -- the partner that it made; of a duplicate, who was there already
  form jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint partner_applications_pk primary key (organization_id, id),
  constraint partner_applications_state check (state in ('received', 'taken', 'duplicate')),
  constraint partner_applications_partner check ((state = 'received') = (applied_as is null))
);
select app.scale_distribute('app.partner_applications');
alter table app.application_forms add constraint application_forms_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.partner_applications add constraint partner_applications_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.partner_applications add constraint partner_applications_partner_fk
  foreign key (organization_id, applied_as) references app.partners;
create index partner_applications_created on app.partner_applications (organization_id, created_at, id);
create index partner_applications_partner on app.partner_applications (organization_id, applied_as, created_at, id);
create index partner_applications_by_state on app.partner_applications (organization_id, state, created_at, id);
call app.wall('app.application_forms');
call app.wall('app.partner_applications');
create trigger touch before update on app.application_forms for each row execute function app.touch();
create trigger touch before update on app.partner_applications for each row execute function app.touch();
grant select on app.application_forms, app.partner_applications to app_read, app_write;
grant insert on app.application_forms, app.partner_applications to app_write;
call app.allow_update('app.application_forms', 'app_write',
  array['is_open', 'introduction', 'criteria', 'questions', 'approves_when']);
call app.allow_update('app.partner_applications', 'app_write', array['state', 'applied_as']);
