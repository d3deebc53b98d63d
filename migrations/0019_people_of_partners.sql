-- 0019_people_of_partners.sql: contacts by e-mail or phone, merged and erased; and what each partner knows of its own
-- customers, unseen by the others.

alter table app.contacts
  alter column email drop not null,
  alter column email_normalised drop not null,
  add column phone text,                 -- E.164
  add column country text,
  add column locale text,
  add column merged_into uuid,           -- the contact that this one turned out to be
  add column erased_at timestamptz;
alter table app.contacts add constraint contacts_phone unique (organization_id, phone);
alter table app.contacts add constraint contacts_reachable check
  (email_normalised is not null or phone is not null or merged_into is not null or erased_at is not null);
alter table app.contacts add constraint contacts_email_both check ((email is null) = (email_normalised is null));
alter table app.contacts add constraint contacts_merged_fk
  foreign key (organization_id, merged_into) references app.contacts;
create index contacts_created on app.contacts (organization_id, created_at, id);
create index contacts_merged on app.contacts (organization_id, merged_into) where merged_into is not null;

-- The relation of a partner to a person, in the partner's own words. The contact is found by a job of the system: a
-- partner never reaches contacts.
create table app.partner_customers (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  contact_id uuid,
  first_name text,
  last_name text,
  email text,
  email_normalised text,
  phone text,
  notes text,
  tags text[] not null default '{}',
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint partner_customers_pk primary key (organization_id, id),
  constraint partner_customers_email unique (organization_id, partner_id, email_normalised),
  constraint partner_customers_phone unique (organization_id, partner_id, phone),
  constraint partner_customers_external_id unique (organization_id, partner_id, external_id),
  constraint partner_customers_email_both check ((email is null) = (email_normalised is null)),
  constraint partner_customers_tags check (cardinality(tags) <= 20)
);
select app.scale_distribute('app.partner_customers');

-- What people are found by: words of names, e-mails and phones; '#tag'. Of contacts (partner_id null) and of the
-- customers of partners.
create table app.person_words (
  organization_id uuid not null,
  person_id uuid not null,
  word text collate "C" not null,
  partner_id uuid,
  constraint person_words_pk primary key (organization_id, person_id, word)
);
select app.scale_distribute('app.person_words');

-- Who was erased: done again after an older backup was restored.
create table app.erasures (
  organization_id uuid not null,
  id uuid not null,                      -- the contact
  erased_at timestamptz not null,
  erased_by uuid not null,
  constraint erasures_pk primary key (organization_id, id)
);
select app.scale_distribute('app.erasures');

alter table app.partner_customers add constraint partner_customers_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.partner_customers add constraint partner_customers_contact_fk
  foreign key (organization_id, contact_id) references app.contacts;
alter table app.person_words add constraint person_words_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.erasures add constraint erasures_contact_fk
  foreign key (organization_id, id) references app.contacts;
create index partner_customers_partner on app.partner_customers (organization_id, partner_id, created_at, id);
create index partner_customers_created on app.partner_customers (organization_id, created_at, id);
create index partner_customers_contact on app.partner_customers (organization_id, contact_id);
create index person_words_word on app.person_words (organization_id, partner_id, word, person_id);
create index erasures_at on app.erasures (organization_id, erased_at, id);

call app.wall('app.partner_customers', 'partner_id');
call app.wall('app.person_words', 'partner_id');
call app.wall('app.erasures');
create trigger touch before update on app.partner_customers for each row execute function app.touch();
grant select on app.partner_customers, app.person_words, app.erasures to app_read, app_write, app_money;
grant insert on app.partner_customers, app.erasures to app_write;
grant insert on app.person_words to app_write, app_money;
grant delete on app.partner_customers, app.person_words to app_write;
call app.allow_update('app.partner_customers', 'app_write',
  array['contact_id', 'first_name', 'last_name', 'email', 'email_normalised', 'phone', 'notes', 'tags', 'external_id']);
call app.allow_update('app.partner_customers', 'app_write',
  array['first_name', 'last_name', 'email', 'email_normalised', 'phone', 'notes', 'tags', 'external_id'], 'partner');
drop trigger guard_app_write on app.contacts;
call app.allow_update('app.contacts', 'app_write',
  array['email', 'email_normalised', 'name', 'phone', 'country', 'locale', 'merged_into', 'erased_at']);
insert into app.person_words (organization_id, person_id, word)
select c.organization_id, c.id, left(w.word, 64)
from app.contacts c
cross join lateral (
  select t.word from regexp_split_to_table(lower(concat_ws(' ', c.email, c.name)), '\s+') as t(word)
  union
  select t.word from regexp_split_to_table(lower(concat_ws(' ', c.email, c.name)), '[^[:alnum:]]+') as t(word)) w
where w.word <> ''
on conflict do nothing;

-- Merging moves a lead to the person; erasing parts it from its visits, which are history.
drop trigger guard_app_write on app.leads;
call app.allow_update('app.leads', 'app_write', array['state', 'external_id', 'contact_id', 'visitor_id']);
