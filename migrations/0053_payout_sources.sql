-- 0053_payout_sources.sql: a provider may pay from a balance in another currency than it sends; what it took is kept.
alter table app.payouts add column source_amount bigint;    -- minor units of source_currency, what the provider took
alter table app.payouts add column source_currency text;
alter table app.payouts add column source_worth bigint;     -- of what was due, in source_currency; the rest is exchange
alter table app.payouts add constraint payouts_source check (
  num_nulls(source_amount, source_currency, source_worth) in (0, 3) and source_amount > 0 and source_worth > 0
  and source_currency ~ '^[A-Z]{3}$' and source_currency <> coalesce(sent_currency, currency));
drop trigger guard_app_money on app.payouts;
call app.allow_update('app.payouts', 'app_money', array['state', 'reason', 'external_id', 'external_batch_id',
  'fee', 'bank_reference', 'executed_on', 'attempts', 'submitted_at', 'settled_at', 'statement_on',
  'statement_sequence', 'charged', 'source_amount', 'source_currency', 'source_worth']);
