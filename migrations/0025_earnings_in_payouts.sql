-- 0025_earnings_in_payouts.sql: an earning knows the payout that it is in or was paid by. What is owed back on its own
-- account was never held, so it is due (to be netted) from the beginning.

alter table app.earnings add column payout_id uuid;
alter table app.earnings add constraint earnings_payout
  check ((payout_id is not null) = (state in ('in_payout', 'paid')));
create index earnings_payout on app.earnings (organization_id, payout_id) where payout_id is not null;
-- what a payout may take, and what holds end next
create index earnings_due on app.earnings (organization_id, partner_id, currency) where state = 'due';
create index earnings_pending on app.earnings (organization_id, hold_until) where state = 'pending';

update app.earnings set state = 'due' where conversion_id is null and state = 'pending';

drop trigger guard_app_money on app.earnings;
call app.allow_update('app.earnings', 'app_money', array['state', 'hold_until', 'payout_id']);
