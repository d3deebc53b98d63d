-- 0048_failing_jobs.sql: the jobs whose last attempt failed are few, and looked for first.
create index jobs_failing on app.jobs (organization_id, id) where state in ('due', 'parked') and last_error is not null;
