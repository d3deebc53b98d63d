-- lint_citus.sql: the part of the lint that asks the shards, for psql on a
-- Citus coordinator; prints nothing on plain PostgreSQL and on a good schema.
--   psql -X -q -d <database> -f lint_citus.sql
-- The tables are what they were declared to be, and each shard has the same
-- security, policies and triggers as the table it belongs to.

\set ON_ERROR_STOP 1
\pset tuples_only on
\pset format unaligned
\pset fieldsep ' | '

select to_regclass('pg_catalog.pg_dist_partition') is not null as citus \gset
\if :citus
select 'not_distributed_as_declared', k.table_name, k.kind
from app.table_kinds k
left join citus_tables c on c.table_name = ('app.' || k.table_name)::regclass
where k.kind <> case
  when c.citus_table_type is null then 'local'
  when c.citus_table_type = 'reference' then 'reference'
  when c.distribution_column = 'organization_id' then 'tenant'
  else 'lookup' end;
-- (a \set is one line; the parts are joined by the last one)
\set rls 'SELECT relrowsecurity::text || relowner::regrole::text'
\set rls :rls ' FROM pg_class WHERE oid = r'
\set pol 'concat_ws(''/'', polname, polpermissive, polcmd,'
\set pol :pol ' pg_get_expr(polqual, polrelid),'
\set pol :pol ' pg_get_expr(polwithcheck, polrelid))'
\set pol 'SELECT string_agg(' :pol ', '','' ORDER BY polname)'
\set pol :pol ' FROM pg_policy WHERE polrelid = r'
\set trg 'concat_ws(''/'', regexp_replace(tgname, ''_[0-9]+$'', ''''),'
\set trg :trg ' tgtype, tgenabled, encode(tgargs, ''hex''))'
\set trg 'SELECT string_agg(' :trg ', '','' ORDER BY tgname)'
\set trg :trg ' FROM pg_trigger WHERE tgrelid = r AND NOT tgisinternal'
\set print 'md5(concat((' :rls '), (' :pol '), (' :trg ')))'
select distinct 'shard_differs', k.table_name, ''
from app.table_kinds k
cross join lateral run_command_on_shards(
  ('app.' || k.table_name)::regclass,
  'SELECT ' || :'print' || ' FROM (SELECT ''%s''::regclass::oid AS r) x') s
cross join lateral (select ('app.' || k.table_name)::regclass::oid as r) x
where k.kind in ('tenant', 'lookup')
  and (not s.success or s.result <> :print);
\endif
