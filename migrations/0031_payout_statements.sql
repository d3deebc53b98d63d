-- 0031_payout_statements.sql: the self-billing statement of a payout has a number, one after the other in a year of the
-- organization. It is given when the payout is sent: whatever happens to it then, the number stays.

alter table app.payouts add column statement_on date;
alter table app.payouts add column statement_sequence int;
alter table app.payouts add constraint payouts_statement
  check ((statement_on is null) = (statement_sequence is null) and statement_sequence > 0);
create unique index payouts_statement_once
  on app.payouts (organization_id, (extract(year from statement_on)), statement_sequence)
  where statement_on is not null;

drop trigger guard_app_money on app.payouts;
call app.allow_update('app.payouts', 'app_money', array['state', 'reason', 'external_id', 'external_batch_id',
  'fee', 'bank_reference', 'executed_on', 'attempts', 'submitted_at', 'settled_at', 'statement_on',
  'statement_sequence']);
