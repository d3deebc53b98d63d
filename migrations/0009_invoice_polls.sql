-- Where the poller of a billing system's invoices stands: one row for each endpoint of a provider that is asked
-- instead of telling (ChartMogul). A walk reads all pages; generation is the number of the only job that may go on.
create table app.invoice_polls (
  organization_id uuid not null,
  endpoint_id uuid not null,
  generation bigint not null default 1,
  is_walking boolean not null default false,
  is_wanted_again boolean not null default false,  -- asked for while walking
  cursor text,                                     -- of the next page; null: the first
  page_size int not null default 100,
  pages bigint not null default 0,                 -- read in all
  failures int not null default 0,                 -- in a row
  error text,                                      -- of the last call, in our words
  next_at timestamptz not null,
  walked_at timestamptz,                           -- the last walk that reached the end
  updated_at timestamptz not null default now(),
  constraint invoice_polls_pk primary key (organization_id, endpoint_id),
  constraint invoice_polls_page_size check (page_size between 1 and 200),
  constraint invoice_polls_cursor check (length(cursor) <= 1024)
);
select app.scale_distribute('app.invoice_polls');
alter table app.invoice_polls add constraint invoice_polls_endpoint_fk
  foreign key (organization_id, endpoint_id) references app.inbound_endpoints;
call app.wall('app.invoice_polls');
create trigger touch before update on app.invoice_polls for each row execute function app.touch();
grant select on app.invoice_polls to app_read, app_write, app_money;
grant insert on app.invoice_polls to app_write, app_money;
call app.allow_update('app.invoice_polls', 'app_write', array['generation', 'is_walking', 'is_wanted_again', 'cursor',
  'page_size', 'pages', 'failures', 'error', 'next_at', 'walked_at']);
call app.allow_update('app.invoice_polls', 'app_money', array['generation', 'is_walking', 'is_wanted_again', 'cursor',
  'page_size', 'pages', 'failures', 'error', 'next_at', 'walked_at']);

-- What a walk finds is stored like what a provider sends.
grant insert on app.inbound_events to app_write;
