-- 0037_payout_exchange.sql: a partner may be paid in another currency than it earned in, to a payout method that takes
-- what has no method of its own. The rate is kept on the payout as it was when it was drafted; what the bank took
-- for it closes the exchange.

alter table app.payout_methods add column takes_others boolean not null default false;
create unique index payout_methods_takes_others on app.payout_methods (organization_id, partner_id)
  where state = 'active' and takes_others;
drop trigger guard_app_write on app.payout_methods;
call app.allow_update('app.payout_methods', 'app_write', array['state', 'takes_others']);

alter table app.payouts add column sent_amount bigint;    -- minor units of sent_currency
alter table app.payouts add column sent_currency text;
alter table app.payouts add column exchange jsonb;        -- the rates, their source and time
alter table app.payouts add column charged bigint;        -- what the bank took for it, minor units of the currency
alter table app.payouts add constraint payouts_exchange check (
  (sent_amount is null) = (sent_currency is null) and (sent_amount is null) = (exchange is null)
  and sent_amount > 0 and sent_currency ~ '^[A-Z]{3}$' and sent_currency <> currency);
alter table app.payouts add constraint payouts_charged check (
  charged is null or (charged >= 0 and sent_amount is not null));
drop trigger guard_app_money on app.payouts;
call app.allow_update('app.payouts', 'app_money', array['state', 'reason', 'external_id', 'external_batch_id',
  'fee', 'bank_reference', 'executed_on', 'attempts', 'submitted_at', 'settled_at', 'statement_on',
  'statement_sequence', 'charged']);
