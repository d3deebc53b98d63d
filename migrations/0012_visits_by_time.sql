-- Reports read the visits of some days. BRIN, because visits arrive in the order of time and their insertion must stay
-- cheap: the index has one entry for every 128 blocks.
create index visits_time on app.visits using brin (organization_id, at);
