-- 0042_sepa_format.sql: banks that have not moved to the newer pain.001 are given the one before.

alter table app.rail_accounts add column sepa_format text not null default 'pain_001_001_09';
alter table app.rail_accounts add constraint rail_accounts_sepa_format check (
  sepa_format in ('pain_001_001_09', 'pain_001_001_03'));
drop trigger guard_app_write on app.rail_accounts;
call app.allow_update('app.rail_accounts', 'app_write', array['payer_name', 'payer_account', 'payer_account_hint',
  'payer_bic', 'sepa_format', 'client_id', 'profile', 'source_currency', 'secret', 'webhook_key']);
