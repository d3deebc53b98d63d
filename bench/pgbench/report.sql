-- A partner's year by month under the wall (role app_read), in one trip each way.
\set n random(1, 100)
\startpipeline
begin;
set local app.organization_id = '01900000-0000-7000-8000-000000000001';
set local app.actor_kind = 'staff';
set local app.actor_id = '01900000-0000-7000-8000-000000000001';
select to_char(date_trunc('month', occurred_at), 'YYYY-MM') as month, currency,
  sum(amount) filter (where amount > 0) as earned, coalesce(sum(amount) filter (where amount < 0), 0) as taken_back,
  sum(amount) as net
from app.earnings
where organization_id = bench.organization() and partner_id = bench.id('partner', :n)
  and occurred_at >= '2025-01-01Z' and occurred_at < '2026-01-01Z'
group by 1, 2 order by 1, 2;
commit;
\endpipeline
