-- 0015_partner_profiles.sql: who a partner is in full, why it is in its state, and what it is found by.

alter table app.partners
  add column legal_name text,
  add column tax_id text,
  add column registration_number text,
  add column contact_name text,
  add column contact_phone text,
  add column address jsonb,               -- street, city, region, postal_code; the country stands beside it
  add column locale text,
  add column time_zone text,
  add column settings jsonb not null default '{"auto_email_customers": true}',
  add column state_reason text,           -- of the rejection or suspension
  add column state_changed_at timestamptz not null default now();
alter table app.partners drop constraint partners_kind;
alter table app.partners add constraint partners_kind
  check (kind in ('affiliate', 'reseller', 'corporate', 'school'));
create index partners_created on app.partners (organization_id, created_at, id);
create index partners_updated on app.partners (organization_id, updated_at, id);
create index partners_name on app.partners (organization_id, name, id);
create index partners_by_status on app.partners (organization_id, status, created_at, id);
create index partners_by_kind on app.partners (organization_id, kind, created_at, id);
create index partners_by_country on app.partners (organization_id, country, created_at, id);

-- Search as you type: every word of what a partner is called, in lower case. Compared by code point ("C"), so that
-- "begins with" is a range of the index; LIKE would not reach the index behind a wall, being no leakproof operator.
create table app.partner_words (
  organization_id uuid not null,
  partner_id uuid not null,
  word text collate "C" not null,
  constraint partner_words_pk primary key (organization_id, partner_id, word)
);
select app.scale_distribute('app.partner_words');
alter table app.partner_words add constraint partner_words_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index partner_words_word on app.partner_words (organization_id, word, partner_id);
call app.wall('app.partner_words', 'partner_id');
grant select on app.partner_words to app_read, app_write, app_money, app_service;
grant insert on app.partner_words to app_write, app_money;
grant delete on app.partner_words to app_write;
insert into app.partner_words (organization_id, partner_id, word)
select p.organization_id, p.id, left(w.word, 64)
from app.partners p
cross join lateral (
  select t.word from regexp_split_to_table(lower(concat_ws(' ', p.name, p.slug, p.contact_email, p.external_id)), '\s+')
    as t(word)
  union
  select t.word from regexp_split_to_table(lower(concat_ws(' ', p.name, p.slug, p.contact_email, p.external_id)),
    '[^[:alnum:]]+') as t(word)) w
where w.word <> ''
on conflict do nothing;

-- What staff write down about a partner; no partner sees either.
create table app.partner_tags (
  organization_id uuid not null,
  partner_id uuid not null,
  tag text not null,
  constraint partner_tags_pk primary key (organization_id, partner_id, tag),
  constraint partner_tags_tag check (length(tag) between 1 and 40)
);
select app.scale_distribute('app.partner_tags');
create table app.partner_notes (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  body text not null,
  author_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint partner_notes_pk primary key (organization_id, id)
);
select app.scale_distribute('app.partner_notes');
alter table app.partner_tags add constraint partner_tags_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.partner_notes add constraint partner_notes_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index partner_tags_tag on app.partner_tags (organization_id, tag, partner_id);
create index partner_notes_partner on app.partner_notes (organization_id, partner_id, created_at, id);
call app.wall('app.partner_tags');
call app.wall('app.partner_notes');
create trigger touch before update on app.partner_notes for each row execute function app.touch();
grant select on app.partner_tags, app.partner_notes to app_read, app_write;
grant insert, delete on app.partner_tags, app.partner_notes to app_write;
call app.allow_update('app.partner_notes', 'app_write', array['body']);

-- The rights of the columns anew: what staff change, and what a partner changes of itself.
drop trigger guard_app_write on app.partners;
drop trigger guard_app_write_partner on app.partners;
call app.allow_update('app.partners', 'app_write',
  array['name', 'website', 'contact_email', 'status', 'country', 'currency', 'external_id', 'metadata', 'legal_name',
        'tax_id', 'registration_number', 'contact_name', 'contact_phone', 'address', 'locale', 'time_zone', 'settings',
        'state_reason', 'state_changed_at']);
call app.allow_update('app.partners', 'app_write',
  array['name', 'website', 'contact_email', 'contact_name', 'contact_phone', 'address', 'locale', 'time_zone',
        'settings'], 'partner');

-- A visit through a link of a partner that is not active is stored and does not count.
alter table app.visits drop constraint visits_status;
alter table app.visits add constraint visits_status check (status in ('counted', 'duplicate', 'crawler', 'inactive'));
