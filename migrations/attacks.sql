-- attacks.sql: what must be refused. Run as the administrator in a database
-- that has the migrations and nothing else, with -v admin=<its name>; it connects
-- as each role in turn.
-- Every line printed starts with 'ok' or with 'NOT REFUSED'.
--
-- An attack is: \set what, \set want, a context, one statement, :verdict.
-- want is a list of accepted results: a SQLSTATE, or 'rows 0' where the
-- wall answers by showing nothing. Two are listed where the engines or the
-- layers differ (on Citus the trigger refuses what plain PostgreSQL already
-- refuses by the column grant).

\set ON_ERROR_STOP 0
\set VERBOSITY terse
\set QUIET on
\pset tuples_only on
\pset format unaligned
\o /dev/null

-- seed: two organizations, two partners in the first, one in the second
\set o1 '''10000000-0000-4000-8000-000000000001'''
\set o2 '''10000000-0000-4000-8000-000000000002'''
\set p1 '''20000000-0000-4000-8000-000000000001'''
\set p2 '''20000000-0000-4000-8000-000000000002'''
\set p3 '''20000000-0000-4000-8000-000000000003'''
\set u1 '''30000000-0000-4000-8000-000000000001'''
\set u2 '''30000000-0000-4000-8000-000000000002'''
\set w1 '''40000000-0000-4000-8000-000000000001'''
\set w2 '''40000000-0000-4000-8000-000000000002'''
\set w3 '''40000000-0000-4000-8000-000000000003'''
\set b1 '''40000000-0000-4000-8000-000000000011'''
\set b2 '''40000000-0000-4000-8000-000000000012'''
\set s1 '''40000000-0000-4000-8000-000000000021'''
\set e1 '''40000000-0000-4000-8000-000000000031'''
\set x1 '''50000000-0000-4000-8000-000000000001'''
\set x2 '''50000000-0000-4000-8000-000000000002'''
\set x3 '''50000000-0000-4000-8000-000000000003'''
\set x9 '''50000000-0000-4000-8000-000000000009'''
begin;
set local app.organization_id = :o1;
insert into app.organizations(organization_id, slug, name)
  values (:o1, 'one', 'One');
insert into app.partners(organization_id, id, kind, slug, name, status)
  values (:o1, :p1, 'reseller', 'p1', 'P1', 'active'),
         (:o1, :p2, 'reseller', 'p2', 'P2', 'active');
select app.open_account(:w1, 'liab.wallet', :p1, 'USD');
select app.open_account(:w2, 'liab.wallet', :p2, 'USD');
select app.open_account(:b1, 'asset.bank', null, 'USD');
select app.open_account(:s1, 'rev.sales', null, 'USD');
select app.open_account(:e1, 'rev.sales', null, 'EUR');
select app.post(:x1, 'topup', 'topup:1', :p1,
  array[:b1]::uuid[], array[:w1]::uuid[], array[1000]::bigint[]);
select app.post(:x2, 'topup', 'topup:2', :p2,
  array[:b1]::uuid[], array[:w2]::uuid[], array[1000]::bigint[]);
insert into app.code_registry(code, kind, organization_id, target_id)
  values ('link:one', 'link', :o1, :p1);
insert into app.idempotency(organization_id, actor_id, key, route, req_hash)
  values (:o1, :u2, 'k', 'r', '\x00');
insert into app.audit(organization_id, id, actor_kind, action)
  values (:o1, :x1, 'staff', 'sealed'), (:o1, :x2, 'staff', 'two'),
         (:o1, :x3, 'staff', 'three');
select app.audit_seal(100);
insert into app.audit(organization_id, id, actor_kind, action)
  values (:o1, :x9, 'staff', 'open');
insert into app.jobs(organization_id, id, kind) values (:o1, :x1, 'mail');
insert into app.outbox(organization_id, id, kind) values (:o1, :x1, 'e');
commit;
begin;
set local app.organization_id = :o2;
insert into app.organizations(organization_id, slug, name)
  values (:o2, 'two', 'Two');
insert into app.partners(organization_id, id, kind, slug, name, status)
  values (:o2, :p3, 'reseller', 'p3', 'P3', 'active');
select app.open_account(:w3, 'liab.wallet', :p3, 'USD');
select app.open_account(:b2, 'asset.bank', null, 'USD');
select app.post(:x3, 'topup', 'topup:3', :p3,
  array[:b2]::uuid[], array[:w3]::uuid[], array[1000]::bigint[]);
insert into app.code_registry(code, kind, organization_id, target_id)
  values ('link:two', 'link', :o2, :p3);
commit;
\o

\set staff 'BEGIN; SET LOCAL app.organization_id = :o1;'
\set staff :staff ' SET LOCAL app.actor_id = :u1;'
\set partner :staff ' SET LOCAL app.actor_kind = ''partner'';'
\set partner :partner ' SET LOCAL app.partner_id = :p1;'
\set staff :staff ' SET LOCAL app.actor_kind = ''staff'';'

\set got 'CASE :''code'' WHEN ''00000'' THEN ''rows '' || :''n'''
\set got :got ' ELSE :''code'' END'
\set verdict '\\set code :SQLSTATE \\set n :ROW_COUNT \\\\ ROLLBACK;'
\set verdict :verdict ' SELECT CASE WHEN ' :got
\set verdict :verdict ' = ANY (string_to_array(:''want'', '', ''))'
\set verdict :verdict ' THEN ''ok           '' ELSE ''NOT REFUSED  '' END'
\set verdict :verdict ' || current_user || '': '' || :''what'''
\set verdict :verdict ' || ''  ['' || ' :got ' || '']'';'

-- ---------------------------------------------------------------- app_read
\c - app_read
\set what 'read without context'
\set want 'rows 0'
begin;
select 1 from app.partners where organization_id = :o1;
:verdict
\set what 'read with organization but no actor kind'
begin; set local app.organization_id = :o1;
select 1 from app.partners where organization_id = :o1;
:verdict
\set what 'context does not survive its transaction'
:staff commit; begin;
select 1 from app.partners where organization_id = :o1;
:verdict
\set what 'another organization'
:staff
select 1 from app.partners where organization_id = :o2;
:verdict
\set what 'another partner of the same organization'
:partner
select 1 from app.partners where organization_id = :o1 and id = :p2;
:verdict
\set what 'another partner''s account'
:partner
select 1 from app.accounts where organization_id = :o1 and id = :w2;
:verdict
\set what 'another partner''s transfers through the view'
:partner
select 1 from app.account_totals
where organization_id = :o1 and partner_id = :p2;
:verdict
\set what 'audit read by a partner'
:partner
select 1 from app.audit where organization_id = :o1;
:verdict
\set what 'a respondent reads partners'
begin; set local app.organization_id = :o1;
set local app.actor_kind = 'respondent';
select 1 from app.partners where organization_id = :o1;
:verdict
\set what 'row_security = off'
\set want '42501, 0A000'
:staff set local row_security = off;
select 1 from app.partners where organization_id = :o2;
:verdict
\set what 'write on the read pool'
\set want '25006'
:staff
insert into app.outbox(organization_id, id, kind) values (:o1, :x9, 'e');
:verdict
\set what 'the same with read-only switched off'
\set want '42501'
:staff set local transaction_read_only = off;
insert into app.outbox(organization_id, id, kind) values (:o1, :x9, 'e');
:verdict
\set what 'idempotency table'
:staff
select 1 from app.idempotency where organization_id = :o1;
:verdict

-- --------------------------------------------------------------- app_write
\c - app_write
\set want '42501'
\set what 'set a balance'
:staff
update app.accounts set balance = 9 where organization_id = :o1;
:verdict
\set what 'open an account'
:staff
insert into app.accounts(organization_id, id, code, currency, sign, tracked)
values (:o1, :x9, 'rev.sales', 'GBP', -1, false);
:verdict
\set what 'write a posting'
:staff
insert into app.postings
  (organization_id, id, kind, idem_key, req_hash, n_legs)
values (:o1, :x9, 'k', 'k', '\x00', 1);
:verdict
\set what 'write a transfer'
:staff
insert into app.transfers values
  (:o1, :x1, 2, :p1, 'USD', :b1, :w1, 500);
:verdict
\set what 'post from the wrong pool'
:staff
select app.post(:x9, 'k', 'k', :p1,
  array[:b1]::uuid[], array[:w1]::uuid[], array[1]::bigint[]);
:verdict
\set what 'partner approves itself'
:partner
update app.partners set status = 'archived'
where organization_id = :o1 and id = :p1;
:verdict
\set what 'change the kind of a partner'
:staff
update app.partners set kind = 'affiliate'
where organization_id = :o1 and id = :p1;
:verdict
\set what 'change the id of a partner'
\set want '42501, 23503'
:staff
update app.partners set id = :x9 where organization_id = :o1 and id = :p1;
:verdict
\set want '42501'
\set what 'change the slug of a partner'
:staff
update app.partners set slug = 'other' where organization_id = :o1 and id = :p1;
:verdict
\set what 'partner changes its currency'
:partner
update app.partners set currency = 'EUR'
where organization_id = :o1 and id = :p1;
:verdict
\set what 'change the slug of the organization'
:staff
update app.organizations set slug = 'other' where organization_id = :o1;
:verdict
\set what 'partner changes the organization'
\set want 'rows 0'
:partner
update app.organizations set name = 'x' where organization_id = :o1;
:verdict
\set what 'read another organization by a subquery'
:staff
select 1 from app.partners p where exists (
  select 1 from app.partners q
  where q.organization_id = :o2 and q.id = :p3)
  and p.organization_id = :o1;
:verdict
\set what 'an update that finds rows of all organizations'
\set want '0A000, XX000, rows 2'
:staff
update app.partners set name = 'x';
:verdict
\set what 'move a row to another organization'
\set want '42501, 0A000'
:staff
update app.partners set organization_id = :o2
where organization_id = :o1 and id = :p1;
:verdict
\set what 'edit another partner'
\set want 'rows 0'
:partner
update app.partners set name = 'x' where organization_id = :o1 and id = :p2;
:verdict
\set what 'edit another organization''s partner'
:staff
update app.partners set name = 'x' where organization_id = :o2 and id = :p3;
:verdict
\set want '42501'
\set what 'add a partner to another organization'
:staff
insert into app.partners(organization_id, id, kind, slug, name)
values (:o2, :x9, 'reseller', 'xx', 'x');
:verdict
\set what 'partner adds another partner'
:partner
insert into app.partners(organization_id, id, kind, slug, name)
values (:o1, :x9, 'reseller', 'xx', 'x');
:verdict
\set what 'delete a partner'
:staff
delete from app.partners where organization_id = :o1 and id = :p2;
:verdict
\set what 'rewrite the outbox'
:staff
update app.outbox set kind = 'x' where organization_id = :o1;
:verdict
\set what 'delete audit'
:staff
delete from app.audit where organization_id = :o1;
:verdict
\set what 'audit row for another organization'
:staff
insert into app.audit(organization_id, id, actor_kind, action)
values (:o2, :x9, 'staff', 'x');
:verdict
\set what 'edit an open audit row'
\set want '42501, P0409'
:staff
update app.audit set action = 'x' where organization_id = :o1 and id = :x9;
:verdict
\set what 'seal a sealed audit row again'
\set want 'P0409'
:staff
update app.audit set seq = 77 where organization_id = :o1 and id = :x1;
:verdict
\set what 'another actor''s idempotency key'
\set want 'rows 0'
:partner
select 1 from app.idempotency where organization_id = :o1 and key = 'k';
:verdict
\set what 'read another organization''s code'
:staff
select 1 from app.code_registry where code = 'link:two';
:verdict
\set what 'take a code that exists'
:staff
insert into app.code_registry(code, kind, organization_id, target_id)
values ('link:two', 'link', :o1, :p1)
on conflict (code) do nothing returning code;
:verdict
\set want '42501'
\set what 'register a code for another organization'
:staff
insert into app.code_registry(code, kind, organization_id, target_id)
values ('link:new', 'link', :o2, :p3);
:verdict
\set what 'partner registers a site key'
:partner
insert into app.code_registry(code, kind, organization_id, target_id)
values ('site_key:pk_own', 'site_key', :o1, :p1);
:verdict
\set what 'partner makes a key of another'
:partner
insert into app.api_keys(organization_id, id, partner_id, name, prefix, secret_hash)
values (:o1, :x9, :p2, 'k', 'tdm_live_x', sha256('x'));
:verdict
\set what 'partner makes a key of the organization'
:partner
insert into app.api_keys(organization_id, id, partner_id, name, prefix, secret_hash)
values (:o1, :x9, null, 'k', 'tdm_live_x', sha256('x'));
:verdict
\set what 'redirect a code'
:staff
update app.code_registry set target_id = :p2 where code = 'link:one';
:verdict
\set what 'partner reads the job queue'
\set want 'rows 0'
:partner
select 1 from app.jobs where organization_id = :o1;
:verdict
\set want '42501'
\set what 'truncate'
:staff
truncate app.partners;
:verdict
\set what 'switch the wall off'
:staff
alter table app.partners disable row level security;
:verdict
\set what 'add a policy'
:staff
create policy x on app.partners using (true);
:verdict
\set what 'become the owner'
:staff
set role app_owner;
:verdict
\set what 'become the money role'
:staff
set role app_money;
:verdict
\set what 'switch triggers off'
:staff
set local session_replication_role = replica;
:verdict
\set what 'create a table'
:staff
create table app.x(a int);
:verdict
\set what 'create a function'
:staff
create function app.x() returns int language sql as 'SELECT 1';
:verdict
\set what 'create a temporary table'
:staff
create temp table x(a int);
:verdict
\set what 'read the migration notes'
:staff
select 1 from app.table_kinds;
:verdict
\set what 'rewrite the policies'
:staff
update app.policies set condition = '{staff}';
:verdict
\set what 'make the policies anew'
:staff
call app.remake_policies();
:verdict
\set what 'change the chart'
:staff
update app.account_chart set tracked = false;
:verdict

-- --------------------------------------------------------------- app_money
\c - app_money
\set what 'post without context'
\set want 'P0401'
begin;
select app.post(:x9, 'k', 'k', :p1,
  array[:b1]::uuid[], array[:w1]::uuid[], array[1]::bigint[]);
:verdict
\set what 'partner debits another partner''s wallet'
\set want 'P0404'
:partner
select app.post(:x9, 'k', 'k', :p1,
  array[:w2]::uuid[], array[:w1]::uuid[], array[1]::bigint[]);
:verdict
\set what 'credit an account of another organization'
:staff
select app.post(:x9, 'k', 'k', :p1,
  array[:b1]::uuid[], array[:w3]::uuid[], array[1]::bigint[]);
:verdict
\set what 'two currencies in one leg'
:staff
select app.post(:x9, 'k', 'k', :p1,
  array[:w1]::uuid[], array[:e1]::uuid[], array[1]::bigint[]);
:verdict
\set what 'one good leg, one unknown'
:staff
select app.post(:x9, 'k', 'k', :p1, array[:w1, :x9]::uuid[],
  array[:s1, :s1]::uuid[], array[1, 1]::bigint[]);
:verdict
\set what 'post in another partner''s name'
\set want '42501'
:partner
select app.post(:x9, 'k', 'k', :p2,
  array[:w1]::uuid[], array[:s1]::uuid[], array[1]::bigint[]);
:verdict
\set what 'overdraft'
\set want '23514'
:partner
select app.post(:x9, 'k', 'k', :p1,
  array[:w1]::uuid[], array[:s1]::uuid[], array[1001]::bigint[]);
:verdict
\set what 'negative amount'
:partner
select app.post(:x9, 'k', 'k', :p1,
  array[:s1]::uuid[], array[:w1]::uuid[], array[-5]::bigint[]);
:verdict
\set what 'amount zero'
:partner
select app.post(:x9, 'k', 'k', :p1,
  array[:w1]::uuid[], array[:s1]::uuid[], array[0]::bigint[]);
:verdict
\set what 'one account on both sides'
:partner
select app.post(:x9, 'k', 'k', :p1,
  array[:w1]::uuid[], array[:w1]::uuid[], array[1]::bigint[]);
:verdict
\set what 'amount NULL'
\set want '23502'
:partner
select app.post(:x9, 'k', 'k', :p1,
  array[:w1]::uuid[], array[:s1]::uuid[], array[null]::bigint[]);
:verdict
\set what 'no legs'
\set want 'P0400'
:partner
select app.post(:x9, 'k', 'k', :p1, '{}', '{}', '{}');
:verdict
\set what 'arrays of different length'
:partner
select app.post(:x9, 'k', 'k', :p1, array[:w1]::uuid[],
  array[:s1]::uuid[], array[1, 2]::bigint[]);
:verdict
\set what 'same key, other content'
\set want 'P0422'
:staff
select app.post(:x9, 'topup', 'topup:1', :p1,
  array[:b1]::uuid[], array[:w1]::uuid[], array[1001]::bigint[]);
:verdict
\set what 'reverse a posting of another organization'
\set want '23503'
:staff
select app.post(:x9, 'void', 'void:3', :p1, array[:w1]::uuid[],
  array[:b1]::uuid[], array[1]::bigint[], :x3);
:verdict
\set what 'reverse twice'
\set want '23505'
:staff
select app.post(:x9, 'void', 'void:1', :p1, array[:w1]::uuid[],
  array[:b1]::uuid[], array[1]::bigint[], :x1) \g /dev/null
select app.post(:x3, 'void', 'void:1b', :p1, array[:w1]::uuid[],
  array[:b1]::uuid[], array[1]::bigint[], :x1);
:verdict
\set what 'batch: post without context'
\set want 'P0401'
begin;
select app.post_many(array[:x9, :u1]::uuid[], array['k', 'k'],
  array['k1', 'k2'], array[:p1, :p1]::uuid[], array[null, null]::uuid[],
  array[1, 2], array[:w1, :w1]::uuid[], array[:s1, :s1]::uuid[],
  array[1, 1]::bigint[]);
:verdict
\set what 'batch: partner debits another partner''s wallet in the second'
\set want 'P0404'
:partner
select app.post_many(array[:x9, :u1]::uuid[], array['k', 'k'],
  array['k1', 'k2'], array[:p1, :p1]::uuid[], array[null, null]::uuid[],
  array[1, 2], array[:w1, :w2]::uuid[], array[:s1, :s1]::uuid[],
  array[1, 1]::bigint[]);
:verdict
\set what 'batch: in another partner''s name'
\set want '42501'
:partner
select app.post_many(array[:x9, :u1]::uuid[], array['k', 'k'],
  array['k1', 'k2'], array[:p1, :p2]::uuid[], array[null, null]::uuid[],
  array[1, 2], array[:w1, :w1]::uuid[], array[:s1, :s1]::uuid[],
  array[1, 1]::bigint[]);
:verdict
\set what 'batch: overdraft in two parts'
\set want '23514'
:partner
select app.post_many(array[:x9, :u1]::uuid[], array['k', 'k'],
  array['k1', 'k2'], array[:p1, :p1]::uuid[], array[null, null]::uuid[],
  array[1, 2], array[:w1, :w1]::uuid[], array[:s1, :s1]::uuid[],
  array[600, 401]::bigint[]);
:verdict
\set what 'batch: another organization''s account'
\set want 'P0404'
:staff
select app.post_many(array[:x9, :u1]::uuid[], array['k', 'k'],
  array['k1', 'k2'], array[:p1, :p1]::uuid[], array[null, null]::uuid[],
  array[1, 2], array[:w1, :w3]::uuid[], array[:s1, :s1]::uuid[],
  array[1, 1]::bigint[]);
:verdict
\set what 'batch: partner opens another partner''s account'
\set want '42501'
:partner
select app.open_accounts(array[:x9]::uuid[], array['liab.wallet'],
  array[:p2]::uuid[], array['EUR']);
:verdict
\set want '42501'
\set what 'change a transfer'
:staff
update app.transfers set amount = 1 where organization_id = :o1;
:verdict
\set what 'delete a transfer'
:staff
delete from app.transfers where organization_id = :o1;
:verdict
\set what 'change a posting'
:staff
update app.postings set kind = 'x' where organization_id = :o1;
:verdict
\set what 'lift a floor'
:staff
update app.accounts set floor = null
where organization_id = :o1 and id = :w1;
:verdict
\set what 'turn an account into another'
:staff
update app.accounts set code = 'liab.prepaid_quota'
where organization_id = :o1 and id = :w1;
:verdict
\set what 'delete an account'
:staff
delete from app.accounts where organization_id = :o1;
:verdict
\set what 'approve a partner from the money pool'
:staff
update app.partners set status = 'active' where organization_id = :o1;
:verdict
\set what 'delete audit'
:staff
delete from app.audit where organization_id = :o1;
:verdict
\set what 'partner lists the organization''s transfers'
\set want 'rows 0'
:partner
select 1 from app.transfers
where organization_id = :o1 and partner_id = :p2;
:verdict

-- ------------------------------------------------------------- app_service
\c - app_service
\set want '42501'
\set what 'read partners'
begin;
select 1 from app.partners;
:verdict
\set what 'read stored answers'
begin;
select 1 from app.idempotency;
:verdict
\set what 'read audit'
begin;
select 1 from app.audit;
:verdict
\set what 'change an organization'
begin;
update app.organizations set name = 'x';
:verdict
\set what 'change a job'
begin;
update app.jobs set state = 'done';
:verdict
\set what 'delete what arrived'
begin;
delete from app.inbound_events;
:verdict
\set what 'redirect a code'
begin;
update app.code_registry set target_id = :p2;
:verdict
\set what 'write a transfer'
begin;
insert into app.transfers values
  (:o1, :x1, 2, :p1, 'USD', :b1, :w1, 500);
:verdict
\set what 'post'
begin; set local app.organization_id = :o1;
select app.post(:x9, 'k', 'k', :p1,
  array[:b1]::uuid[], array[:w1]::uuid[], array[1]::bigint[]);
:verdict

-- ----------------------------------------------- the administrator, by hand
\c - :admin
\set want 'P0409'
\set what 'change a transfer'
begin;
update app.transfers set amount = 1
where organization_id = :o1 and posting_id = :x1;
:verdict
\set what 'delete a transfer'
begin;
delete from app.transfers
where organization_id = :o1 and posting_id = :x1;
:verdict
\set what 'change a posting'
begin;
update app.postings set kind = 'x'
where organization_id = :o1 and id = :x1;
:verdict
\set what 'change an event'
begin;
update app.outbox set kind = 'x' where organization_id = :o1;
:verdict
\set what 'change a sealed audit row'
begin;
update app.audit set action = 'x' where organization_id = :o1 and id = :x1;
:verdict
\set what 'delete an open audit row'
begin;
delete from app.audit where organization_id = :o1 and id = :x9;
:verdict
-- With triggers off, the audit chain must tell. Plain PostgreSQL only: on
-- Citus the tampering would be done on a worker, where SET stays local.
select to_regclass('pg_catalog.pg_dist_partition') is null as plain \gset
\if :plain
set app.organization_id = :o1;
select seq, hash from app.audit
where organization_id = :o1 and id = :x3 \gset a_
\set want 'rows 1, rows 2, rows 3'
\set what 'found: edited row'
begin; set local session_replication_role = replica;
update app.audit set action = 'x' where organization_id = :o1 and id = :x2;
select problem from app.audit_verify() \g /dev/null
:verdict
\set what 'found: edited row with its hash made to fit'
begin; set local session_replication_role = replica;
update app.audit set action = 'x' where organization_id = :o1 and id = :x2;
update app.audit a set hash = app.audit_hash(prev, seq, a)
where organization_id = :o1 and id = :x2;
select problem from app.audit_verify() \g /dev/null
:verdict
\set what 'found: row taken out'
begin; set local session_replication_role = replica;
delete from app.audit where organization_id = :o1 and id = :x2;
select problem from app.audit_verify() \g /dev/null
:verdict
\set what 'found: tail cut'
begin; set local session_replication_role = replica;
delete from app.audit where organization_id = :o1 and id = :x3;
select problem from app.audit_verify() \g /dev/null
:verdict
\set what 'found by the anchor: tail cut and head made to fit'
begin; set local session_replication_role = replica;
delete from app.audit where organization_id = :o1 and id = :x3;
update app.audit_heads h set seq = a.seq, hash = a.hash
from app.audit a where a.organization_id = :o1 and a.id = :x2
  and h.organization_id = :o1;
select problem from app.audit_verify(:a_seq, :'a_hash') \g /dev/null
:verdict
reset app.organization_id;
\endif

-- ------------------------------------------- and the honest way still works
\c - app_money
\set want 'rows 1'
\set what '(allowed) partner buys from its wallet'
:partner
select 1 from app.post(:x9, 'sale', 'sale:1', :p1,
  array[:w1]::uuid[], array[:s1]::uuid[], array[400]::bigint[])
where not replayed;
:verdict
\set what '(allowed) the same again is a replay'
:staff
select 1 from app.post(:x9, 'topup', 'topup:1', :p1,
  array[:b1]::uuid[], array[:w1]::uuid[], array[1000]::bigint[])
where replayed;
:verdict
\c - app_write
\set what '(allowed) partner renames itself'
:partner
update app.partners set name = 'New' where organization_id = :o1 and id = :p1;
:verdict
\set what '(allowed) staff suspends a partner'
:staff
update app.partners set status = 'suspended'
where organization_id = :o1 and id = :p1;
:verdict
\set what '(allowed) claim a job'
:staff
select 1 from app.claim_jobs(10, '60 s');
:verdict
\set what '(allowed) seal the audit'
:staff
select 1 where app.audit_seal(10) = 1;
:verdict
\c - app_service
\set what '(allowed) resolve a public code'
begin;
select 1 from app.code_registry where code = 'link:two';
:verdict
\set what '(allowed) find organizations with due jobs'
begin;
select organization_id from app.jobs where state = 'due' and run_at <= now()
group by organization_id order by min(run_at) limit 100 \g /dev/null
:verdict
\c - app_read
\set want 'rows 0'
\set what '(allowed) reconcile finds nothing'
:staff
select * from app.reconcile();
:verdict
\set what '(allowed) the audit verifies'
:staff
select * from app.audit_verify();
:verdict
