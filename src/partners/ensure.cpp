// Partners by name for importers: found, or made with their deal, all of a file's at once.
#include <map>

#include "events/event.hpp"
#include "partners/partners.hpp"
#include "partners/terms.hpp"

namespace tandem::partners {
namespace {

struct SlugRow {
  Slug slug;
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(SlugRow, (), (slug, id))
const db::Query<SlugRow(std::vector<Slug>)> kBySlug{"partners.partners_by_slug", R"sql(
  select slug, id
  from app.partners
  where organization_id = $1 and slug = any($2)
)sql"};
const db::Query<SlugRow(std::vector<PartnerId>, std::vector<Slug>, std::vector<Text<1, 200>>)>
    kInsertPartners{"partners.insert_named_partners", R"sql(
  insert into app.partners (organization_id, id, kind, slug, name, status)
  select $1, u.id, 'affiliate', u.slug, u.name, 'active'
  from unnest($2::uuid[], $3::text[], $4::text[]) as u(id, slug, name)
  on conflict (organization_id, slug) do nothing
  returning slug, id
)sql"};
const db::Query<db::Nothing(std::vector<DealId>, std::vector<PartnerId>, std::string)> kInsertDeals{
    "partners.insert_deals", R"sql(
  insert into app.deals (organization_id, id, partner_id, name, state)
  select $1, u.id, u.partner_id, $4, 'active'
  from unnest($2::uuid[], $3::uuid[]) as u(id, partner_id)
  returning 1
)sql"};
const db::Query<db::Nothing(std::vector<DealVersionId>, std::vector<DealId>, std::vector<PartnerId>,
                            Timestamp)>
    kInsertVersions{"partners.insert_first_versions", R"sql(
  insert into app.deal_versions (organization_id, id, deal_id, partner_id, version, valid_from)
  select $1, u.id, u.deal_id, u.partner_id, 1, $5
  from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as u(id, deal_id, partner_id)
  returning 1
)sql"};

std::vector<Slug> slugs_of(const std::vector<NamedPartner>& named) {
  std::vector<Slug> out;
  for (const auto& partner : named) out.push_back(partner.slug);
  return out;
}

TermInput input_of(const Term& term) {
  TermInput input;
  input.trigger = term.trigger;
  input.method = term.method;
  if (term.method == Method::percentage)
    input.rate_ppm = term.rate;
  else
    input.amount = term.amount;
  input.currency = term.currency;
  input.base = term.base;
  input.duration = term.duration;
  if (term.duration == Duration::months) input.duration_months = term.duration_months;
  input.model = term.model;
  input.coupon_wins = term.coupon_wins;
  input.cap_per_conversion = term.cap_per_conversion;
  input.cap_per_month = term.cap_per_month;
  input.conditions = term.conditions;
  return input;
}

/// Queues one deal with one version and one term for each partner.
void queue_deals(db::Tx& tx, const std::vector<PartnerId>& partner_ids, const std::string& name,
                 const Term& term) {
  std::vector<DealId> deals;
  std::vector<DealVersionId> versions;
  for (std::size_t i = 0; i < partner_ids.size(); ++i) {
    deals.push_back(tx.new_id<DealId>());
    versions.push_back(tx.new_id<DealVersionId>());
  }
  tx.later(kInsertDeals, deals, partner_ids, name);
  tx.later(kInsertVersions, versions, deals, partner_ids, term.valid_from);
  const std::vector<TermInput> terms{input_of(term)};
  for (std::size_t i = 0; i < partner_ids.size(); ++i)
    insert_terms(tx, versions[i], partner_ids[i], terms, term.window_days, term.hold_days);
}

}  // namespace

Task<std::vector<FoundPartner>> find_partners(db::Tx& tx, std::vector<NamedPartner> named) {
  std::vector<FoundPartner> out;
  if (named.empty()) co_return out;
  for (const auto& row : co_await tx.all(kBySlug, slugs_of(named))) out.push_back({row.slug, row.id, false});
  co_return out;
}

Task<std::vector<FoundPartner>> ensure_partners(db::Tx& tx, std::vector<NamedPartner> named,
                                                std::string deal_name, Term term) {
  if (named.empty()) co_return std::vector<FoundPartner>{};
  std::vector<PartnerId> ids;
  std::vector<Text<1, 200>> names;
  for (const auto& partner : named) {
    ids.push_back(tx.new_id<PartnerId>());
    names.push_back(partner.name);
  }
  const auto made = co_await tx.all(kInsertPartners, ids, slugs_of(named), names);
  std::vector<PartnerId> made_ids;
  std::vector<events::OutboxRow> outbox;
  for (const auto& row : made) {
    made_ids.push_back(row.id);
    outbox.push_back({"partner.created", row.id, row.id.uuid(), R"({"state":"active"})"});
  }
  if (!made_ids.empty()) {
    index_new(tx, made_ids);
    queue_deals(tx, made_ids, deal_name, term);
    events::record(tx, outbox);
  }
  std::map<PartnerId, bool> is_new;
  for (const auto& id : made_ids) is_new[id] = true;
  auto out = co_await find_partners(tx, std::move(named));
  for (auto& partner : out) partner.is_new = is_new.contains(partner.id);
  co_return out;
}

}  // namespace tandem::partners
