-- The 50 latest conversions of a partner under the wall (role app_read), in one trip each way.
\set n random(1, 100)
\startpipeline
begin;
set local app.organization_id = '01900000-0000-7000-8000-000000000001';
set local app.actor_kind = 'staff';
set local app.actor_id = '01900000-0000-7000-8000-000000000001';
select id, external_id, kind, partner_id, lead_id, link_id, amount, currency, product, plan, country, occurred_at,
  created_at
from app.conversions
where organization_id = bench.organization() and partner_id = bench.id('partner', :n)
order by occurred_at desc, id desc limit 51;
commit;
\endpipeline
