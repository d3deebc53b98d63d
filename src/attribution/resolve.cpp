#include "attribution/resolve.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace tandem::attribution {
namespace {

using Texts = std::vector<std::string>;

struct LeadShareRow {
  std::string key;
  LeadId lead_id;
  std::optional<PartnerId> partner_id;
  std::optional<LinkId> link_id;
  std::optional<std::int64_t> weight;
};
BOOST_DESCRIBE_STRUCT(LeadShareRow, (), (key, lead_id, partner_id, link_id, weight))

const db::Query<LeadShareRow(std::vector<LeadId>)> kLeadsById{"attribution.shares_of_leads_by_id", R"sql(
  select l.id::text as key, l.id as lead_id, a.partner_id, a.link_id, a.weight
  from app.leads l
  left join app.lead_attributions a on a.organization_id = $1 and a.organization_id = l.organization_id
    and a.lead_id = l.id
  where l.organization_id = $1 and l.id = any($2)
  order by l.id, a.position
)sql"};
const db::Query<LeadShareRow(Texts)> kLeadsByExternalId{"attribution.shares_of_leads_by_external_id", R"sql(
  select coalesce(l.external_id, '') as key, l.id as lead_id, a.partner_id, a.link_id, a.weight
  from app.leads l
  left join app.lead_attributions a on a.organization_id = $1 and a.organization_id = l.organization_id
    and a.lead_id = l.id
  where l.organization_id = $1 and l.external_id = any($2)
  order by l.id, a.position
)sql"};
const db::Query<LeadShareRow(Texts)> kLeadsByAlias{"attribution.shares_of_leads_by_alias", R"sql(
  select x.provider || ':' || x.external_id as key, x.lead_id, a.partner_id, a.link_id, a.weight
  from app.lead_aliases x
  left join app.lead_attributions a on a.organization_id = $1 and a.organization_id = x.organization_id
    and a.lead_id = x.lead_id
  where x.organization_id = $1
    and (x.provider, x.external_id) in (
      select split_part(k, ':', 1), substr(k, strpos(k, ':') + 1) from unnest($2::text[]) k)
  order by x.lead_id, a.position
)sql"};
const db::Query<LeadShareRow(Texts)> kLeadsByEmail{"attribution.shares_of_leads_by_email", R"sql(
  select coalesce(c.email_normalised, '') as key, l.id as lead_id, a.partner_id, a.link_id, a.weight
  from app.contacts c
  join app.leads l on l.organization_id = c.organization_id and l.contact_id in (c.id, c.merged_into)
  left join app.lead_attributions a on a.organization_id = $1 and a.organization_id = l.organization_id
    and a.lead_id = l.id
  where c.organization_id = $1 and c.email_normalised = any($2)
  order by l.id, a.position
)sql"};

struct CodeRow {
  std::string key;
  PartnerId partner_id;
  Uuid id;
  bool counts = false;  // of an active partner, and not archived
};
BOOST_DESCRIBE_STRUCT(CodeRow, (), (key, partner_id, id, counts))
const db::Query<CodeRow(Texts)> kLinksByCode{"attribution.links_by_code", R"sql(
  select l.code as key, l.partner_id, l.id, l.state = 'active' and p.status = 'active' as counts
  from app.links l
  join app.partners p on p.organization_id = l.organization_id and p.id = l.partner_id
  where l.organization_id = $1 and l.code = any($2)
)sql"};
const db::Query<CodeRow(Texts)> kCouponsByCode{"attribution.coupons_by_code", R"sql(
  select c.code_normalised as key, c.partner_id, c.id, p.status = 'active' as counts
  from app.coupons c
  join app.partners p on p.organization_id = c.organization_id and p.id = c.partner_id
  where c.organization_id = $1 and c.code_normalised = any($2) and c.state = 'active'
)sql"};

using LeadMap = std::unordered_map<std::string, Resolved>;
LeadMap by_key(const std::vector<LeadShareRow>& rows) {
  LeadMap out;
  for (const auto& row : rows) {
    Resolved& lead = out[row.key];
    lead.found = true;
    if (lead.lead_id && *lead.lead_id != row.lead_id) continue;  // one contact, one lead; the first stands
    lead.lead_id = row.lead_id;
    if (row.partner_id) lead.shares.push_back({*row.partner_id, row.link_id, row.weight.value_or(1)});
  }
  return out;
}

/// The keys of a batch, each kind apart.
struct Keys {
  std::vector<LeadId> lead_ids;
  Texts external_ids, aliases, emails, links, coupons;
  void add(const AttributionHint& hint, const std::string& source) {
    if (hint.partner_id) {
      if (hint.lead_id) lead_ids.push_back(*hint.lead_id);
      return;
    }
    if (hint.link_code) links.push_back(*hint.link_code);
    if (hint.coupon_code) coupons.push_back(*hint.coupon_code);
    if (hint.lead_id) lead_ids.push_back(*hint.lead_id);
    if (hint.lead_external_id) external_ids.push_back(*hint.lead_external_id);
    if (hint.lead_alias) aliases.push_back(source + ":" + *hint.lead_alias);
    if (hint.email) emails.push_back(*hint.email);
  }
  bool needs_leads() const {
    return !lead_ids.empty() || !external_ids.empty() || !aliases.empty() || !emails.empty();
  }
};

struct Found {
  LeadMap by_id, by_external_id, by_alias, by_email;
  std::unordered_map<std::string, CodeRow> links, coupons;
};

/// Through the link or coupon of a partner that is suspended or gone: what is sold is nobody's.
const Resolved kNobodys{{}, std::nullopt, std::nullopt, true};

/// The lead keeps its shares when they are all the named partner's; one that is nobody's is that partner's
/// this time. Nothing is found of a lead that is another's.
Resolved of_partner_and_lead(PartnerId partner_id, LeadId lead_id, const LeadMap& leads) {
  const auto it = leads.find(lead_id.str());
  if (it == leads.end()) return {};
  Resolved out = it->second;
  if (out.shares.empty()) out.shares = {{partner_id, std::nullopt, 1}};
  const bool is_own =
      std::ranges::all_of(out.shares, [&](const auto& share) { return share.partner_id == partner_id; });
  return is_own ? out : Resolved{};
}

Resolved pick(const AttributionHint& hint, const std::string& source, const Found& found) {
  if (hint.partner_id && hint.lead_id)
    return of_partner_and_lead(*hint.partner_id, *hint.lead_id, found.by_id);
  if (hint.partner_id) return {{{*hint.partner_id, std::nullopt, 1}}, std::nullopt, std::nullopt, true};
  if (hint.link_code)
    if (const auto link = found.links.find(*hint.link_code); link != found.links.end())
      return link->second.counts
                 ? Resolved{{{link->second.partner_id, LinkId{link->second.id}, 1}}, {}, {}, true}
                 : kNobodys;
  if (hint.coupon_code)
    if (const auto coupon = found.coupons.find(*hint.coupon_code); coupon != found.coupons.end())
      return coupon->second.counts
                 ? Resolved{{{coupon->second.partner_id, {}, 1}}, {}, CouponId{coupon->second.id}, true}
                 : kNobodys;
  const auto lead = [](const LeadMap& map, const std::string& key) -> const Resolved* {
    const auto it = map.find(key);
    return it == map.end() ? nullptr : &it->second;
  };
  if (hint.lead_id)
    if (const auto* r = lead(found.by_id, hint.lead_id->str())) return *r;
  if (hint.lead_external_id)
    if (const auto* r = lead(found.by_external_id, *hint.lead_external_id)) return *r;
  if (hint.lead_alias)
    if (const auto* r = lead(found.by_alias, source + ":" + *hint.lead_alias)) return *r;
  if (hint.email)
    if (const auto* r = lead(found.by_email, *hint.email)) return *r;
  return {};
}

}  // namespace

Task<std::vector<Resolved>> resolve(db::Tx& tx, std::vector<const AttributionHint*> hints,
                                    std::vector<std::string> sources) {
  Keys keys;
  for (std::size_t i = 0; i < hints.size(); ++i) keys.add(*hints[i], sources[i]);
  Found found;
  if (keys.needs_leads()) {
    const auto [by_id, by_external_id, by_alias, by_email] = co_await tx.together(
        db::call(kLeadsById, keys.lead_ids), db::call(kLeadsByExternalId, keys.external_ids),
        db::call(kLeadsByAlias, keys.aliases), db::call(kLeadsByEmail, keys.emails));
    found.by_id = by_key(by_id);
    found.by_external_id = by_key(by_external_id);
    found.by_alias = by_key(by_alias);
    found.by_email = by_key(by_email);
  }
  if (!keys.links.empty() || !keys.coupons.empty()) {
    const auto [links, coupons] =
        co_await tx.together(db::call(kLinksByCode, keys.links), db::call(kCouponsByCode, keys.coupons));
    for (const auto& row : links) found.links.emplace(row.key, row);
    for (const auto& row : coupons) found.coupons.emplace(row.key, row);
  }
  std::vector<Resolved> out;
  out.reserve(hints.size());
  for (std::size_t i = 0; i < hints.size(); ++i) out.push_back(pick(*hints[i], sources[i], found));
  co_return out;
}

Task<std::map<std::string, LinkOwner>> links_by_code(db::Tx& tx, std::vector<std::string> codes) {
  std::map<std::string, LinkOwner> out;
  for (const auto& row : co_await tx.all(kLinksByCode, codes))
    out.emplace(row.key, LinkOwner{LinkId{row.id}, row.partner_id});
  co_return out;
}

}  // namespace tandem::attribution
