-- 0035_filter_indexes.sql: the filters that were left without an index (checks/plans.sh). Rows of hot tables that are
-- not of the common kind are few, so their indexes cost the common ones nothing; visits get none, as each costs the
-- insert of a visit a sixth.
-- lower() is not leakproof, so behind the wall no index on it is used; a column of its own is compared as it stands.
alter table app.links add column code_normalised text generated always as (lower(code)) stored;
create unique index links_code_normalised on app.links (organization_id, code_normalised);
create index links_by_state on app.links (organization_id, state, created_at, id);
create index coupons_by_state on app.coupons (organization_id, state, created_at, id);
create index conversions_by_kind on app.conversions (organization_id, kind, occurred_at, id) where kind <> 'sale';
create index inbound_events_by_state on app.inbound_events (organization_id, state, id) where state <> 'processed';
create index earnings_by_state on app.earnings (organization_id, state, occurred_at, id)
  where state in ('held', 'cancelled');
create index earnings_by_currency on app.earnings (organization_id, currency, occurred_at, id);
create index audit_by_action on app.audit (organization_id, action, at, id);
create index audit_by_actor on app.audit (organization_id, actor_id, at, id);
create index audit_by_subject on app.audit (organization_id, subject_id, at, id);
