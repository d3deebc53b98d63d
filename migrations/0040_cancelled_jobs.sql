-- 0040_cancelled_jobs.sql: people look at jobs that failed, run them again or give them up.
alter table app.jobs drop constraint jobs_state;
alter table app.jobs add constraint jobs_state check (state in ('due', 'leased', 'done', 'parked', 'cancelled'));
-- Few are in these states, so the common path does not pay for finding them.
create index jobs_by_state on app.jobs (organization_id, state, id) where state in ('parked', 'cancelled');
