-- 0028_terms_in_full.sql: tiers, bonuses, caps, nested conditions and the shares of those above a partner.

alter table app.deal_terms
  add column level int,           -- override: 1 is of a direct sub-partner
  add column tier_by text,        -- volume, count: of the partner's conversions of the trigger
  add column tier_period text,    -- month, quarter, year, lifetime
  add column tiers jsonb not null default '[]',
  add column cap_per_deal bigint,    -- minor units, of all that the deal earns
  add column cap_per_partner bigint, -- minor units, of all that the partner earns in the currency
  add column any_of jsonb not null default '[]';
alter table app.deal_terms drop constraint deal_terms_kind;
alter table app.deal_terms add constraint deal_terms_kind check (kind in ('commission', 'bonus', 'override'));
alter table app.deal_terms drop constraint deal_terms_method;
alter table app.deal_terms add constraint deal_terms_method
  check ((method = 'percentage' and kind <> 'bonus' and rate_ppm is not null and amount is null)
    or (method = 'fixed' and kind <> 'override' and currency is not null and rate_ppm is null
      and (amount is null) = (kind = 'bonus')));
alter table app.deal_terms add constraint deal_terms_level
  check ((kind = 'override') = (level is not null) and level between 1 and 10);
alter table app.deal_terms add constraint deal_terms_tiers
  check (jsonb_typeof(tiers) = 'array' and (tiers <> '[]') = (tier_by is not null)
    and (tier_by is null) = (tier_period is null) and (kind <> 'bonus' or tier_by is not null)
    and (tier_by is distinct from 'volume' or currency is not null));
alter table app.deal_terms add constraint deal_terms_tier_by check (tier_by in ('volume', 'count'));
alter table app.deal_terms add constraint deal_terms_tier_period
  check (tier_period in ('month', 'quarter', 'year', 'lifetime'));
alter table app.deal_terms drop constraint deal_terms_caps;
alter table app.deal_terms add constraint deal_terms_caps
  check (cap_per_conversion > 0 and cap_per_month > 0 and cap_per_deal > 0 and cap_per_partner > 0);
alter table app.deal_terms drop constraint deal_terms_caps_currency;
alter table app.deal_terms add constraint deal_terms_caps_currency
  check (currency is not null
    or coalesce(cap_per_conversion, cap_per_month, cap_per_deal, cap_per_partner) is null);
alter table app.deal_terms add constraint deal_terms_any_of check (jsonb_typeof(any_of) = 'array');

alter table app.earnings drop constraint earnings_kind;
alter table app.earnings add constraint earnings_kind
  check (kind in ('commission', 'bonus', 'override', 'saving', 'write_off'));

-- Who brought a partner. Ten levels at most, and never a circle.
alter table app.partners add column parent_id uuid;
alter table app.partners add constraint partners_parent_fk
  foreign key (organization_id, parent_id) references app.partners;
create index partners_parent on app.partners (organization_id, parent_id) where parent_id is not null;
create function app.check_partner_parent() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_at uuid := new.parent_id;
  v_levels int := 0;
begin
  -- Two changes that each see no circle could close one together.
  perform pg_advisory_xact_lock(hashtextextended('partners_parent/' || new.organization_id::text, 0));
  while v_at is not null loop
    v_levels := v_levels + 1;
    if v_at = new.id or v_levels > 10 then
      raise exception 'a circle of partners, or more than ten levels'
        using errcode = '23514', constraint = 'partners_parent_circle';
    end if;
    select p.parent_id into v_at
    from app.partners p
    where p.organization_id = new.organization_id and p.id = v_at;
  end loop;
  return new;
end $$;
create trigger check_parent before insert or update of parent_id on app.partners
  for each row when (new.parent_id is not null) execute function app.check_partner_parent();
drop trigger guard_app_write on app.partners;
call app.allow_update('app.partners', 'app_write',
  array['name', 'website', 'contact_email', 'status', 'country', 'currency', 'external_id', 'metadata', 'legal_name',
        'tax_id', 'registration_number', 'contact_name', 'contact_phone', 'address', 'locale', 'time_zone', 'settings',
        'state_reason', 'state_changed_at', 'parent_id']);
