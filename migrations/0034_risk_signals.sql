-- 0034_risk_signals.sql: what looks wrong about a partner's traffic or sales, on what evidence, what was done, and who
-- decided. Nothing is deleted: what was wrong is dismissed, what was right is confirmed and may be appealed.

-- What an organization has set; a kind without a row does what the program says.
create table app.risk_rules (
  organization_id uuid not null,
  kind text not null,
  action text not null,           -- off, signal, hold, pause
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint risk_rules_pk primary key (organization_id, kind),
  constraint risk_rules_action check (action in ('off', 'signal', 'hold', 'pause'))
);
create table app.risk_signals (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid not null,
  kind text not null,
  subject_kind text not null,     -- conversion, link, coupon, partner
  subject_id uuid not null,
  period text,                    -- of what is looked at day by day
  score int not null,             -- 1 to 100
  evidence jsonb not null,        -- ids, numbers and instants; nothing personal
  action text not null,           -- what was done: signal, hold, pause
  state text not null default 'open',
  decided_by uuid,
  decided_at timestamptz,
  decision text,
  appeal text,                    -- the partner's words
  appeal_state text,
  appealed_at timestamptz,
  appeal_decided_by uuid,
  appeal_decided_at timestamptz,
  appeal_decision text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint risk_signals_pk primary key (organization_id, id),
  constraint risk_signals_once unique nulls not distinct (organization_id, kind, partner_id, subject_id, period),
  constraint risk_signals_kind check (kind in ('self_referral', 'cookie_stuffing', 'duplicate_lead', 'click_flooding',
    'bot_rate', 'coupon_leak', 'odd_partner')),
  constraint risk_signals_subject check (subject_kind in ('conversion', 'link', 'coupon', 'partner')),
  constraint risk_signals_score check (score between 1 and 100),
  constraint risk_signals_action check (action in ('signal', 'hold', 'pause')),
  constraint risk_signals_state check (state in ('open', 'confirmed', 'dismissed')),
  constraint risk_signals_decided check ((state = 'open') = (decided_by is null)
    and (decided_by is null) = (decided_at is null) and (decided_by is null) = (decision is null)),
  constraint risk_signals_appeal_state check (appeal_state in ('filed', 'accepted', 'rejected')),
  constraint risk_signals_appeal check ((appeal is null) = (appeal_state is null)
    and (appeal is null) = (appealed_at is null)),
  constraint risk_signals_appeal_decided check (
    (coalesce(appeal_state, 'filed') = 'filed') = (appeal_decided_by is null)
    and (appeal_decided_by is null) = (appeal_decided_at is null)
    and (appeal_decided_by is null) = (appeal_decision is null)),
  constraint risk_signals_two_people check (state <> 'confirmed' or appeal_decided_by <> decided_by)
);
select app.scale_distribute('app.risk_rules');
select app.scale_distribute('app.risk_signals');
alter table app.risk_rules add constraint risk_rules_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.risk_signals add constraint risk_signals_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
create index risk_signals_partner on app.risk_signals (organization_id, partner_id, created_at, id);
create index risk_signals_created on app.risk_signals (organization_id, created_at, id);
create index risk_signals_state_created on app.risk_signals (organization_id, state, created_at, id);
call app.wall('app.risk_rules');
call app.wall('app.risk_signals', 'partner_id');
create trigger touch before update on app.risk_rules for each row execute function app.touch();
create trigger touch before update on app.risk_signals for each row execute function app.touch();
grant select on app.risk_rules, app.risk_signals to app_read, app_write, app_money;
grant insert on app.risk_rules to app_write;
grant insert on app.risk_signals to app_money;
call app.allow_update('app.risk_rules', 'app_write', array['action']);
-- A partner appeals; the rest is decided with the postings that follow.
call app.allow_update('app.risk_signals', 'app_write', array['appeal', 'appeal_state', 'appealed_at']);
call app.allow_update('app.risk_signals', 'app_money', array['state', 'decided_by', 'decided_at', 'decision',
  'appeal_state', 'appeal_decided_by', 'appeal_decided_at', 'appeal_decision']);

-- Each signal holds for itself: an earning goes on when the last one lets it.
alter table app.earning_holds add column risk_signal_id uuid;
alter table app.earning_holds add constraint earning_holds_risk_signal_fk
  foreign key (organization_id, risk_signal_id) references app.risk_signals;
alter table app.earning_holds drop constraint earning_holds_reason;
alter table app.earning_holds add constraint earning_holds_reason check (reason in ('review', 'dispute', 'risk'));
alter table app.earning_holds add constraint earning_holds_risk
  check ((reason = 'risk') = (risk_signal_id is not null));
drop index app.earning_holds_open;
create unique index earning_holds_open on app.earning_holds (organization_id, earning_id, reason, risk_signal_id)
  nulls not distinct where released_at is null;
create index earning_holds_risk_signal on app.earning_holds (organization_id, risk_signal_id)
  where risk_signal_id is not null;

-- What a confirmed signal takes back of an earning, and what an accepted appeal gives again.
alter table app.earnings add column risk_signal_id uuid;
alter table app.earnings add constraint earnings_risk_signal_fk
  foreign key (organization_id, risk_signal_id) references app.risk_signals;
create index earnings_risk_signal on app.earnings (organization_id, risk_signal_id) where risk_signal_id is not null;
alter table app.earnings drop constraint earnings_once;
alter table app.earnings add constraint earnings_once unique nulls not distinct
  (organization_id, conversion_id, reversal_id, term_id, partner_id, link_id, overrides_id, write_off_id, claim_id,
   risk_signal_id, kind);
alter table app.earnings drop constraint earnings_sign;
alter table app.earnings add constraint earnings_sign
  check ((amount > 0 and reversal_id is null and reverses_id is null)
    or (amount < 0 and (reversal_id is not null or (risk_signal_id is not null and reverses_id is not null))));
alter table app.earnings drop constraint earnings_adjustment;
alter table app.earnings add constraint earnings_adjustment
  check (kind = 'adjustment' or claim_id is null);
alter table app.earnings drop constraint earnings_origin;
alter table app.earnings add constraint earnings_origin check (conversion_id is not null or reversal_id is not null
  or write_off_id is not null or claim_id is not null or risk_signal_id is not null);
