-- 0001_roles.sql: the roles, their settings, and who may connect. Run by the
-- cluster's administrator (the bootstrap superuser) in the target database;
-- on Citus on the coordinator. Safe to run again, and must be run again when
-- a plain installation moves to Citus.
--
-- The server has one connection pool per login role. A route declares one of
-- them, and its whole transaction runs as that role: on Citus a transaction
-- may not write as two users, so no verb may switch roles half way.
--
--   app_owner    nologin  owns every object; never runs a request
--   app_read     login    select
--   app_write    login    ordinary tables, columns named by app.allow_update
--   app_money    login    the same, plus ledger, money columns and payouts
--   app_service  login    bypassrls: ingest, job discovery, reports; no
--                         update or delete anywhere
--
-- Passwords are set by the installer (alter role .. password), never here.

-- Roles belong to the cluster. Two databases of one cluster may be migrated
-- at the same moment; the loser waits here instead of failing half way.
lock table pg_catalog.pg_authid in share row exclusive mode;

do $$
declare
  r record;
begin
  for r in
    select v.name, v.login, v.rls
    from (values
      ('app_owner',   'nologin', 'nobypassrls'),
      ('app_read',    'login',   'nobypassrls'),
      ('app_write',   'login',   'nobypassrls'),
      ('app_money',   'login',   'nobypassrls'),
      ('app_service', 'login',   'bypassrls')
    ) v(name, login, rls)
    where not exists (
      select 1 from pg_catalog.pg_roles p where p.rolname = v.name)
  loop
    execute format(
      'create role %I %s nosuperuser nocreatedb nocreaterole '
      'noreplication noinherit %s', r.name, r.login, r.rls);
  end loop;
end $$;

-- Settings. The citus.* names are ignored by plain PostgreSQL.
-- propagate_set_commands: without it the context stays on the coordinator and
-- every query returns 0 rows, without an error.
-- multi_task_query_log_level: a forgotten organization filter is an error.
-- plan_cache_mode, on Citus only: there a generic plan (the sixth execution
-- of a prepared or plpgsql statement) is split over all shards or cannot be
-- made at all.
do $$
declare
  r record;
begin
  for r in
    select role_name, x.name, x.value
    from unnest(array['app_read', 'app_write', 'app_money', 'app_service'])
           as role_name,
         (values ('citus.propagate_set_commands', 'local'),
                 ('citus.multi_task_query_log_level', 'error'),
                 ('search_path', 'app'),
                 ('statement_timeout', '5s'),
                 ('lock_timeout', '2s'),
                 ('idle_in_transaction_session_timeout', '10s'),
                 ('plan_cache_mode', 'force_custom_plan')) x(name, value)
    where not (role_name = 'app_service'
               and x.name = 'citus.multi_task_query_log_level')
      and (x.name <> 'plan_cache_mode'
           or to_regclass('pg_catalog.pg_dist_partition') is not null)
  loop
    execute format('alter role %I set %s = %L',
                   r.role_name, r.name, r.value);
  end loop;
end $$;
alter role app_read set default_transaction_read_only = 'on';
alter role app_service set statement_timeout = '60s';

-- app_owner too: on Citus it is given login for the time of a shard move,
-- which connects the nodes to each other as the tables' owner.
do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to app_owner, app_read, '
                 'app_write, app_money, app_service', current_database());
end $$;
revoke all on schema public from public;
