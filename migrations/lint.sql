-- lint.sql: reads the catalogue and returns one row per defect (rule, subject,
-- detail); a good schema returns none. One statement, no psql commands: the
-- migration runner carries it out after migrating and at start. Runs on plain
-- PostgreSQL (where it proves that the schema will also work on Citus) and on
-- a Citus coordinator, where lint_citus.sql compares the shards as well.
--   psql -X -q -At -F ' | ' -d <database> -f lint.sql
-- Run as the administrator. 'login' is every role that can log in except
-- the bootstrap superuser; app_service is the only one that may bypass RLS.

with
n as (select 'app'::regnamespace as oid),
t as (  -- tables and their declared kind
  select c.*, k.kind, k.key_column, k.frozen
  from pg_class c
  join n on n.oid = c.relnamespace
  left join app.table_kinds k
    on k.table_name = coalesce(
         (select p.relname from pg_inherits i
          join pg_class p on p.oid = i.inhparent
          where i.inhrelid = c.oid and c.relispartition), c.relname)
  where c.relkind in ('r', 'p')
),
v as (
  select c.* from pg_class c join n on n.oid = c.relnamespace
  where c.relkind in ('v', 'm')
),
f as (
  select p.* from pg_proc p join n on n.oid = p.pronamespace
),
login as (
  select * from pg_roles where rolcanlogin and oid <> 10
),
con as (
  select c.*, t.relname, t.kind, r.relname as ref_name,
         r.kind as ref_kind
  from pg_constraint c
  join t on t.oid = c.conrelid
  left join t r on r.oid = c.confrelid
  where c.conparentid = 0
    and not (t.relispartition and c.coninhcount > 0)
),
key1 as (  -- first column of every index
  select i.*, t.relname, t.kind, t.key_column,
         ic.relname as index_name, am.amname,
         (select a.attname from pg_attribute a
          where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as first
  from pg_index i
  join t on t.oid = i.indrelid
  join pg_class ic on ic.oid = i.indexrelid
  join pg_am am on am.oid = ic.relam
),
pol_printed as (
  select p.*, t.relname, t.kind,
         regexp_replace(pg_get_expr(p.polqual, p.polrelid),
                        '\s+', ' ', 'g') as printed_q,
         regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid),
                        '\s+', ' ', 'g') as printed_w
  from pg_policy p join t on t.oid = p.polrelid
),
engine as (
  select to_regclass('pg_catalog.pg_dist_partition') is null as plain
),
setting as (  -- how PostgreSQL prints what app.policy_text makes of a marker
  select row_number() over (order by length(printed) desc)::int as n, marker,
         case when not engine.plain then printed
              else '( SELECT ' || printed || alias || ')' end as printed
  from engine, (values
    ('{organization_id}', '(NULLIF(current_setting(''app.organization_id'''
     '::text, true), ''''::text))::uuid', ' AS "nullif"'),
    ('{actor_id}', '(NULLIF(current_setting(''app.actor_id'''
     '::text, true), ''''::text))::uuid', ' AS "nullif"'),
    ('{partner_id}', '(NULLIF(current_setting(''app.partner_id'''
     '::text, true), ''''::text))::uuid', ' AS "nullif"'),
    ('{actor_kind}', 'current_setting(''app.actor_kind''::text, true)',
     ' AS current_setting'),
    ('{staff}', '(current_setting(''app.actor_kind''::text, true) = ANY '
     '(ARRAY[''staff''::text, ''system''::text, ''platform''::text]))', ''),
    ('{partner}', 'CASE WHEN (current_setting(''app.actor_kind''::text, '
     'true) = ''partner''::text) THEN (NULLIF(current_setting('
     '''app.partner_id''::text, true), ''''::text))::uuid ELSE NULL::uuid '
     'END', ' AS "case"')) v(marker, printed, alias)
),
pol as (  -- the policies with every known setting put back to its marker
  select p.*, replace(replace(replace(replace(replace(replace(printed_q,
           f[1], m[1]), f[2], m[2]),
           f[3], m[3]), f[4], m[4]),
           f[5], m[5]), f[6], m[6]) as q,
         replace(replace(replace(replace(replace(replace(printed_w,
           f[1], m[1]), f[2], m[2]),
           f[3], m[3]), f[4], m[4]),
           f[5], m[5]), f[6], m[6]) as w
  from pol_printed p,
       (select array_agg(printed order by n) as f,
               array_agg(marker order by n) as m from setting) x
),
walled as (  -- does each rule begin with the organization, and end there?
  select pol.oid, r.rule ~ case when engine.plain
    then '^ ?CASE WHEN \(organization_id = \{organization_id\}\) THEN '
         '((?!\m(CASE|WHEN|ELSE|END)\M).)* ELSE NULL::boolean END$'
    else '^\(\(organization_id = \{organization_id\}\) AND ' end as good
  from engine, pol, unnest(array[pol.q, pol.w]) r(rule)
  where r.rule is not null
),
guard as (  -- the columns a role may change, from its guard trigger
  select g.tgrelid, l.rolname,
         string_to_array(encode(g.tgargs, 'escape'), '\000') as cols
  from pg_trigger g
  join login l on g.tgname = 'guard_' || l.rolname
  join f on f.oid = g.tgfoid and f.proname = 'guard_columns'
  where g.tgenabled in ('O', 'A')
    and g.tgtype = 17  -- AFTER UPDATE FOR EACH ROW
    and pg_get_triggerdef(g.oid) like
        '%WHEN ((CURRENT_USER = ''' || l.rolname || '''::name))%'
),
priv as (  -- table privileges of login roles, column grants included
  select t.oid, t.relname, t.kind, t.frozen, l.rolname, p.what
  from t, login l,
       unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
                    'REFERENCES', 'TRIGGER']) p(what)
  where not l.rolsuper
    and case when p.what in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
             then has_any_column_privilege(l.oid, t.oid, p.what)
             else has_table_privilege(l.oid, t.oid, p.what) end
),
defect(rule, subject, detail) as (

-- ------------------------------------------------------ kinds and keys
select 'table_without_kind', relname, '' from t where kind is null
union all
select 'kind_without_table', k.table_name, '' from app.table_kinds k
where not exists (select 1 from t where t.relname = k.table_name)
union all
select 'tenant_key_missing', t.relname, '' from t
where kind in ('tenant', 'lookup') and not exists (
  select 1 from pg_attribute a
  where a.attrelid = t.oid and a.attname = 'organization_id'
    and a.atttypid = 'uuid'::regtype and a.attnotnull)
union all
select 'no_primary_key', t.relname, '' from t
where not exists (select 1 from con
                  where con.conrelid = t.oid and con.contype = 'p')
  and not t.relispartition
union all
select 'unique_without_key_first', relname, index_name from key1
where indisunique and kind in ('tenant', 'lookup')
  and first is distinct from key_column
union all
select 'exclusion_without_tenant', relname, conname from con
where contype = 'x' and kind = 'tenant' and not exists (
  select 1 from pg_attribute a
  where a.attrelid = conrelid and a.attname = 'organization_id'
    and a.attnum = any (conkey))
union all
select 'index_without_tenant_first', relname, index_name from key1
where not indisunique and kind = 'tenant' and amname = 'btree'
  and first is distinct from 'organization_id'
union all
select 'fk_without_tenant', relname, conname from con
where contype = 'f' and kind = 'tenant' and ref_kind = 'tenant'
  and not exists (
    select 1 from unnest(conkey, confkey) as k(a, b)
    join pg_attribute x on x.attrelid = conrelid and x.attnum = k.a
                       and x.attname = 'organization_id'
    join pg_attribute y on y.attrelid = confrelid and y.attnum = k.b
                       and y.attname = 'organization_id')
union all
select 'fk_between_kinds', relname,
       format('%s: %s to %s', conname, kind, ref_kind) from con
where contype = 'f'
  and (kind, ref_kind) not in (('tenant', 'tenant'),
    ('tenant', 'reference'), ('reference', 'reference'),
    ('local', 'local'), ('local', 'reference'))
union all
select 'fk_set_null', relname, conname from con
where contype = 'f' and (confdeltype in ('n', 'd')
                      or confupdtype in ('n', 'd'))
union all
select 'fk_cascade_to_history', relname, conname from con
where contype = 'f' and confdeltype = 'c'
  and conrelid in (select oid from t where frozen
                   union select a.attrelid from pg_attribute a
                   where a.attname ~ '(amount|balance|_minor)$')
union all
select 'deferrable', relname, conname from con where condeferrable
union all
select 'constraint_name_shared', min(relname), conname from con
group by conname having count(*) > 1
union all
select 'identity', t.relname, a.attname from t
join pg_attribute a on a.attrelid = t.oid and a.attidentity <> ''
union all
select 'sequence_default', t.relname, pg_get_expr(d.adbin, d.adrelid)
from t join pg_attrdef d on d.adrelid = t.oid
where pg_get_expr(d.adbin, d.adrelid) ~ 'nextval'
union all
select 'sequence', c.relname, '' from pg_class c
join n on n.oid = c.relnamespace where c.relkind = 'S'
union all
select 'inheritance', t.relname, '' from t
join pg_inherits i on i.inhrelid = t.oid where not t.relispartition
union all
select 'column_type', t.relname, a.attname || ' '
       || format_type(a.atttypid, a.atttypmod)
from t join pg_attribute a on a.attrelid = t.oid
where a.attnum > 0 and not a.attisdropped
  and a.atttypid in ('timestamp'::regtype, 'float4'::regtype,
    'float8'::regtype, 'money'::regtype, 'timetz'::regtype)

-- -------------------------------------------------- row-level security
union all
select 'rls_off', relname, '' from t
where kind in ('tenant', 'lookup') and not relrowsecurity
union all
select 'rls_forced', relname, '' from t where relforcerowsecurity
union all
select 'rls_without_policy', relname, '' from t
where relrowsecurity and not relispartition
  and not exists (select 1 from pol where pol.polrelid = t.oid)
union all  -- on Citus it would arrive as a permissive one
select 'policy_restrictive', relname, polname from pol
where not polpermissive
union all
select 'policy_without_wall', pol.relname, polname from pol
where kind in ('tenant', 'lookup')
  and (exists (select 1 from walled
               where walled.oid = pol.oid and not walled.good)
    or coalesce(q, w) is null
    or (polcmd in ('*', 'w', 'a') and w is null))
union all  -- beside current_setting's
select 'policy_true', relname, polname from pol
where replace(concat(q, ' ', w), ', true)', ')') ~ '\mtrue\M'
union all  -- on Citus any, on plain PostgreSQL any but those of the markers
select 'policy_subquery', relname, polname from pol
where concat(q, ' ', w) ~ '\mSELECT\M'
union all  -- a setting that would be read once per row
select 'policy_per_row', relname, polname from pol, engine
where engine.plain and concat(q, ' ', w) ~ '\mcurrent_setting\M'
union all  -- app.remake_policies makes what app.policies holds
select 'policy_not_recorded', pol.relname, polname from pol
where not exists (
  select 1 from app.policies p
  where p.table_name = pol.relname and p.policy_name = pol.polname
    and p.command = case pol.polcmd when '*' then 'all' when 'r' then 'select'
      when 'a' then 'insert' when 'w' then 'update' else 'delete' end)
union all
select 'policy_missing', p.table_name, p.policy_name from app.policies p
where not exists (
  select 1 from pol
  where pol.relname = p.table_name and pol.polname = p.policy_name)
union all
select 'policy_calls_function', pol.relname, d.refobjid::regproc::text
from pol join pg_depend d on d.classid = 'pg_policy'::regclass
     and d.objid = pol.oid and d.refclassid = 'pg_proc'::regclass
union all
select 'policy_for_public', relname, polname from pol
where 0 = any (polroles)
union all
select 'view_runs_as_owner', relname, '' from v
where relkind = 'v' and not coalesce(
  'security_invoker=true' = any (reloptions)
  or 'security_invoker=on' = any (reloptions), false)
union all
select 'view_without_tenant', v.relname, '' from v
where relkind = 'v' and not exists (
  select 1 from pg_attribute a
  where a.attrelid = v.oid and a.attname = 'organization_id')
union all
select 'matview_readable', v.relname, l.rolname from v, login l
where relkind = 'm' and not l.rolbypassrls and not l.rolsuper
  and has_table_privilege(l.oid, v.oid, 'SELECT')

-- ------------------------------------------------------------- roles
union all
select 'login_bypasses_rls', rolname, '' from login
where rolsuper or (rolbypassrls and rolname <> 'app_service')
union all
select 'login_has_power', rolname, '' from login
where rolname ~ '^app_' and (rolcreaterole or rolcreatedb or rolreplication)
union all
select 'login_owns', l.rolname, t.relname from login l
join t on t.relowner = l.oid
union all
select 'login_can_become', l.rolname, r.rolname from login l, pg_roles r
where l.oid <> r.oid and not l.rolsuper
  and pg_has_role(l.oid, r.oid, 'MEMBER')
  and (r.rolsuper or r.rolbypassrls or r.rolname ~ '^(app_|pg_)'
    or exists (select 1 from t where t.relowner = r.oid))
union all
select 'owner_can_log_in', rolname, '' from pg_roles
where rolname = 'app_owner' and (rolcanlogin or rolsuper or rolbypassrls)
union all
select 'wrong_owner', relname, relowner::regrole::text
from (select relname, relowner from t union all
      select relname, relowner from v union all
      select proname, proowner from f) o
where relowner <> (select oid from pg_roles where rolname = 'app_owner')
union all
select 'schema_create', l.rolname, s.nspname from login l, pg_namespace s
where not l.rolsuper and s.nspname in ('app', 'public')
  and has_schema_privilege(l.oid, s.oid, 'CREATE')
union all
select 'temp_tables', l.rolname, '' from login l
where l.rolname ~ '^app_'
  and has_database_privilege(l.oid, current_database(), 'TEMP')
union all
select 'role_setting_missing', l.rolname, s from login l,
  unnest(array['citus.propagate_set_commands=local',
               'citus.multi_task_query_log_level=error',
               'plan_cache_mode=force_custom_plan']) s
where l.rolname ~ '^app_'
  and (to_regclass('pg_catalog.pg_dist_partition') is not null
       or s !~ 'plan_cache_mode')
  and not (l.rolname = 'app_service' and s ~ 'multi_task')
  and not exists (select 1 from pg_db_role_setting d
                  where d.setrole = l.oid and s = any (d.setconfig))

-- ------------------------------------------------------------- rights
union all
select 'dangerous_privilege', relname, rolname || ' ' || what from priv
where what in ('TRUNCATE', 'REFERENCES', 'TRIGGER')
union all
select 'privilege_on_partition', t.relname, p.rolname from t
join priv p on p.oid = t.oid where t.relispartition
union all
select 'privilege_on_local', relname, rolname || ' ' || what from priv
where kind = 'local'
union all
select 'reference_written', relname, rolname || ' ' || what from priv
where kind = 'reference' and what in ('INSERT', 'UPDATE', 'DELETE')
  -- facts of the world come in through the service role, which serves no request
  and not (rolname = 'app_service' and what = 'INSERT' and frozen)
union all
select 'read_role_writes', relname, what from priv
where rolname = 'app_read' and what <> 'SELECT'
union all
select 'service_role_changes', relname, what from priv
where rolname = 'app_service' and (what in ('UPDATE', 'DELETE')
  or (what = 'INSERT' and relname not in
    ('inbound_events', 'jobs', 'visits', 'landings', 'exchange_rates')))
union all
select 'history_deleted', relname, rolname from priv
where what = 'DELETE' and (frozen or relname = 'accounts')
union all  -- only app_money adds to the ledger
select 'ledger_written', relname, rolname || ' ' || what from priv
where relname in ('accounts', 'postings', 'transfers')
  and rolname <> 'app_money' and what in ('INSERT', 'UPDATE', 'DELETE')
union all
select 'update_without_guard', p.relname, p.rolname from priv p
where p.what = 'UPDATE' and not exists (
  select 1 from guard g
  where g.tgrelid = p.oid and g.rolname = p.rolname)
union all
select 'guard_too_wide', t.relname, g.rolname || ' ' || c.col
from guard g join t on t.oid = g.tgrelid, unnest(g.cols) c(col)
where c.col in ('organization_id', 'id', 'partner_id', 'amount', 'floor')
   or (g.rolname <> 'app_money'
       and c.col ~ '(balance|amount|_minor|_ppm|rate|credit_limit)')
union all  -- plain PostgreSQL: the grant must not be wider than the guard
select 'grant_wider_than_guard', t.relname, g.rolname || ' ' || a.attname
from guard g join t on t.oid = g.tgrelid
join pg_roles r on r.rolname = g.rolname
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
                   and not a.attisdropped
where to_regclass('pg_catalog.pg_dist_partition') is null
  and not a.attname = any (g.cols)
  and has_column_privilege(r.oid, t.oid, a.attnum, 'UPDATE')
union all
select 'not_frozen', relname, '' from t
where frozen and not exists (
  select 1 from pg_trigger g join f on f.oid = g.tgfoid
  where g.tgrelid = t.oid and f.proname in ('frozen', 'audit_frozen')
    and g.tgenabled in ('O', 'A')
    and g.tgtype = 27  -- BEFORE UPDATE OR DELETE FOR EACH ROW
    and g.tgqual is null)
union all  -- the ledger and the audit are history, whatever is declared
select 'not_declared_frozen', x, '' from unnest(array['postings',
  'transfers', 'outbox', 'audit']) x
where exists (select 1 from t where relname = x and not frozen)

-- ------------------------------------------------- functions, triggers
union all
select 'security_definer', proname, '' from f where prosecdef
union all
select 'public_executes', proname, '' from f
where proacl is null
   or exists (select 1 from aclexplode(proacl) a where a.grantee = 0)
union all
select 'ddl_helper_granted', p.proname, l.rolname from f p, login l
where not l.rolsuper and has_function_privilege(l.oid, p.oid, 'EXECUTE')
  and p.proname in ('wall', 'add_policy', 'drop_policy', 'make_policy',
    'remake_policies', 'policy_text', 'policy_setting', 'allow_update',
    'freeze', 'own_all', 'append_only_for_actors', 'scale_distribute',
    'scale_replicate')
union all
select 'search_path_open', proname, '' from f
where prosqlbody is null and not coalesce(exists (
  select 1 from unnest(proconfig) x where x like 'search_path=%'), false)
union all
select 'context_function_immutable', proname, '' from f
where provolatile = 'i'
  and pg_get_functiondef(f.oid) ~ 'RETURN.*\mcurrent_setting\M'
  and proname <> 'policy_setting'
union all
select 'sql_function_with_arguments', proname, '' from f
where pronargs > 0
  and prolang = (select oid from pg_language where lanname = 'sql')
union all
select 'trigger_shape', t.relname, g.tgname from pg_trigger g
join t on t.oid = g.tgrelid
where not g.tgisinternal
  and (g.tgtype & 1 = 0 or g.tgtype & 64 <> 0
    or g.tgoldtable is not null or g.tgnewtable is not null)
union all
select 'trigger_body', f.proname, '' from f
where f.prorettype = 'trigger'::regtype
  and f.prosrc ~* '(TG_TABLE_NAME|TG_RELNAME|pg_notify|\mNOTIFY\M)'
union all
select 'set_config', proname, '' from f where prosrc ~* '\mset_config\M'
)
select distinct rule, subject, detail from defect order by 1, 2, 3;
