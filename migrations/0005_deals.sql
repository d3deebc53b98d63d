-- 0005_deals.sql: what was agreed with a partner. A deal is never edited in place: a change is a new version from a
-- date, and a version with its terms is history. The version in force at an instant is the one with the latest
-- valid_from not after it.

create table app.deals (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  name text not null,
  state text not null default 'draft',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint deals_pk primary key (organization_id, id),
  constraint deals_state check (state in ('draft', 'active', 'paused', 'archived'))
);
select app.scale_distribute('app.deals');

create table app.deal_versions (
  organization_id uuid not null,
  id uuid not null,
  deal_id uuid not null,
  partner_id uuid not null,
  version int not null,
  valid_from timestamptz not null,
  created_at timestamptz not null default now(),
  constraint deal_versions_pk primary key (organization_id, id),
  constraint deal_versions_version unique (organization_id, deal_id, version),
  constraint deal_versions_from unique (organization_id, deal_id, valid_from),
  constraint deal_versions_positive check (version > 0)
);
select app.scale_distribute('app.deal_versions');

-- Only commission terms so far; discount, units and credit_line join with the parts that need them.
create table app.deal_terms (
  organization_id uuid not null,
  id uuid not null,
  deal_version_id uuid not null,
  partner_id uuid not null,
  position int not null,
  kind text not null,
  trigger text not null,          -- lead, sale, subscription
  method text not null,           -- percentage, fixed
  rate_ppm bigint,                -- percentage: parts per million of the base
  amount bigint,                  -- fixed: minor units of currency
  currency text,                  -- of amount and of the caps; null: of the conversion
  base text not null,             -- gross, net_of_discount, net_of_tax, net_of_cost
  duration text not null,         -- first, months, lifetime
  duration_months int,
  window_days int not null,       -- from a visit to the lead
  model text not null,            -- first, last, linear
  coupon_wins boolean not null default true,
  hold_days int not null,
  cap_per_conversion bigint,      -- minor units
  cap_per_month bigint,           -- minor units a calendar month in the organization's zone
  conditions jsonb not null default '[]',
  created_at timestamptz not null default now(),
  constraint deal_terms_pk primary key (organization_id, id),
  constraint deal_terms_position unique (organization_id, deal_version_id, position),
  constraint deal_terms_kind check (kind in ('commission')),
  constraint deal_terms_trigger check (trigger in ('lead', 'sale', 'subscription')),
  constraint deal_terms_method check ((method = 'percentage' and rate_ppm is not null and amount is null)
    or (method = 'fixed' and amount is not null and currency is not null and rate_ppm is null)),
  constraint deal_terms_rate check (rate_ppm between 0 and 1000000),
  constraint deal_terms_amount check (amount between 1 and 1000000000000),
  constraint deal_terms_base check (base in ('gross', 'net_of_discount', 'net_of_tax', 'net_of_cost')),
  constraint deal_terms_duration check (duration in ('first', 'months', 'lifetime')
    and (duration = 'months') = (duration_months is not null)),
  constraint deal_terms_months check (duration_months between 1 and 120),
  constraint deal_terms_window check (window_days between 0 and 3650),
  constraint deal_terms_model check (model in ('first', 'last', 'linear')),
  constraint deal_terms_hold check (hold_days between 0 and 365),
  constraint deal_terms_caps check (cap_per_conversion > 0 and cap_per_month > 0),
  constraint deal_terms_caps_currency check
    (currency is not null or (cap_per_conversion is null and cap_per_month is null)),
  constraint deal_terms_conditions check (jsonb_typeof(conditions) = 'array')
);
select app.scale_distribute('app.deal_terms');

alter table app.deals add constraint deals_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.deal_versions add constraint deal_versions_deal_fk
  foreign key (organization_id, deal_id) references app.deals;
alter table app.deal_versions add constraint deal_versions_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.deal_terms add constraint deal_terms_version_fk
  foreign key (organization_id, deal_version_id) references app.deal_versions;
create index deals_partner on app.deals (organization_id, partner_id, state);
create index deals_created on app.deals (organization_id, created_at, id);
create index deal_versions_partner on app.deal_versions (organization_id, partner_id, valid_from);

call app.wall('app.deals', 'partner_id');
call app.wall('app.deal_versions', 'partner_id');
call app.wall('app.deal_terms', 'partner_id');
create trigger touch before update on app.deals for each row execute function app.touch();
call app.freeze('app.deal_versions');
call app.freeze('app.deal_terms');
grant select on app.deals, app.deal_versions, app.deal_terms to app_read, app_write, app_money, app_service;
grant insert on app.deals, app.deal_versions, app.deal_terms to app_write, app_money;
-- an import makes the partners that it names in the transaction of what they earned
grant insert on app.partners to app_money;
call app.allow_update('app.deals', 'app_write', array['name', 'state']);
