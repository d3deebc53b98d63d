-- 0049_claims_in_order.sql: jobs are claimed in the order of their index, whatever the statistics say. A burst meets a
-- plan that was made while the queue was empty: it sorted everything that was due for each handful that it claimed.
drop index app.jobs_due;
create index jobs_due on app.jobs (organization_id, run_at, id) where state in ('due', 'leased');
alter function app.claim_jobs(int, interval, timestamptz) set enable_sort = off;
alter function app.claim_jobs(int, interval, timestamptz) set enable_seqscan = off;
alter function app.claim_jobs(int, interval, timestamptz) set enable_bitmapscan = off;
