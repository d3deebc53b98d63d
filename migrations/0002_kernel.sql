-- 0002_kernel.sql: the app schema, context, walls, helpers for scale-out, and
-- the tables every part needs. One text for PostgreSQL 15 and Citus 12.1.
--
-- Sent by the migration runner inside a transaction that it opens, as the
-- administrator. Order inside a migration: create table without foreign keys,
-- app.scale_distribute, foreign keys, indexes, app.wall, triggers, grants.
-- The runner calls app.own_all() at the end.

create schema app authorization app_owner;
grant usage on schema app to app_read, app_write, app_money, app_service;

-- No function is callable by everybody, whoever creates it.
alter default privileges revoke execute on functions from public;
alter default privileges for role app_owner
  revoke execute on functions from public;

-- ---------------------------------------------------------------- context
-- Set by literal SET LOCAL after BEGIN, each its own protocol message:
--   BEGIN; SET LOCAL app.organization_id = '<uuid>';
--   SET LOCAL app.actor_kind = 'partner'; SET LOCAL app.actor_id = '<uuid>';
--   SET LOCAL app.partner_id = '<uuid>'; ...; COMMIT
-- After its first use a setting is '' instead of NULL, hence nullif.
-- STABLE, never IMMUTABLE: an immutable one under a prepared statement
-- served the wrong organization. The standard-SQL body is bound when
-- created, so no search_path can redirect it, and it is inlined.

create function app.organization_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.organization_id', true), '')::uuid;

create function app.partner_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.partner_id', true), '')::uuid;

create function app.actor_id() returns uuid
language sql stable parallel safe
return nullif(current_setting('app.actor_id', true), '')::uuid;

-- staff, system, platform: the whole organization; partner: its own rows;
-- customer, respondent: nothing but what a table's own policy gives.
create function app.actor_kind() returns text
language sql stable parallel safe
return nullif(current_setting('app.actor_kind', true), '');

grant execute on function app.organization_id(), app.partner_id(),
  app.actor_id(), app.actor_kind()
  to app_read, app_write, app_money, app_service;

-- -------------------------------------------------------------- scale-out
-- What each table is; the lint checks that the catalogue agrees.
create table app.table_kinds (
  table_name text not null,
  kind       text not null,
  key_column text,
  frozen     boolean not null default false,
  constraint table_kinds_pk primary key (table_name),
  constraint table_kinds_kind
    check (kind in ('tenant', 'lookup', 'reference', 'local'))
);
insert into app.table_kinds(table_name, kind, key_column)
values ('table_kinds', 'local', null), ('policies', 'local', null);

-- What each policy says, in words that both engines can carry out. Kept so
-- that app.remake_policies can make all of them anew for another engine.
create table app.policies (
  table_name  text not null,
  policy_name text not null,
  command     text not null,
  roles       text not null,
  condition   text not null,
  constraint policies_pk primary key (table_name, policy_name),
  constraint policies_command
    check (command in ('all', 'select', 'insert', 'update', 'delete'))
);

-- On plain PostgreSQL both only write down the kind. Two separate IFs: one
-- combined test would fail where the Citus catalogue does not exist.
create function app.scale_distribute(
  rel regclass, key text default 'organization_id',
  colocate text default 'app.organizations') returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.table_kinds(table_name, kind, key_column)
  select relname, case key when 'organization_id' then 'tenant'
                           else 'lookup' end, key
  from pg_class where oid = rel
  on conflict do nothing;
  if to_regclass('pg_catalog.pg_dist_partition') is null then
    return;
  end if;
  if exists (select 1 from pg_dist_partition where logicalrelid = rel) then
    return;
  end if;
  perform create_distributed_table(rel, key, colocate_with => colocate);
end $$;

create function app.scale_replicate(rel regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.table_kinds(table_name, kind)
  select relname, 'reference' from pg_class where oid = rel
  on conflict do nothing;
  if to_regclass('pg_catalog.pg_dist_partition') is null then
    return;
  end if;
  if exists (select 1 from pg_dist_partition where logicalrelid = rel) then
    return;
  end if;
  perform create_reference_table(rel);
end $$;

-- Everything in the schema belongs to app_owner. On Citus a NOLOGIN role
-- cannot run DDL (nodes connect to each other as the current role), so
-- migrations run as the administrator and hand over at the end.
create procedure app.own_all()
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  for r in
    select c.oid::regclass as what, c.relkind
    from pg_class c
    where c.relnamespace = 'app'::regnamespace
      and c.relkind in ('r', 'p', 'v', 'm')
      and c.relowner <> 'app_owner'::regrole
  loop
    execute format('alter %s %s owner to app_owner',
      case r.relkind when 'v' then 'view' when 'm' then 'materialized view'
                     else 'table' end, r.what);
  end loop;
  for r in
    select p.oid::regprocedure as what, p.prokind
    from pg_proc p
    where p.pronamespace = 'app'::regnamespace
      and p.proowner <> 'app_owner'::regrole
  loop
    execute format('alter %s %s owner to app_owner',
      case r.prokind when 'p' then 'procedure' else 'function' end, r.what);
  end loop;
end $$;

-- ------------------------------------------------------------------ walls
-- enable, not force: the owner never runs requests, and force breaks shard
-- moves. EVERY policy begins with the organization, and none is restrictive:
-- Citus 12.1 drops the words "as restrictive" on the way to the shards
-- without a notice, and a restrictive wall becomes a permissive one that
-- shows the whole organization to each partner and takes writes for others.
--
-- A condition compares columns with settings, and names the settings by the
-- markers of app.policy_setting. What a marker becomes depends on the engine:
--   plain PostgreSQL  case when organization_id = (select <setting>)
--                       then <condition, its settings in (select ..)> end
--                     Each (select ..) has no columns, so it is carried out
--                     once per query, not once per row. As "a and b" the
--                     planner merges the organization with the query's own
--                     into a gate above the scan, which every row passes:
--                     1.40 of a count without a wall; as case 1.2.
--   Citus             organization_id = <setting> and <condition>: it refuses
--                     subqueries in policies
-- Neither form finds rows: a query names its organization itself. No other
-- subquery, no function of ours, no 'true'.

-- The setting behind a marker; null for a word that is none.
--   {staff}    true for actors that see the whole organization
--   {partner}  the partner of an actor that is a partner, else null
create function app.policy_setting(marker text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  return case marker
    when 'organization_id' then
      'nullif(current_setting(''app.organization_id'', true), '''')::uuid'
    when 'actor_kind' then 'current_setting(''app.actor_kind'', true)'
    when 'actor_id' then
      'nullif(current_setting(''app.actor_id'', true), '''')::uuid'
    when 'partner_id' then
      'nullif(current_setting(''app.partner_id'', true), '''')::uuid'
    when 'staff' then
      'current_setting(''app.actor_kind'', true) '
      'in (''staff'', ''system'', ''platform'')'
    when 'partner' then
      'case when current_setting(''app.actor_kind'', true) = ''partner'' '
      'then nullif(current_setting(''app.partner_id'', true), '''')::uuid '
      'end'
  end;
end $$;

-- The rule of a policy on this engine: the organization and the condition.
create function app.policy_text(condition text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  plain boolean := to_regclass('pg_catalog.pg_dist_partition') is null;
  form text := case when plain then '(select %s)' else '(%s)' end;
  rule text := format(
    case when plain
      then 'case when organization_id = {organization_id} then (%s) end'
      else 'organization_id = {organization_id} and (%s)' end, condition);
  marker text;
begin
  if condition ~* '\m(select|current_setting|true|app|when)\M' then
    raise exception 'a policy names settings by markers: %', condition
      using errcode = '22023';
  end if;
  foreach marker in array array['organization_id', 'actor_kind', 'actor_id',
                                'partner_id', 'staff', 'partner'] loop
    rule := replace(rule, '{' || marker || '}',
                    format(form, app.policy_setting(marker)));
  end loop;
  if rule ~ '[{}]' then
    raise exception 'unknown marker in policy: %', condition
      using errcode = '22023';
  end if;
  return rule;
end $$;

-- Carries out one row of app.policies.
create procedure app.make_policy(p_table text, p_policy text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r app.policies;
  rule text;
begin
  select p.* into strict r from app.policies p
  where p.table_name = p_table and p.policy_name = p_policy;
  rule := app.policy_text(r.condition);
  execute format('drop policy if exists %I on app.%I', p_policy, p_table);
  execute format('create policy %I on app.%I for %s to %s %s %s',
    p_policy, p_table, r.command, r.roles,
    case when r.command <> 'insert' then format('using (%s)', rule) end,
    case when r.command not in ('select', 'delete')
         then format('with check (%s)', rule) end);
end $$;

-- Adds one permissive policy: the organization and the given condition.
-- command: all, select, insert, update, delete; roles: 'app_read, app_write'.
create procedure app.add_policy(
  rel regclass, name text, command text, roles text, condition text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  table_name text := (select c.relname from pg_class c where c.oid = rel);
begin
  insert into app.policies(table_name, policy_name, command, roles, condition)
  values (table_name, name, lower(command), roles, condition);
  call app.make_policy(table_name, name);
end $$;

create procedure app.drop_policy(rel regclass, name text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('drop policy %I on %s', name, rel);
  delete from app.policies p
  where p.policy_name = name
    and p.table_name = (select c.relname from pg_class c where c.oid = rel);
end $$;

-- Makes every policy anew in the form of the engine it runs on. Called by
-- the administrator when a plain installation moves to Citus: after the
-- extension is created and before the first table is distributed.
create procedure app.remake_policies()
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  for r in
    select p.table_name, p.policy_name from app.policies p
    order by p.table_name, p.policy_name
  loop
    call app.make_policy(r.table_name, r.policy_name);
  end loop;
end $$;

-- Staff see their organization; a partner, where a partner column is named,
-- its own rows; others nothing.
create procedure app.wall(rel regclass, partner_column text default null)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table %s enable row level security', rel);
  call app.add_policy(rel, 'wall', 'all', 'app_read, app_write, app_money',
    '{staff}' || coalesce(' or ' || quote_ident(partner_column)
                          || ' = {partner}', ''));
end $$;

-- Rows that any known actor may add but not read back (audit, events, jobs).
create procedure app.append_only_for_actors(rel regclass)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  call app.add_policy(rel, 'actor_appends', 'insert', 'app_write, app_money',
    '{actor_kind} in (''partner'', ''customer'', ''respondent'')');
end $$;

-- ---------------------------------------------------------- column rights
-- Column rights that hold on both engines. Plain PostgreSQL grants the
-- columns. Citus 12.1 refuses column grants ("grant/revoke on column list is
-- currently unsupported"), so there the table is granted and the trigger
-- alone decides; on plain PostgreSQL the trigger is the second layer.
-- It fails closed: a column added later is not updatable until it is named.
create function app.guard_columns() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if to_jsonb(old) - tg_argv <> to_jsonb(new) - tg_argv then
    raise exception 'this role may not change that column'
      using errcode = '42501';
  end if;
  return null;
end $$;

-- actor NULL: what the role may change at all. With an actor kind: the
-- narrower list for requests of that kind (a partner edits its name, not
-- its status).
create procedure app.allow_update(
  rel regclass, role_name text, columns text[], actor text default null)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- generated columns and updated_at change by themselves
  args text := (
    select string_agg(quote_literal(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = rel and attnum > 0 and not attisdropped
      and (attname = any (columns) or attgenerated <> ''
           or attname = 'updated_at'));
  cols text := (select string_agg(quote_ident(c), ', ')
                from unnest(columns) c);
begin
  if actor is null then
    if to_regclass('pg_catalog.pg_dist_partition') is null then
      execute format('grant update (%s) on %s to %I', cols, rel, role_name);
    else
      execute format('grant update on %s to %I', rel, role_name);
    end if;
  end if;
  execute format(
    'create trigger %I after update on %s for each row '
    'when (current_user = %L%s) execute function app.guard_columns(%s)',
    'guard_' || role_name || coalesce('_' || actor, ''), rel, role_name,
    case when actor is null then ''
         else format(' and current_setting(''app.actor_kind'', true) = %L',
                     actor) end, args);
end $$;

-- ----------------------------------------------------------- row triggers
-- No TG_TABLE_NAME (on Citus it is the shard's), no NOTIFY, no transition
-- tables, no statement triggers.
create function app.touch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.updated_at := now();
  return new;
end $$;

-- History: absence of grants is the first layer, this is the second, and it
-- also stops the owner and a superuser who did not mean it.
create function app.frozen() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '% of a frozen row', tg_op using errcode = 'P0409';
end $$;

create procedure app.freeze(rel regclass)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create trigger frozen before update or delete on %s '
                 'for each row execute function app.frozen()', rel);
  update app.table_kinds set frozen = true
  where table_name = (select relname from pg_class where oid = rel);
end $$;

-- ---------------------------------------------------------- organizations
-- The slug is unique over all organizations by its row in code_registry; a
-- unique key here would have to begin with the organization.
create table app.organizations (
  organization_id uuid not null,
  slug       text not null,
  name       text not null,
  status     text not null default 'active',
  time_zone  text not null default 'UTC',
  currency   text not null default 'USD',
  settings   jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organizations_pk primary key (organization_id),
  constraint organizations_slug
    check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  constraint organizations_currency check (currency ~ '^[A-Z]{3}$'),
  constraint organizations_status
    check (status in ('active', 'suspended', 'cancelled'))
);
select app.scale_distribute('app.organizations', colocate => 'default');

-- --------------------------------------------------------------- partners
create table app.partners (
  organization_id uuid not null,
  id         uuid not null,
  kind       text not null,
  slug       text not null,
  name       text not null,
  website    text,
  contact_email text,
  country    text,
  currency   text,
  external_id text,
  metadata   jsonb not null default '{}',
  status     text not null default 'applied',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint partners_pk primary key (organization_id, id),
  constraint partners_slug_key unique (organization_id, slug),
  constraint partners_slug check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  constraint partners_country check (country ~ '^[A-Z]{2}$'),
  constraint partners_currency check (currency ~ '^[A-Z]{3}$'),
  constraint partners_kind
    check (kind in ('affiliate', 'reseller', 'corporate')),
  constraint partners_status check (status in
    ('applied', 'active', 'suspended', 'archived', 'rejected'))
);
select app.scale_distribute('app.partners');
alter table app.partners add constraint partners_organization_fk
  foreign key (organization_id) references app.organizations;
create unique index partners_external_id
  on app.partners (organization_id, external_id)
  where external_id is not null;

-- ---------------------------------------------------------- code_registry
-- Codes unique over all organizations (links, slugs, reference codes,
-- webhook addresses, hashes of keys and e-mails). Distributed by the code,
-- colocated with nothing. No personal data. A request sees and adds only
-- its own organization's rows; a public code is resolved by app_service
-- with WHERE code = $1, one shard, before any context is known:
--   INSERT .. ON CONFLICT (code) DO NOTHING RETURNING code;  no row = taken
create table app.code_registry (
  code            text not null,
  kind            text not null,
  organization_id uuid not null,
  target_id       uuid not null,
  created_at      timestamptz not null default now(),
  constraint code_registry_pk primary key (code),
  constraint code_registry_form check (code like kind || ':%')
);
select app.scale_distribute('app.code_registry', 'code', 'none');

-- ------------------------------------------------------------ idempotency
-- Claim, work and stored answer in one transaction; see the rules in
-- security-and-correctness.md section 5. An actor sees its own keys only.
create table app.idempotency (
  organization_id uuid not null,
  actor_id     uuid not null,
  key          text not null,
  route        text not null,
  req_hash     bytea not null,
  state        text not null default 'started',
  status       int,
  body         jsonb,
  locked_until timestamptz not null default now(),
  created_at   timestamptz not null default now(),
  constraint idempotency_pk primary key (organization_id, actor_id, key),
  constraint idempotency_key check (length(key) between 1 and 255),
  constraint idempotency_state check (state in ('started', 'done')),
  constraint idempotency_answer check ((state = 'done') = (status is not null))
);
select app.scale_distribute('app.idempotency');

-- --------------------------------------------------------- inbound events
-- The address a provider posts to names the organization (code_registry),
-- so the provider's event id is unique inside it. Stored and committed
-- before the answer; applied later in one transaction with its effect.
create table app.inbound_events (
  organization_id uuid not null,
  provider     text not null,
  event_id     text not null,
  id           uuid not null,
  body_hash    bytea not null,
  raw          bytea not null,
  headers      jsonb not null default '{}',
  state        text not null default 'received',
  attempts     int not null default 0,
  error        text,
  received_at  timestamptz not null default now(),
  processed_at timestamptz,
  constraint inbound_events_pk
    primary key (organization_id, provider, event_id),
  constraint inbound_events_id unique (organization_id, id),
  constraint inbound_events_size check (octet_length(raw) <= 262144),
  constraint inbound_events_state check (state in
    ('received', 'processed', 'failed', 'parked'))
);
select app.scale_distribute('app.inbound_events');
create index inbound_events_open on app.inbound_events
  (organization_id, received_at) where state in ('received', 'failed');

-- ----------------------------------------------------------------- outbox
-- What happened, append-only; written in the transaction of the effect.
create table app.outbox (
  organization_id uuid not null,
  id         uuid not null,
  kind       text not null,
  partner_id uuid,
  subject_id uuid,
  body       jsonb not null default '{}',
  at         timestamptz not null default now(),
  constraint outbox_pk primary key (organization_id, id)
);
select app.scale_distribute('app.outbox');
create index outbox_at on app.outbox (organization_id, at);

-- ------------------------------------------------------------------- jobs
-- Ids only, no personal data. app_service lists organizations with due jobs;
-- then, per organization, app_write claims under its context.
-- payload and last_error hold no personal data either: the queue is read by
-- app_service across organizations. last_error is a code and our own words,
-- never the text of a request, an address or a provider's answer.
create table app.jobs (
  organization_id uuid not null,
  id          uuid not null,
  kind        text not null,
  runs_as     text not null default 'app_write',
  dedupe_key  text,
  payload     jsonb not null default '{}',
  state       text not null default 'due',
  run_at      timestamptz not null default now(),
  attempts    int not null default 0,
  lease_until timestamptz,
  last_error  text,
  created_at  timestamptz not null default now(),
  done_at     timestamptz,
  constraint jobs_pk primary key (organization_id, id),
  constraint jobs_once unique (organization_id, kind, dedupe_key),
  constraint jobs_state check (state in ('due', 'leased', 'done', 'parked')),
  constraint jobs_runs_as check (runs_as in ('app_write', 'app_money')),
  constraint jobs_lease check (state <> 'leased' or lease_until is not null)
);
select app.scale_distribute('app.jobs');
create index jobs_due on app.jobs (organization_id, run_at)
  where state in ('due', 'leased');

-- Discovery, as app_service (the one statement that crosses organizations):
--   select organization_id from app.jobs
--   where (state = 'due' AND run_at <= $1)
--      OR (state = 'leased' AND lease_until < $1)
--   GROUP BY organization_id ORDER BY min(run_at) LIMIT 100
-- Claim, as app_write in that organization's context. Finish with
--   UPDATE app.jobs SET state = 'done' WHERE organization_id = $1
--      AND id = $2 AND state = 'leased' AND attempts = $mine
-- plpgsql, not LANGUAGE sql: Citus cannot plan parameters of SQL functions.
-- p_now: what is due is measured by the server's clock, which wrote run_at; a
-- lease by the database's own.
create function app.claim_jobs(
  p_limit int, p_lease interval, p_now timestamptz default null)
returns setof app.jobs
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_now timestamptz := clock_timestamp();
begin
  if v_org is null then
    raise exception 'no organization' using errcode = 'P0401';
  end if;
  return query
    update app.jobs j
    set state = 'leased', attempts = j.attempts + 1,
        lease_until = v_now + p_lease
    from (
      select q.id from app.jobs q
      where q.organization_id = v_org
        and ((q.state = 'due' and q.run_at <= coalesce(p_now, v_now))
          or (q.state = 'leased' and q.lease_until < v_now))
      order by q.run_at, q.id
      limit p_limit
      for update skip locked
    ) s
    where j.organization_id = v_org and j.id = s.id
    returning j.*;
end $$;
grant execute on function app.claim_jobs(int, interval, timestamptz)
  to app_write;

-- ------------------------------------------------------------------ audit
-- The business transaction inserts an unsealed row; a sealer per
-- organization chains it afterwards. Hashing inside the business
-- transaction would serialise the organization.
create table app.audit (
  organization_id uuid not null,
  id         uuid not null,
  at         timestamptz not null default clock_timestamp(),
  actor_kind text not null,
  actor_id   uuid,
  action     text not null,
  subject_id uuid,
  body       jsonb not null default '{}',
  seq        bigint,
  prev       bytea,
  hash       bytea,
  constraint audit_pk primary key (organization_id, id),
  constraint audit_seq unique (organization_id, seq),
  constraint audit_prev unique (organization_id, prev),
  constraint audit_sealed check ((seq is null) = (hash is null)
                             and (seq is null) = (prev is null))
);
select app.scale_distribute('app.audit');
create index audit_open on app.audit (organization_id, at, id)
  where seq is null;

create table app.audit_heads (
  organization_id uuid not null,
  seq  bigint not null,
  hash bytea not null,
  constraint audit_heads_pk primary key (organization_id)
);
select app.scale_distribute('app.audit_heads');

-- A sealed row never changes; of an open one only seq, prev, hash may.
create function app.audit_frozen() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.hash is not null
     or to_jsonb(old) - array['seq', 'prev', 'hash']
        <> to_jsonb(new) - array['seq', 'prev', 'hash'] then
    raise exception '% of a frozen row', tg_op using errcode = 'P0409';
  end if;
  return new;
end $$;
create trigger audit_frozen before update or delete on app.audit
  for each row execute function app.audit_frozen();
update app.table_kinds set frozen = true where table_name = 'audit';

-- A JSON array is unambiguous; the time is microseconds since 1970.
create function app.audit_hash(p_prev bytea, p_seq bigint, r app.audit)
returns bytea
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return sha256(p_prev || convert_to(jsonb_build_array(
    r.organization_id, p_seq, r.id,
    (extract(epoch from r.at) * 1000000)::bigint,
    r.actor_kind, r.actor_id, r.action, r.subject_id, r.body)::text,
    'UTF8'));
end $$;

create function app.audit_genesis(p_org uuid) returns bytea
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return sha256(convert_to('genesis:' || p_org::text, 'UTF8'));
end $$;

-- Seals up to p_limit rows of the current organization; -1 = another sealer
-- is at work. One UPDATE for the batch.
create function app.audit_seal(p_limit int) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_gen bytea := app.audit_genesis(app.organization_id());
  v_seq bigint;
  v_hash bytea;
  r app.audit;
  ids uuid[] := '{}';
  seqs bigint[] := '{}';
  prevs bytea[] := '{}';
  hashes bytea[] := '{}';
  n int;
begin
  if v_org is null then
    raise exception 'no organization' using errcode = 'P0401';
  end if;
  insert into app.audit_heads(organization_id, seq, hash)
  values (v_org, 0, v_gen) on conflict do nothing;
  select h.seq, h.hash into v_seq, v_hash from app.audit_heads h
  where h.organization_id = v_org for update skip locked;
  if not found then
    return -1;
  end if;
  for r in
    select a.* from app.audit a
    where a.organization_id = v_org and a.seq is null
    order by a.at, a.id limit p_limit
  loop
    v_seq := v_seq + 1;
    ids := ids || r.id;
    seqs := seqs || v_seq;
    prevs := prevs || v_hash;
    v_hash := app.audit_hash(v_hash, v_seq, r);
    hashes := hashes || v_hash;
  end loop;
  if cardinality(ids) = 0 then
    return 0;
  end if;
  update app.audit a set seq = u.s, prev = u.p, hash = u.h
  from unnest(ids, seqs, prevs, hashes) u(i, s, p, h)
  where a.organization_id = v_org and a.id = u.i and a.seq is null;
  get diagnostics n = row_count;
  if n <> cardinality(ids) then
    raise exception 'sealed % of %', n, cardinality(ids)
      using errcode = 'P0500';
  end if;
  update app.audit_heads set seq = v_seq, hash = v_hash
  where organization_id = v_org;
  return n;
end $$;

-- Every problem of the current organization's chain. The anchor is the head
-- that was written outside the database earlier; without it a cut tail
-- together with a corrected head would not be seen.
create function app.audit_verify(
  p_anchor_seq bigint default null, p_anchor bytea default null)
returns table (problem text, at_seq bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_org uuid := app.organization_id();
  v_seq bigint := 0;
  v_hash bytea := app.audit_genesis(app.organization_id());
  v_head bigint;
  v_head_hash bytea;
  v_anchor_seen boolean := p_anchor_seq is null;
  r app.audit;
begin
  for r in
    select a.* from app.audit a
    where a.organization_id = v_org and a.seq is not null order by a.seq
  loop
    if r.seq <> v_seq + 1 then
      problem := 'gap'; at_seq := r.seq; return next;
    end if;
    if r.prev <> v_hash then
      problem := 'link broken'; at_seq := r.seq; return next;
    end if;
    if r.hash <> app.audit_hash(r.prev, r.seq, r) then
      problem := 'content changed'; at_seq := r.seq; return next;
    end if;
    if r.seq = p_anchor_seq and r.hash = p_anchor then
      v_anchor_seen := true;
    end if;
    v_seq := r.seq;
    v_hash := r.hash;
  end loop;
  select h.seq, h.hash into v_head, v_head_hash from app.audit_heads h
  where h.organization_id = v_org;
  if coalesce(v_head, 0) <> v_seq
     or (v_head is not null and v_head_hash <> v_hash) then
    problem := 'tail cut'; at_seq := v_head; return next;
  end if;
  if not v_anchor_seen then
    problem := 'anchor mismatch'; at_seq := p_anchor_seq; return next;
  end if;
end $$;
grant execute on function app.audit_hash(bytea, bigint, app.audit),
  app.audit_genesis(uuid) to app_read, app_write;
grant execute on function app.audit_seal(int) to app_write;
grant execute on function app.audit_verify(bigint, bytea)
  to app_read, app_write;

-- --------------------------------------------------------- walls and rights
call app.wall('app.organizations');
call app.wall('app.partners', 'id');
call app.wall('app.code_registry');
call app.wall('app.idempotency');
call app.wall('app.inbound_events');
call app.wall('app.outbox', 'partner_id');
call app.wall('app.jobs');
call app.wall('app.audit');
call app.wall('app.audit_heads');

-- A partner, customer or respondent sees its own keys.
call app.add_policy('app.idempotency', 'own_keys', 'all',
  'app_write, app_money', 'actor_id = {actor_id}');
call app.append_only_for_actors('app.outbox');
call app.append_only_for_actors('app.jobs');
call app.append_only_for_actors('app.audit');

create trigger touch before update on app.organizations
  for each row execute function app.touch();
create trigger touch before update on app.partners
  for each row execute function app.touch();
call app.freeze('app.outbox');

grant select on app.organizations, app.partners, app.code_registry,
  app.inbound_events, app.outbox, app.jobs, app.audit, app.audit_heads
  to app_read, app_write, app_money;
grant select, insert on app.idempotency to app_write, app_money;
grant insert on app.organizations, app.partners, app.code_registry,
  app.audit_heads to app_write;
grant insert on app.outbox, app.jobs, app.audit to app_write, app_money;

-- The service role: find the organization, store what arrived, see what is
-- due. It changes nothing.
grant select on app.organizations, app.code_registry, app.inbound_events,
  app.jobs to app_service;
grant insert on app.inbound_events, app.jobs to app_service;

call app.allow_update('app.organizations', 'app_write',
  array['name', 'status', 'time_zone', 'currency', 'settings']);
call app.allow_update('app.partners', 'app_write',
  array['name', 'website', 'contact_email', 'status', 'country', 'currency',
        'external_id', 'metadata']);
call app.allow_update('app.partners', 'app_write',
  array['name', 'website', 'contact_email'], 'partner');
call app.allow_update('app.idempotency', 'app_write',
  array['state', 'status', 'body', 'locked_until']);
call app.allow_update('app.idempotency', 'app_money',
  array['state', 'status', 'body', 'locked_until']);
call app.allow_update('app.inbound_events', 'app_write',
  array['state', 'attempts', 'error', 'processed_at']);
call app.allow_update('app.inbound_events', 'app_money',
  array['state', 'attempts', 'error', 'processed_at']);
call app.allow_update('app.jobs', 'app_write',
  array['state', 'run_at', 'attempts', 'lease_until', 'last_error',
        'done_at']);
call app.allow_update('app.jobs', 'app_money',
  array['state', 'run_at', 'attempts', 'lease_until', 'last_error',
        'done_at']);
call app.allow_update('app.audit', 'app_write',
  array['seq', 'prev', 'hash']);
call app.allow_update('app.audit_heads', 'app_write',
  array['seq', 'hash']);
