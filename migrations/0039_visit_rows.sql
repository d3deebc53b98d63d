-- 0039_visit_rows.sql: a visit as the collector hands it over. Rows of one array of this type cost the insert about
-- half of what an array for each column does.
create type app.visit_row as (
  organization_id uuid,
  id uuid,
  partner_id uuid,
  link_id uuid,
  visitor_id text,
  status text,
  source text,
  at timestamptz,
  slot bigint,
  landing_url text,
  referrer text,
  user_agent text,
  ip text
);
