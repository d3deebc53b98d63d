#include "earnings/simulations.hpp"

#include <map>

#include "attribution/api.hpp"
#include "base/json_view.hpp"
#include "earnings/parts.hpp"
#include "earnings/record.hpp"
#include "earnings/rules.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

namespace {

using attribution::ConversionId;
using attribution::LeadId;
using attribution::RecordedConversion;

constexpr std::int32_t kConversionsMost = 20'000;
constexpr std::chrono::days kLongest{400};

inline constexpr ProblemKind kSimulationTooLarge{422, "simulation_too_large",
                                                 "The days hold more conversions than one simulation takes"};

/// One of deal_id and model.
struct Simulate {
  Day from, to;                             // of the organization's zone, half-open, at most 400
  std::optional<partners::DealId> deal_id;  // its draft takes the place of its terms
  std::optional<partners::Model> model;     // of every lead
};
BOOST_DESCRIBE_STRUCT(Simulate, (), (from, to, deal_id, model))

/// Minor units, less what was refunded since.
struct SimulatedPartner {
  PartnerId partner_id;
  Currency currency;
  std::int64_t earned = 0, simulated = 0, difference = 0;
};
BOOST_DESCRIBE_STRUCT(SimulatedPartner, (), (partner_id, currency, earned, simulated, difference))
struct SimulatedTotal {
  Currency currency;
  std::int64_t earned = 0, simulated = 0, difference = 0;
};
BOOST_DESCRIBE_STRUCT(SimulatedTotal, (), (currency, earned, simulated, difference))
struct Simulation {
  std::int64_t conversions = 0;
  std::vector<SimulatedTotal> totals;
  std::vector<SimulatedPartner> partners;  // that earned, or would have
};
BOOST_DESCRIBE_STRUCT(Simulation, (), (conversions, totals, partners))

struct ConversionRow {
  ConversionId id;
  attribution::ConversionKind kind{};
  std::optional<PartnerId> partner_id;
  std::optional<LeadId> lead_id;
  std::optional<attribution::LinkId> link_id;
  Currency currency;
  Decimal gross, tax, discount, cost, refunded;
  std::optional<std::string> country, product, plan;
  JsonObject metadata;
  Timestamp occurred_at;
  std::optional<Timestamp> first_payment_at;
  bool is_first_payment = true;
  std::optional<JsonObject> trace;  // of the lead, where a model is asked
};
BOOST_DESCRIBE_STRUCT(ConversionRow, (),
                      (id, kind, partner_id, lead_id, link_id, currency, gross, tax, discount, cost, refunded,
                       country, product, plan, metadata, occurred_at, first_payment_at, is_first_payment,
                       trace))
const db::Query<ConversionRow(Timestamp, Timestamp, std::optional<PartnerId>, bool, std::int32_t)>
    kConversions{"earnings.conversions_to_simulate", R"sql(
  select c.id, c.kind, c.partner_id, c.lead_id, c.link_id, c.currency, c.exact_amount as gross, c.exact_tax as tax,
    c.exact_discount as discount, c.exact_cost as cost,
    coalesce((select sum(r.exact_amount) from app.reversals r
      where r.organization_id = $1 and r.conversion_id = c.id), 0) as refunded,
    c.country, c.product, c.plan, c.metadata, c.occurred_at, f.first_payment_at,
    not coalesce(f.is_earlier, false) as is_first_payment, case when $5 then l.trace end as trace
  from app.conversions c
  left join app.leads l on l.organization_id = $1 and l.id = c.lead_id
  left join lateral (
    select min(b.occurred_at) as first_payment_at,
      bool_or((b.occurred_at, b.id) < (c.occurred_at, c.id)) as is_earlier
    from app.conversions b
    where b.organization_id = $1 and b.lead_id = c.lead_id and b.kind <> 'lead') f on true
  where c.organization_id = $1 and c.occurred_at >= $2 and c.occurred_at < $3
    and ($4::uuid is null or c.partner_id = $4 or exists (
      select 1 from app.lead_attributions a
      where a.organization_id = $1 and a.lead_id = c.lead_id and a.partner_id = $4))
  order by c.occurred_at, c.id
  limit $6
)sql"};

struct ShareRow {
  LeadId lead_id;
  PartnerId partner_id;
  std::optional<attribution::LinkId> link_id;
  std::int64_t weight = 1;
};
BOOST_DESCRIBE_STRUCT(ShareRow, (), (lead_id, partner_id, link_id, weight))
const db::Query<ShareRow(std::vector<LeadId>)> kShares{"earnings.shares_to_simulate", R"sql(
  select lead_id, partner_id, link_id, weight
  from app.lead_attributions
  where organization_id = $1 and lead_id = any($2)
  order by lead_id, position
)sql"};

struct EarnedRow {
  PartnerId partner_id;
  Currency currency;
  std::int64_t earned = 0;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (), (partner_id, currency, earned))
// By deals: what claims and signals of risk gave or took is no part of them.
const db::Query<EarnedRow(std::vector<ConversionId>)> kEarned{"earnings.earned_to_compare", R"sql(
  select e.partner_id, e.currency, sum(e.amount)::bigint as earned
  from app.earnings e
  where e.organization_id = $1 and e.conversion_id = any($2) and e.kind in ('commission', 'bonus', 'override')
    and e.risk_signal_id is null
  group by e.partner_id, e.currency
)sql"};

RecordedConversion recorded(const ConversionRow& row) {
  RecordedConversion out;
  out.id = row.id;
  out.kind = row.kind;
  out.lead_id = row.lead_id;
  out.gross = row.gross;
  out.tax = row.tax;
  out.discount = row.discount;
  out.cost = row.cost;
  out.currency = row.currency;
  out.product = row.product;
  out.plan = row.plan;
  out.country = row.country;
  if (const auto document = json::Document::parse(row.metadata.str()))
    for (const auto& [key, value] : document->root().members())
      if (const auto text = value.text()) out.metadata.emplace_back(key, *text);
  out.occurred_at = row.occurred_at;
  out.first_payment_at = row.first_payment_at;
  out.is_first_payment = row.is_first_payment;
  return out;
}

Task<std::vector<RecordedConversion>> with_shares(db::Tx& tx, const std::vector<ConversionRow>& rows,
                                                  std::optional<partners::Model> model) {
  std::vector<LeadId> leads;
  for (const auto& row : rows)
    if (row.lead_id) leads.push_back(*row.lead_id);
  std::map<LeadId, std::vector<attribution::EarningShare>> of_lead;
  for (const auto& row : co_await tx.all(kShares, leads))
    of_lead[row.lead_id].push_back({row.partner_id, row.link_id, row.weight});
  std::vector<RecordedConversion> out;
  for (const auto& row : rows) {
    auto one = recorded(row);
    if (row.lead_id && model && row.trace)
      one.shares = attribution::shares_under(*row.trace, *model);
    else if (row.lead_id && of_lead.contains(*row.lead_id))
      one.shares = of_lead.at(*row.lead_id);
    else if (row.partner_id)
      one.shares = {{*row.partner_id, row.link_id, 1}};
    out.push_back(std::move(one));
  }
  co_return out;
}

Simulation compared(const std::vector<ConversionRow>& rows, const std::vector<EarnedRow>& earned,
                    const std::vector<NewEarning>& simulated) {
  std::map<ConversionId, const ConversionRow*> by_id;
  for (const auto& row : rows) by_id[row.id] = &row;
  std::map<std::pair<PartnerId, Currency>, SimulatedPartner> partners;
  std::map<Currency, SimulatedTotal> totals;
  const auto add = [&](PartnerId partner_id, const Currency& currency, std::int64_t was, std::int64_t would) {
    const auto count = [&](auto& into) {
      into.currency = currency;
      into.earned += was;
      into.simulated += would;
      into.difference += would - was;
    };
    auto& partner = partners[{partner_id, currency}];
    partner.partner_id = partner_id;
    count(partner);
    count(totals[currency]);
  };
  for (const auto& row : earned) add(row.partner_id, row.currency, row.earned, 0);
  for (const auto& commission : commissions(std::span<const NewEarning>(simulated))) {
    const ConversionRow& of = *by_id.at(simulated[commission.front()].conversion_id.value());
    std::vector<std::int64_t> parts;
    for (const auto i : commission) parts.push_back(simulated[i].amount);
    const auto taken = parts_taken_back(parts, of.gross, Decimal{}, of.refunded);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const NewEarning& row = simulated[commission[k]];
      add(row.partner_id, row.currency, 0, parts[k] - taken[k]);
    }
  }
  Simulation out;
  out.conversions = std::ssize(rows);
  for (const auto& [currency, total] : totals) out.totals.push_back(total);
  for (const auto& [whose, partner] : partners) out.partners.push_back(partner);
  return out;
}

Task<Simulation> simulate(db::Tx& tx, Simulate request) {
  if (!(request.from < request.to) || request.to.days() - request.from.days() > kLongest)
    throw invalid_field("?to", "out_of_range", "after from, by at most 400 days");
  if (request.deal_id.has_value() == request.model.has_value())
    throw invalid_field("?model", "out_of_range", "one of deal_id and model is expected");
  std::vector<partners::Term> draft;
  if (request.deal_id) {
    auto terms = co_await partners::draft_terms(tx, *request.deal_id);
    if (!terms) throw Problem(kNotFound);
    draft = *std::move(terms);
  }
  const auto zone = (co_await identity::organization_defaults(tx)).time_zone;
  const auto whose = draft.empty() ? std::nullopt : std::optional{draft.front().partner_id};
  const Timestamp from = start_of_day(request.from, zone);
  const auto rows = co_await tx.all(kConversions, from, start_of_day(request.to, zone), whose,
                                    request.model.has_value(), kConversionsMost + 1);
  if (std::ssize(rows) > kConversionsMost)
    throw Problem(kSimulationTooLarge, fmt::format("At most {}; choose fewer days.", kConversionsMost));
  std::vector<ConversionId> ids;
  for (const auto& row : rows) ids.push_back(row.id);
  const auto earned = co_await tx.all(kEarned, ids);
  const auto conversions = co_await with_shares(tx, rows, request.model);
  co_return compared(rows, earned, co_await would_earn(tx, conversions, std::move(draft), from));
}

}  // namespace

void declare_simulations(http::Routes& routes) {
  routes.tag("Analytics");
  routes.get("/api/simulations", simulate)
      .says("What some days would have earned under a deal's draft, or another attribution model")
      .explains(
          "By partner and in total, against what was earned, both less what was refunded since. Tiers, caps and bonuses "
          "go on from where they stood when the first of the days began. At most 400 days and 20,000 conversions; nothing "
          "is written.")
      .allow(http::Access::staff)
      .needs(http::Permission::deals_read)
      .reports()
      .as(db::Role::read)
      .refuses({&kSimulationTooLarge});
}

}  // namespace tandem::earnings
