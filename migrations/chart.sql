-- chart.sql: every money and unit flow of the account chart, posted as
-- app_money under the walls, with the balances it must leave. Run as the
-- administrator in a database with the migrations; uses an organization of its
-- own and stops at the first wrong balance. Legs are 'debit>credit=amount'.

\set ON_ERROR_STOP 1
\set VERBOSITY terse
\pset tuples_only on
\pset format unaligned

\set org '''60000000-0000-4000-8000-000000000001'''
\set p '''60000000-0000-4000-8000-000000000002'''
create schema if not exists app_test;
grant usage on schema app_test to app_money;
-- helpers of this test only, callable by app_money
create or replace function app_test.acc(p_code text, p_cur text)
returns uuid language plpgsql as $$
begin
  return app.open_account(gen_random_uuid(), p_code,
    case when (select c.per_partner from app.account_chart c
               where c.code = p_code) then app.partner_id() end, p_cur);
end $$;
create or replace function app_test.post(
  p_key text, p_legs text[], p_cur text default 'USD',
  p_cur2 text default null, p_reverses uuid default null) returns uuid
language plpgsql as $$
declare
  d uuid[] := '{}'; c uuid[] := '{}'; a bigint[] := '{}';
  l text; k int := 0; cur text; v uuid;
begin
  foreach l in array p_legs loop
    k := k + 1;
    cur := case when k = 2 and p_cur2 is not null then p_cur2 else p_cur end;
    d := d || app_test.acc(split_part(l, '>', 1), cur);
    c := c || app_test.acc(split_part(split_part(l, '>', 2), '=', 1), cur);
    a := a || split_part(l, '=', 2)::bigint;
  end loop;
  select r.posting_id into v from app.post(gen_random_uuid(),
    split_part(p_key, ':', 1), p_key, app.partner_id(), d, c, a,
    p_reverses) r;
  return v;
end $$;
create or replace function app_test.want(
  what text, p_code text, p_want bigint, p_cur text default 'USD')
returns text language plpgsql as $$
declare
  v_org uuid := app.organization_id();  -- a variable prunes to one shard
  v bigint;
begin
  select coalesce(sum(t.total), 0) into v from app.account_totals t
  where t.organization_id = v_org
    and t.code = p_code and t.currency = p_cur;
  if v <> p_want then
    raise exception '%: % is %, wanted %', what, p_code, v, p_want;
  end if;
  return 'ok ' || what;
end $$;
create or replace function app_test.refused(
  what text, p_key text, p_legs text[], p_cur text default 'USD')
returns text language plpgsql as $$
declare
  no boolean := false;
begin
  begin
    perform app_test.post(p_key, p_legs, p_cur);
  exception when check_violation then
    no := true;
  end;
  if not no then
    raise exception 'NOT REFUSED %', what;
  end if;
  return 'ok refused: ' || what;
end $$;
grant execute on all functions in schema app_test to app_money;

begin;
insert into app.organizations(organization_id, slug, name)
  values (:org, 'chart', 'Chart');
insert into app.partners(organization_id, id, kind, slug, name, status)
  values (:org, :p, 'reseller', 'p1', 'P', 'active');
commit;

select current_user as admin \gset
\c - app_money
begin;
set local statement_timeout = '60s';
set local app.organization_id = :org;
set local app.actor_kind = 'staff';
-- the helpers' partner; staff are not narrowed by it
set local app.partner_id = :p;

-- 1 sale 100.00 through a provider with fee 2.90; 5 % commission is held,
--   released after the hold, paid out
select app_test.post('sale:o1', array[
  'asset.psp_receivable>rev.sales=10000',
  'exp.psp_fee>asset.psp_receivable=290',
  'exp.commission>liab.commission_held=500']) \g /dev/null
select app_test.refused('payout before the hold ends', 'payout:early',
  array['liab.commission_payable>liab.payout_in_transit=500']);
select app_test.post('release:o1',
  array['liab.commission_held>liab.commission_payable=500']) \g /dev/null
select app_test.post('payout:p1',
  array['liab.commission_payable>liab.payout_in_transit=500']) \g /dev/null
select app_test.post('payout_settled:p1',
  array['liab.payout_in_transit>asset.bank=500']) \g /dev/null
select app_test.want('paid out', 'liab.payout_in_transit', 0);

-- 2 refund after the payout: the commission becomes a receivable
select app_test.post('refund:o1', array[
  'contra.refunds>liab.customer_refund_due=10000',
  'asset.clawback_receivable>exp.commission=500']) \g /dev/null
select app_test.post('refund_settled:o1',
  array['liab.customer_refund_due>asset.psp_receivable=10000']) \g /dev/null
select app_test.want('clawback open', 'asset.clawback_receivable', 500);

-- 3 the next release nets the receivable first
select app_test.post('sale:o2', array[
  'asset.psp_receivable>rev.sales=20000',
  'exp.commission>liab.commission_held=1000']) \g /dev/null
select app_test.post('release:o2', array[
  'liab.commission_held>asset.clawback_receivable=500',
  'liab.commission_held>liab.commission_payable=500']) \g /dev/null
select app_test.want('clawback recovered', 'asset.clawback_receivable', 0);
select app_test.want('net payable', 'liab.commission_payable', 500);

-- 4 partial refunds inside the hold, by the cumulative rule: 33.33 at 5 %
--   is 1.67; left after 11.11 is 22.22, whose fee is 1.11; so 0.56 goes back
select app_test.post('sale:o3', array[
  'asset.psp_receivable>rev.sales=3333',
  'exp.commission>liab.commission_held=167']) \g /dev/null
select app_test.post('refund:o3#1', array[
  'contra.refunds>liab.customer_refund_due=1111',
  'liab.commission_held>exp.commission=56']) \g /dev/null
select app_test.post('refund:o3#2', array[
  'contra.refunds>liab.customer_refund_due=2222',
  'liab.commission_held>exp.commission=111']) \g /dev/null
select app_test.want('partial refunds return the whole commission',
  'liab.commission_held', 0);
select app_test.refused('commission taken back twice', 'refund:o3#3',
  array['liab.commission_held>exp.commission=1']);

-- 5 a payout that fails at the bank
select app_test.post('payout:p2',
  array['liab.commission_payable>liab.payout_in_transit=500']) \g /dev/null
select app_test.post('payout_failed:p2',
  array['liab.payout_in_transit>liab.commission_payable=500']) \g /dev/null
select app_test.want('failed payout restored', 'liab.commission_payable', 500);

-- 6 top-up by proof: posted when a second person approves, with the bank
--   line; a wrong one is reversed by a posting that names it
select app_test.post('topup:t1', array['asset.bank>liab.wallet=1'])
  as t1 \gset
select app_test.post('topup_void:t1', array['liab.wallet>asset.bank=1'],
  'USD', null, :'t1') \g /dev/null
select app_test.post('topup:t2',
  array['asset.bank>liab.wallet=50000']) \g /dev/null
select app_test.want('wallet topped up', 'liab.wallet', 50000);

-- 7 reseller order: list 15.00, saving 0.75, charged 14.25; refund gives
--   back what was paid
select app_test.post('resale:r1', array[
  'liab.wallet>rev.sales=1425',
  'contra.partner_discount>rev.sales=75']) \g /dev/null
select app_test.want('wallet after the order', 'liab.wallet', 48575);
select app_test.want('saving shown', 'contra.partner_discount', 75);
select app_test.refused('wallet overdraft', 'resale:r2',
  array['liab.wallet>rev.sales=48576']);
select app_test.post('resale_refund:r1', array[
  'contra.refunds>liab.wallet=1425',
  'rev.sales>contra.partner_discount=75']) \g /dev/null
select app_test.want('refund of what was paid', 'liab.wallet', 50000);

-- 8 prepaid units: 100 bought for 300.00; 3 reserved, 2 used, 1 released
select app_test.post('quota_buy:q1',
  array['liab.wallet>liab.prepaid_quota=30000']) \g /dev/null
select app_test.post('quota_issue:q1',
  array['unit.quota_issued>unit.quota_available=100'], 'QTA') \g /dev/null
select app_test.post('quota_reserve:x1',
  array['unit.quota_available>unit.quota_reserved=3'], 'QTA') \g /dev/null
select app_test.post('quota_settle:x1', array[
  'unit.quota_reserved>unit.quota_used=2',
  'unit.quota_reserved>unit.quota_available=1'], 'QTA') \g /dev/null
select app_test.post('quota_revenue:x1',
  array['liab.prepaid_quota>rev.assessment=600']) \g /dev/null
select app_test.want('98 left', 'unit.quota_available', 98, 'QTA');
select app_test.want('2 used', 'unit.quota_used', 2, 'QTA');
select app_test.want('deferred', 'liab.prepaid_quota', 29400);
select app_test.refused('more units than left', 'quota_reserve:x2',
  array['unit.quota_available>unit.quota_reserved=99'], 'QTA');
select app_test.post('quota_expire:q1',
  array['liab.prepaid_quota>rev.breakage=300']) \g /dev/null
select app_test.post('quota_expire_units:q1',
  array['unit.quota_available>unit.quota_issued=1'], 'QTA') \g /dev/null
select app_test.post('quota_refund:q1',
  array['liab.prepaid_quota>liab.wallet=29100']) \g /dev/null
select app_test.post('quota_recall:q1',
  array['unit.quota_available>unit.quota_issued=97'], 'QTA') \g /dev/null
select app_test.want('unused units refunded', 'liab.wallet', 49100);

-- 9 postpaid: 40 reports, one invoice with tax, paid in part, rest lost
select app_test.post('credit:' || g,
  array['unit.credit_used>unit.credit_issued=1'], 'CRD')
from generate_series(1, 40) g \g /dev/null
select app_test.post('invoice:2026-10', array[
  'asset.partner_receivable>rev.assessment=12000',
  'asset.partner_receivable>liab.tax=1440']) \g /dev/null
select app_test.post('invoice_units:2026-10',
  array['unit.credit_issued>unit.credit_used=40'], 'CRD') \g /dev/null
select app_test.want('invoice with tax', 'asset.partner_receivable', 13440);
select app_test.want('credits all invoiced', 'unit.credit_used', 0, 'CRD');
select app_test.refused('a credit billed twice', 'invoice_units:again',
  array['unit.credit_issued>unit.credit_used=1'], 'CRD');
select app_test.post('invoice_paid:2026-10',
  array['asset.bank>asset.partner_receivable=13000']) \g /dev/null
select app_test.post('write_off:2026-10',
  array['exp.bad_debt>asset.partner_receivable=440']) \g /dev/null
select app_test.want('invoice closed', 'asset.partner_receivable', 0);
select app_test.refused('invoice paid twice', 'invoice_paid:dup',
  array['asset.bank>asset.partner_receivable=1']);

-- 10 FX: 1,260,000.00 UZS buy 100.00 USD of wallet; one posting, a leg
--    in each currency through clearing; the rest is gain or loss
select app_test.post('fx:1', array[
  'asset.bank>fx.clearing=126000000',
  'fx.clearing>liab.wallet=10000'], 'UZS', 'USD') \g /dev/null
select app_test.want('wallet after fx', 'liab.wallet', 59100);
select app_test.want('clearing USD', 'fx.clearing', 10000);
select app_test.want('clearing UZS', 'fx.clearing', -126000000, 'UZS');
select app_test.post('fx_close_uzs:1',
  array['fx.clearing>asset.bank=126000000'], 'UZS') \g /dev/null
select app_test.post('fx_close_usd:1', array[
  'asset.bank>fx.clearing=9920',
  'fx.gain_loss>fx.clearing=80']) \g /dev/null
select app_test.want('clearing closed', 'fx.clearing', 0);
select app_test.want('clearing closed', 'fx.clearing', 0, 'UZS');
select app_test.want('fx loss', 'fx.gain_loss', 80);

-- 11 dispute lost: amount and fee go; payable as far as it goes, then debt
select app_test.post('dispute:o2', array[
  'contra.refunds>asset.psp_receivable=20000',
  'exp.dispute_fee>asset.psp_receivable=1500',
  'liab.commission_payable>exp.commission=500',
  'asset.clawback_receivable>exp.commission=500']) \g /dev/null
select app_test.want('payable gone', 'liab.commission_payable', 0);
select app_test.want('the rest is owed', 'asset.clawback_receivable', 500);

-- 12 the partner leaves with a debt
select app_test.post('write_off:claw',
  array['exp.bad_debt>asset.clawback_receivable=500']) \g /dev/null
select app_test.want('debt closed', 'asset.clawback_receivable', 0);

-- the books: zero in every currency, balances equal legs
select case when sum(c.sign * t.total) = 0 then 'ok ' else 'not ok ' end
       || 'trial balance ' || t.currency || ': ' || sum(c.sign * t.total)
from (select * from app.account_totals where organization_id = :org) t
join app.account_chart c on c.code = t.code
group by t.currency order by t.currency;
select case when count(*) = 0 then 'ok ' else 'not ok ' end
       || 'reconcile: ' || count(*) || ' problems' from app.reconcile();
select 'ok ' || count(*) || ' postings' from app.postings
where organization_id = :org;
commit;
\c - :admin
drop schema app_test cascade;
