-- 0044_split_commissions.sql: a commission that further partners have parts of, and caps of a year.

alter table app.deal_terms
  add column cap_per_year bigint,               -- minor units a calendar year in the organization's zone
  add column split jsonb not null default '[]'; -- [{partner_id, share_ppm}]: what is left is the deal's partner's
alter table app.deal_terms drop constraint deal_terms_caps;
alter table app.deal_terms add constraint deal_terms_caps
  check (cap_per_conversion > 0 and cap_per_month > 0 and cap_per_year > 0 and cap_per_deal > 0
    and cap_per_partner > 0);
alter table app.deal_terms drop constraint deal_terms_caps_currency;
alter table app.deal_terms add constraint deal_terms_caps_currency
  check (currency is not null
    or coalesce(cap_per_conversion, cap_per_month, cap_per_year, cap_per_deal, cap_per_partner) is null);
alter table app.deal_terms add constraint deal_terms_split
  check (jsonb_typeof(split) = 'array' and (split = '[]' or kind = 'commission'));

-- Of the same organization, each once and not the deal's own partner, a million parts at most in all.
create function app.check_term_split() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_named bigint;
  v_known bigint;
  v_least bigint;
  v_sum bigint;
begin
  select count(*), count(distinct p.id), min(s.share_ppm), sum(s.share_ppm) into v_named, v_known, v_least, v_sum
  from jsonb_to_recordset(new.split) s(partner_id uuid, share_ppm bigint)
  left join app.partners p on p.organization_id = new.organization_id and p.id = s.partner_id
    and p.id <> new.partner_id;
  if v_named <> v_known or v_least is null or v_least < 1 or v_sum > 1000000 then
    raise exception 'a split that names a stranger, the partner itself or somebody twice, or more than there is'
      using errcode = '23514', constraint = 'deal_terms_split_partners';
  end if;
  return new;
end $$;
create trigger check_split before insert on app.deal_terms
  for each row when (new.split <> '[]') execute function app.check_term_split();

-- Whose deal it was that a named partner's part came of: its caps are of the whole commission.
alter table app.earnings add column split_from uuid;
alter table app.earnings add constraint earnings_split_from_fk
  foreign key (organization_id, split_from) references app.partners;
alter table app.earnings add constraint earnings_split_from
  check (split_from is null or (split_from <> partner_id and term_id is not null));
create index earnings_split_from on app.earnings (organization_id, split_from, occurred_at)
  where split_from is not null;
