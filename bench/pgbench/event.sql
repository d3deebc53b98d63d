-- One billing event in one commit: raw event, conversion, earning, posting, event of our own (role app_money, to which
-- seed.sql lends the right to store raw events). One trip each way.
\set n random(1, 10000)
\set amount random(1000, 50000)
\set earned (:amount + 10) / 20
\set event random(1, 1000000000000000000)
\set earning :event + 1
\set posting :event + 2
\set inbound :event + 3
\set ours :event + 4
\startpipeline
begin;
set local app.organization_id = '01900000-0000-7000-8000-000000000001';
set local app.actor_kind = 'system';
set local app.actor_id = '01900000-0000-7000-8000-000000000001';
insert into app.inbound_events (organization_id, provider, event_id, id, body_hash, raw, state, processed_at)
values (bench.organization(), 'generic', bench.id('event', :event), bench.new(:inbound), sha256('x'),
  repeat('x', 250)::bytea, 'processed', now());
select l.id, a.partner_id, a.link_id from app.leads l
join app.lead_attributions a on a.organization_id = l.organization_id and a.lead_id = l.id
where l.organization_id = bench.organization() and l.external_id = 'cus_' || :n;
insert into app.conversions (organization_id, id, source, external_id, kind, partner_id, lead_id, link_id, amount,
  currency, exact_amount, occurred_at)
values (bench.organization(), bench.new(:event), 'generic', 'INV-' || bench.id('event', :event), 'sale',
  bench.id('partner', 1 + :n % 100), bench.id('lead', :n), bench.id('link', 1 + :n % 100), :amount, 'USD',
  :amount / 100.0, now())
on conflict do nothing;
insert into app.earnings (organization_id, id, partner_id, kind, state, conversion_id, link_id, term_id,
  deal_version_id, amount, currency, exact_base, rate_ppm, occurred_at, hold_until, explanation)
values (bench.organization(), bench.new(:earning), bench.id('partner', 1 + :n % 100), 'commission', 'pending',
  bench.new(:event), bench.id('link', 1 + :n % 100),
  bench.id('term', 1 + :n % 100), bench.id('version', 1 + :n % 100), :earned, 'USD', :amount / 100.0, 50000, now(),
  now() + interval '30 days', '{"rule": 1}');
select app.post(bench.new(:posting), 'commission', 'earning:' || bench.new(:earning),
  bench.id('partner', 1 + :n % 100),
  array[bench.account('exp.commission', null)],
  array[bench.account('liab.commission_held', bench.id('partner', 1 + :n % 100))], array[:earned::bigint]);
insert into app.outbox (organization_id, id, kind, partner_id, subject_id)
values (bench.organization(), bench.new(:ours), 'conversion.recorded', bench.id('partner', 1 + :n % 100),
  bench.new(:event));
commit;
\endpipeline
