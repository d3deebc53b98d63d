-- 0007_attribution.sql: links, coupons, visits, leads, conversions and their reversals, and the addresses at which
-- billing systems call. Codes of links and addresses of endpoints are unique over all organizations (code_registry);
-- coupon codes within one.

create table app.links (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  code text not null,
  destination text not null,
  label text,
  state text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint links_pk primary key (organization_id, id),
  constraint links_code unique (organization_id, code),
  constraint links_state check (state in ('active', 'archived'))
);
select app.scale_distribute('app.links');

create table app.coupons (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  code text not null,             -- as given
  code_normalised text not null,  -- lower case
  state text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint coupons_pk primary key (organization_id, id),
  constraint coupons_code unique (organization_id, code_normalised),
  constraint coupons_state check (state in ('active', 'archived'))
);
select app.scale_distribute('app.coupons');

-- The hot append-only table: as few indexes as its reads need and no foreign keys (the collector has just resolved the
-- link). One visit is counted per visitor, link and half hour (slot = floor(unix seconds / 1800)); repeats and crawlers
-- are stored as what they are. The unique index decides between servers and also finds a visitor's visits.
create table app.visits (
  organization_id uuid not null,
  id uuid not null,               -- UUIDv7: ordered by time
  partner_id uuid not null,
  link_id uuid not null,
  visitor_id text not null,
  status text not null,           -- counted, duplicate, crawler
  source text not null,           -- script, redirect, import
  at timestamptz not null,
  slot bigint not null,
  landing_url text,
  referrer text,
  user_agent text,
  ip inet,
  constraint visits_pk primary key (organization_id, id),
  constraint visits_status check (status in ('counted', 'duplicate', 'crawler')),
  constraint visits_source check (source in ('script', 'redirect', 'import'))
);
select app.scale_distribute('app.visits');
create unique index visits_once on app.visits (organization_id, visitor_id, link_id, slot) where status = 'counted';

-- A contact with an intent. The attribution is decided once and frozen here with its trace.
create table app.leads (
  organization_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  partner_id uuid,                -- winner; of linear attribution the latest touch; null: nobody's
  link_id uuid,
  coupon_id uuid,
  visitor_id text,
  external_id text,
  state text not null default 'new',
  source text not null,           -- script, api, import
  trace jsonb not null default '{}',
  occurred_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint leads_pk primary key (organization_id, id),
  constraint leads_contact unique (organization_id, contact_id),
  constraint leads_state check (state in ('new', 'contacted', 'qualified', 'converted', 'lost')),
  constraint leads_source check (source in ('script', 'api', 'import'))
);
select app.scale_distribute('app.leads');
create unique index leads_external_id on app.leads (organization_id, external_id) where external_id is not null;
create index leads_created on app.leads (organization_id, created_at, id);
create index leads_partner on app.leads (organization_id, partner_id, created_at, id);

-- Who has which share of a lead: weight of total; one row for first, last and coupon.
create table app.lead_attributions (
  organization_id uuid not null,
  lead_id uuid not null,
  position int not null,
  partner_id uuid not null,
  link_id uuid,
  coupon_id uuid,
  weight bigint not null,
  constraint lead_attributions_pk primary key (organization_id, lead_id, position),
  constraint lead_attributions_weight check (weight > 0)
);
select app.scale_distribute('app.lead_attributions');

-- What a billing system calls the lead's customer ('stripe', 'cus_…').
create table app.lead_aliases (
  organization_id uuid not null,
  provider text not null,
  external_id text not null,
  lead_id uuid not null,
  created_at timestamptz not null default now(),
  constraint lead_aliases_pk primary key (organization_id, provider, external_id)
);
select app.scale_distribute('app.lead_aliases');

create table app.inbound_endpoints (
  organization_id uuid not null,
  id uuid not null,
  address text not null,          -- /api/inbound/{address}
  provider text not null,         -- generic, stripe, chartmogul
  name text not null,
  secrets bytea not null,         -- sealed JSON list of the live signing secrets, newest first
  state text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint inbound_endpoints_pk primary key (organization_id, id),
  constraint inbound_endpoints_address unique (organization_id, address),
  constraint inbound_endpoints_provider check (provider in ('generic', 'stripe', 'chartmogul')),
  constraint inbound_endpoints_state check (state in ('active', 'archived'))
);
select app.scale_distribute('app.inbound_endpoints');

-- A qualifying event. amount is the exact total rounded once to minor units; exact_amount keeps every digit of the
-- source (prices with three decimals), and commissions are computed from it.
create table app.conversions (
  organization_id uuid not null,
  id uuid not null,
  source text not null,           -- generic, stripe, chartmogul, import, api
  external_id text not null,
  kind text not null,             -- lead, sale, subscription
  partner_id uuid,                -- winner; null: nobody's
  lead_id uuid,
  link_id uuid,
  coupon_id uuid,
  amount bigint not null,
  currency text not null,
  exact_amount numeric(24, 6) not null,
  exact_tax numeric(24, 6) not null default 0,
  exact_discount numeric(24, 6) not null default 0,
  exact_cost numeric(24, 6) not null default 0,
  product text,
  plan text,
  country text,
  metadata jsonb not null default '{}',
  occurred_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint conversions_pk primary key (organization_id, id),
  constraint conversions_once unique (organization_id, source, external_id),
  constraint conversions_kind check (kind in ('lead', 'sale', 'subscription')),
  constraint conversions_amount check (amount between 0 and 1000000000000),
  constraint conversions_currency check (currency ~ '^[A-Z]{3}$')
);
select app.scale_distribute('app.conversions');
create index conversions_time on app.conversions (organization_id, occurred_at, id);
create index conversions_partner on app.conversions (organization_id, partner_id, occurred_at, id);
create index conversions_lead on app.conversions (organization_id, lead_id, occurred_at) where lead_id is not null;

-- Other names of a conversion: invoice, charge, payment intent. A refund names one of them.
create table app.conversion_references (
  organization_id uuid not null,
  provider text not null,
  reference text not null,
  conversion_id uuid not null,
  constraint conversion_references_pk primary key (organization_id, provider, reference)
);
select app.scale_distribute('app.conversion_references');
create index conversion_references_conversion on app.conversion_references (organization_id, conversion_id);

-- What takes a conversion back, in full or in part. Without a conversion it stands for itself (a credit note that
-- names no invoice) and names its partner.
create table app.reversals (
  organization_id uuid not null,
  id uuid not null,
  source text not null,
  external_id text not null,
  kind text not null,             -- refund, credit_note, dispute
  conversion_id uuid,
  partner_id uuid,
  amount bigint not null,
  currency text not null,
  exact_amount numeric(24, 6) not null,
  occurred_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint reversals_pk primary key (organization_id, id),
  constraint reversals_once unique (organization_id, source, external_id),
  constraint reversals_kind check (kind in ('refund', 'credit_note', 'dispute')),
  constraint reversals_amount check (amount between 0 and 1000000000000),
  constraint reversals_currency check (currency ~ '^[A-Z]{3}$')
);
select app.scale_distribute('app.reversals');
create index reversals_conversion on app.reversals (organization_id, conversion_id) where conversion_id is not null;
create index reversals_time on app.reversals (organization_id, occurred_at, id);

-- A dispute of a conversion's payment. Events arrive in any order: a closed dispute is never opened again.
create table app.disputes (
  organization_id uuid not null,
  id uuid not null,
  source text not null,
  external_id text not null,
  conversion_id uuid not null,
  partner_id uuid,
  state text not null,            -- open, won, lost
  occurred_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint disputes_pk primary key (organization_id, id),
  constraint disputes_once unique (organization_id, source, external_id),
  constraint disputes_state check (state in ('open', 'won', 'lost'))
);
select app.scale_distribute('app.disputes');

-- How far an import has come: the key is the SHA-256 of file and mapping, rows_done moves with the rows themselves.
create table app.imports (
  organization_id uuid not null,
  key bytea not null,
  rows_done bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint imports_pk primary key (organization_id, key),
  constraint imports_key check (octet_length(key) = 32)
);
select app.scale_distribute('app.imports');

alter table app.links add constraint links_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.coupons add constraint coupons_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.leads add constraint leads_contact_fk
  foreign key (organization_id, contact_id) references app.contacts;
alter table app.leads add constraint leads_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.lead_attributions add constraint lead_attributions_lead_fk
  foreign key (organization_id, lead_id) references app.leads;
alter table app.lead_aliases add constraint lead_aliases_lead_fk
  foreign key (organization_id, lead_id) references app.leads;
alter table app.inbound_endpoints add constraint inbound_endpoints_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.conversions add constraint conversions_lead_fk
  foreign key (organization_id, lead_id) references app.leads;
alter table app.conversions add constraint conversions_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.conversion_references add constraint conversion_references_conversion_fk
  foreign key (organization_id, conversion_id) references app.conversions;
alter table app.reversals add constraint reversals_conversion_fk
  foreign key (organization_id, conversion_id) references app.conversions;
alter table app.disputes add constraint disputes_conversion_fk
  foreign key (organization_id, conversion_id) references app.conversions;
create index disputes_conversion on app.disputes (organization_id, conversion_id);
create index links_partner on app.links (organization_id, partner_id, created_at, id);
create index links_created on app.links (organization_id, created_at, id);
create index coupons_created on app.coupons (organization_id, created_at, id);
create index coupons_partner on app.coupons (organization_id, partner_id, created_at, id);
create index inbound_endpoints_created on app.inbound_endpoints (organization_id, created_at, id);

call app.wall('app.links', 'partner_id');
call app.wall('app.coupons', 'partner_id');
call app.wall('app.visits', 'partner_id');
call app.wall('app.leads', 'partner_id');
call app.wall('app.lead_attributions', 'partner_id');
call app.wall('app.lead_aliases');
call app.wall('app.inbound_endpoints');
call app.wall('app.conversions', 'partner_id');
call app.wall('app.conversion_references');
call app.wall('app.reversals', 'partner_id');
call app.wall('app.disputes', 'partner_id');
call app.wall('app.imports');
create trigger touch before update on app.imports for each row execute function app.touch();
grant select on app.imports to app_read, app_write, app_money, app_service;
grant insert on app.imports to app_write, app_money;
call app.allow_update('app.imports', 'app_write', array['rows_done']);
call app.allow_update('app.imports', 'app_money', array['rows_done']);

-- A partner makes its own links: it may add their codes to the registry, and reads none of it.
call app.add_policy('app.code_registry', 'partner_links', 'insert', 'app_write',
  '{actor_kind} = ''partner'' and kind = ''link''');

create trigger touch before update on app.links for each row execute function app.touch();
create trigger touch before update on app.coupons for each row execute function app.touch();
create trigger touch before update on app.leads for each row execute function app.touch();
create trigger touch before update on app.disputes for each row execute function app.touch();
create trigger touch before update on app.inbound_endpoints for each row execute function app.touch();
call app.freeze('app.visits');
call app.freeze('app.lead_attributions');
call app.freeze('app.conversions');
call app.freeze('app.conversion_references');
call app.freeze('app.reversals');

grant select on app.links, app.coupons, app.visits, app.leads, app.lead_attributions, app.lead_aliases,
  app.inbound_endpoints, app.conversions, app.conversion_references, app.reversals, app.disputes
  to app_read, app_write, app_money, app_service;
grant insert on app.links, app.coupons, app.inbound_endpoints to app_write;
grant insert on app.visits to app_write, app_service;
grant insert on app.leads, app.lead_attributions, app.lead_aliases, app.conversions, app.conversion_references,
  app.reversals to app_write, app_money;
grant insert on app.disputes to app_money;
call app.allow_update('app.disputes', 'app_money', array['state', 'occurred_at']);
call app.allow_update('app.links', 'app_write', array['destination', 'label', 'state']);
call app.allow_update('app.coupons', 'app_write', array['state']);
call app.allow_update('app.leads', 'app_write', array['state', 'external_id']);
call app.allow_update('app.leads', 'app_money', array['state', 'external_id']);
call app.allow_update('app.inbound_endpoints', 'app_write', array['name', 'secrets', 'state']);
