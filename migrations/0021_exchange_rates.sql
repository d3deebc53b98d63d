-- 0021_exchange_rates.sql: what one currency was worth in another on a day, as central banks published it.
-- Facts of the world, the same for every organization. The service role appends; nothing is changed: statements
-- point at the rate they used, so a corrected value is a further revision.
create table app.exchange_rates (
  id uuid not null,
  source text not null,
  base text not null,               -- one unit of base ...
  quote text not null,              -- ... costs `rate` units of quote
  rate numeric not null,
  effective_on date not null,
  revision int not null,            -- the highest that is not suspect counts
  is_suspect boolean not null,      -- a jump that no person has confirmed: not used
  fetched_at timestamptz not null,
  payload_sha256 bytea not null,    -- of the file or answer that brought it
  constraint exchange_rates_pk primary key (id),
  constraint exchange_rates_once unique (source, base, quote, effective_on, revision),
  constraint exchange_rates_source check (source in ('ecb', 'cbu', 'nbu')),
  constraint exchange_rates_currencies check (base ~ '^[A-Z]{3}$' and quote ~ '^[A-Z]{3}$' and base <> quote),
  constraint exchange_rates_rate check (rate > 0 and rate < 1000000000000 and scale(rate) <= 12),
  constraint exchange_rates_revision check (revision >= 1)
);
select app.scale_replicate('app.exchange_rates');
create index exchange_rates_day on app.exchange_rates (source, effective_on);
call app.freeze('app.exchange_rates');
grant select on app.exchange_rates to app_read, app_write, app_money, app_service;
grant insert on app.exchange_rates to app_service;
