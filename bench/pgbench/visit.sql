-- One visit as one statement and one commit (role app_service).
\set n random(1, 100)
insert into app.visits (organization_id, id, partner_id, link_id, visitor_id, status, source, at, slot, landing_url,
  referrer, user_agent, ip)
select bench.organization(), bench.uuid7(clock_timestamp()), bench.id('partner', :n), bench.id('link', :n),
  gen_random_uuid()::text, 'counted', 'script', now(), floor(extract(epoch from now()) / 1800)::bigint,
  'https://shop.example/spring', 'https://blog.example', 'Mozilla/5.0 (X11; Linux x86_64)', '127.0.0.1'
on conflict do nothing returning id;
