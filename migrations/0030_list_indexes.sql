-- 0030_list_indexes.sql: filters and sorts of large lists that read most of a million rows (checks/plans.sh). States of
-- which there are few rows stay without an index of their own: each costs every insert, and reading them took 0.2 s.
create index leads_by_occurred on app.leads (organization_id, occurred_at, id);
create index leads_by_state on app.leads (organization_id, state, created_at, id);
create index coupons_by_code on app.coupons (organization_id, code, id);
create index conversions_by_currency on app.conversions (organization_id, currency, occurred_at, id);
create index inbound_events_by_received on app.inbound_events (organization_id, received_at);
