-- 0045_partner_traces.sql: from where and by what a partner's own people came, and which accounts it is paid to, as
-- keyed hashes: enough to see that a buyer, or another partner, is the same, and nothing that tells of a person.

create table app.partner_traces (
  organization_id uuid not null,
  partner_id uuid not null,
  kind text not null,             -- address: a network; device: a browser's visitor id; account: of a payout method
  hash bytea not null,            -- HMAC-SHA256 under a key of the installation
  seen_from timestamptz not null, -- since then never missed for a day
  seen_to timestamptz not null,
  constraint partner_traces_pk primary key (organization_id, partner_id, kind, hash),
  constraint partner_traces_kind check (kind in ('address', 'device', 'account')),
  constraint partner_traces_hash check (octet_length(hash) = 32),
  constraint partner_traces_seen check (seen_from <= seen_to)
);
select app.scale_distribute('app.partner_traces');
alter table app.partner_traces add constraint partner_traces_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index partner_traces_accounts on app.partner_traces (organization_id, hash) where kind = 'account';
create index partner_traces_seen on app.partner_traces (organization_id, seen_to);
call app.wall('app.partner_traces', 'partner_id');
grant select on app.partner_traces to app_read, app_write, app_money;
grant insert on app.partner_traces to app_write;
grant delete on app.partner_traces to app_money;
call app.allow_update('app.partner_traces', 'app_write', array['seen_from', 'seen_to']);

alter table app.risk_signals drop constraint risk_signals_kind;
alter table app.risk_signals add constraint risk_signals_kind check (kind in ('self_referral', 'cookie_stuffing',
  'duplicate_lead', 'click_flooding', 'bot_rate', 'coupon_leak', 'odd_partner', 'shared_account'));
