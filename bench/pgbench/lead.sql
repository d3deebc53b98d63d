-- One lead: contact, last touch, lead, share, event of our own (role app_write), in one trip each way.
\set n random(1, 10000)
\set person random(1, 1000000000000000000)
\set lead :person + 1
\set event :person + 2
\startpipeline
begin;
set local app.organization_id = '01900000-0000-7000-8000-000000000001';
set local app.actor_kind = 'system';
set local app.actor_id = '01900000-0000-7000-8000-000000000001';
insert into app.contacts (organization_id, id, email, email_normalised)
values (bench.organization(), bench.new(:person), bench.id('person', :person) || '@load.example',
  bench.id('person', :person) || '@load.example')
on conflict (organization_id, email_normalised) do update set name = coalesce(app.contacts.name, excluded.name)
returning id;
select v.partner_id, v.link_id, v.id, v.at from app.visits v
where v.organization_id = bench.organization() and v.visitor_id = bench.id('visitor', :n)::text and v.status = 'counted'
order by v.at desc limit 1;
insert into app.leads (organization_id, id, contact_id, partner_id, link_id, visitor_id, external_id, source,
  occurred_at)
values (bench.organization(), bench.new(:lead), bench.new(:person), bench.id('partner', 1 + :n % 100),
  bench.id('link', 1 + :n % 100), bench.id('visitor', :n)::text, bench.id('person', :person), 'script', now());
insert into app.lead_attributions (organization_id, lead_id, position, partner_id, link_id, weight)
values (bench.organization(), bench.new(:lead), 1, bench.id('partner', 1 + :n % 100),
  bench.id('link', 1 + :n % 100), 1);
insert into app.outbox (organization_id, id, kind, partner_id, subject_id)
values (bench.organization(), bench.new(:event), 'lead.created', bench.id('partner', 1 + :n % 100),
  bench.new(:lead));
commit;
\endpipeline
