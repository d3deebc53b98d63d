-- 0032_claims.sql: what a partner says is wrong with what it was credited or paid, and what was decided.

create table app.claims (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  kind text not null,             -- not_credited: it was mine; wrong_amount; missing: it earned nothing
  state text not null default 'open',
  -- what it is about, one of these
  conversion_id uuid,
  lead_id uuid,
  earning_id uuid,
  order_reference text,           -- of the shop, the billing system
  amount bigint,                  -- that the partner claims, minor units
  currency text,
  evidence text not null,
  evidence_references text[] not null default '{}',
  document_id uuid,
  filed_by uuid not null,
  decide_by timestamptz not null,
  reviewed_by uuid,
  decided_by uuid,
  decided_at timestamptz,
  decision text,                  -- why, told to the partner
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint claims_pk primary key (organization_id, id),
  constraint claims_kind check (kind in ('not_credited', 'wrong_amount', 'missing')),
  constraint claims_state check (state in ('open', 'under_review', 'accepted', 'rejected', 'withdrawn')),
  constraint claims_about check (num_nonnulls(conversion_id, lead_id, earning_id, order_reference) = 1),
  constraint claims_amount check (amount between 1 and 1000000000000 and (amount is null) = (currency is null)),
  constraint claims_currency check (currency ~ '^[A-Z]{3}$'),
  constraint claims_references check (cardinality(evidence_references) <= 20),
  constraint claims_reviewed check (state <> 'under_review' or reviewed_by is not null),
  constraint claims_decided check ((state in ('accepted', 'rejected')) = (decided_by is not null)
    and (decided_by is null) = (decided_at is null) and (decided_by is null) = (decision is null)),
  constraint claims_two_people check (decided_by <> filed_by)
);
select app.scale_distribute('app.claims');
alter table app.claims add constraint claims_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.claims add constraint claims_conversion_fk
  foreign key (organization_id, conversion_id) references app.conversions;
alter table app.claims add constraint claims_lead_fk
  foreign key (organization_id, lead_id) references app.leads;
alter table app.claims add constraint claims_earning_fk
  foreign key (organization_id, earning_id) references app.earnings;
alter table app.claims add constraint claims_document_fk
  foreign key (organization_id, document_id) references app.partner_documents;
create index claims_partner on app.claims (organization_id, partner_id, created_at, id);
create index claims_created on app.claims (organization_id, created_at, id);
create index claims_decide_by on app.claims (organization_id, decide_by, id);
-- one at a time about one thing
create unique index claims_open on app.claims
  (organization_id, partner_id, kind, conversion_id, lead_id, earning_id, order_reference)
  nulls not distinct where state in ('open', 'under_review');
call app.wall('app.claims', 'partner_id');
create trigger touch before update on app.claims for each row execute function app.touch();
grant select on app.claims to app_read, app_write, app_money;
grant insert on app.claims to app_write;
call app.allow_update('app.claims', 'app_write', array['state', 'reviewed_by', 'decided_by', 'decided_at', 'decision']);
-- A partner withdraws.
call app.allow_update('app.claims', 'app_write', array['state'], 'partner');
call app.allow_update('app.claims', 'app_money', array['state', 'decided_by', 'decided_at', 'decision']);

-- What an accepted claim gives: an earning of kind adjustment, and what refunds take back of it.
alter table app.earnings add column claim_id uuid;
alter table app.earnings add constraint earnings_claim_fk
  foreign key (organization_id, claim_id) references app.claims;
create unique index earnings_claim on app.earnings (organization_id, claim_id)
  where claim_id is not null and amount > 0;
alter table app.earnings drop constraint earnings_once;
alter table app.earnings add constraint earnings_once unique nulls not distinct
  (organization_id, conversion_id, reversal_id, term_id, partner_id, link_id, overrides_id, write_off_id, claim_id);
alter table app.earnings drop constraint earnings_kind;
alter table app.earnings add constraint earnings_kind
  check (kind in ('commission', 'bonus', 'override', 'saving', 'write_off', 'adjustment'));
alter table app.earnings add constraint earnings_adjustment check ((kind = 'adjustment') = (claim_id is not null));
alter table app.earnings drop constraint earnings_origin;
alter table app.earnings add constraint earnings_origin
  check (conversion_id is not null or reversal_id is not null or write_off_id is not null or claim_id is not null);
