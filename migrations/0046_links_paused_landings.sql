-- 0046_links_paused_landings.sql: a link can be paused without its partner, and a page tells that somebody saw it.

-- host: of the destination, whose pages tell of landings.
alter table app.links
  add column state_reason text,   -- why it is paused, told to the partner
  add column host text not null generated always as
    (lower(split_part(split_part(destination, '/', 3), ':', 1))) stored;
alter table app.links drop constraint links_state;
alter table app.links add constraint links_state check (state in ('active', 'paused', 'archived'));
alter table app.links add constraint links_paused check (state <> 'paused' or state_reason is not null);
drop trigger guard_app_write on app.links;
call app.allow_update('app.links', 'app_write', array['destination', 'label', 'state', 'state_reason']);
-- Who was paused does not say so away.
call app.allow_update('app.links', 'app_write', array['destination', 'label', 'state'], 'partner');

-- What the redirect stored is a click; that its page was seen, the tracking script tells there. host: of the page, so
-- that a click is missed only where such pages are told of.
create table app.landings (
  organization_id uuid not null,
  visit_id uuid not null,
  host text not null,
  at timestamptz not null,
  constraint landings_pk primary key (organization_id, visit_id)
);
select app.scale_distribute('app.landings');
create index landings_host on app.landings (organization_id, host, at);
call app.wall('app.landings');
call app.freeze('app.landings');
grant select on app.landings to app_read, app_write, app_money, app_service;
grant insert on app.landings to app_service;

alter table app.risk_rules drop constraint risk_rules_action;
alter table app.risk_rules add constraint risk_rules_action
  check (action in ('off', 'signal', 'hold', 'pause_links', 'pause'));
alter table app.risk_signals drop constraint risk_signals_action;
alter table app.risk_signals add constraint risk_signals_action
  check (action in ('signal', 'hold', 'pause_links', 'pause'));
