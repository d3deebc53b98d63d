-- 0020_payout_methods.sql: where a partner's money goes, and who it goes to. Account numbers and tax numbers are sealed
-- under the organization's key; what people see of them is a hint.

create table app.payout_methods (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  rail text not null,
  currency text not null,
  holder_name text not null,
  account bytea not null,          -- sealed: IBAN, account number, e-mail or the provider's id
  account_hint text not null,      -- its last four
  bank_code text,
  bank_name text,
  bic text,
  country text,
  state text not null default 'active',
  usable_at timestamptz not null,  -- nothing is paid to it before
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payout_methods_pk primary key (organization_id, id),
  constraint payout_methods_rail check (rail in ('bank', 'sepa', 'paypal', 'wise', 'stripe')),
  constraint payout_methods_currency check (currency ~ '^[A-Z]{3}$'),
  constraint payout_methods_sepa check (rail <> 'sepa' or currency = 'EUR'),
  constraint payout_methods_state check (state in ('active', 'replaced', 'removed'))
);
select app.scale_distribute('app.payout_methods');
alter table app.payout_methods add constraint payout_methods_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create unique index payout_methods_active on app.payout_methods (organization_id, partner_id, currency)
  where state = 'active';
create index payout_methods_partner on app.payout_methods (organization_id, partner_id, created_at, id);
create index payout_methods_created on app.payout_methods (organization_id, created_at, id);
call app.wall('app.payout_methods', 'partner_id');
create trigger touch before update on app.payout_methods for each row execute function app.touch();
grant select on app.payout_methods to app_read, app_write, app_money;
grant insert on app.payout_methods to app_write;
call app.allow_update('app.payout_methods', 'app_write', array['state']);

-- What a partner declared about who it is, for tax and know-your-customer checks. Each declaration is a row; the latest
-- one counts.
create table app.payee_forms (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  kind text not null,
  legal_name text not null,
  country text not null,
  address text,
  born_or_registered_on date,
  tax_form text not null,
  tax_id bytea,                    -- sealed
  tax_id_hint text,
  details jsonb not null default '{}',
  state text not null default 'pending',
  state_reason text,
  expires_on date,                 -- the last day of its being approved
  submitted_by uuid not null,
  submitted_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payee_forms_pk primary key (organization_id, id),
  constraint payee_forms_kind check (kind in ('individual', 'business')),
  constraint payee_forms_tax_form check (tax_form in ('w9', 'w8ben', 'w8bene', 'local')),
  constraint payee_forms_state check (state in ('pending', 'approved', 'rejected')),
  constraint payee_forms_two_people check (decided_by <> submitted_by)
);
select app.scale_distribute('app.payee_forms');
alter table app.payee_forms add constraint payee_forms_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index payee_forms_partner on app.payee_forms (organization_id, partner_id, submitted_at, id);
create index payee_forms_submitted on app.payee_forms (organization_id, submitted_at, id);
call app.wall('app.payee_forms', 'partner_id');
create trigger touch before update on app.payee_forms for each row execute function app.touch();
grant select on app.payee_forms to app_read, app_write, app_money;
grant insert on app.payee_forms to app_write;
call app.allow_update('app.payee_forms', 'app_write',
  array['state', 'state_reason', 'expires_on', 'decided_by', 'decided_at']);
-- What is thought of a form stays with the staff.
call app.allow_update('app.payee_forms', 'app_write', array[]::text[], 'partner');
