// Reading conversions and their reversals, and recording a conversion through the API.
#include "attribution/conversion_routes.hpp"
#include "attribution/api.hpp"
#include "base/json_view.hpp"

namespace tandem::attribution {
namespace {

using http::Access;
using http::Permission;
using http::Role;

inline constexpr ProblemKind kNobody{422, "no_attribution", "No lead, link, coupon or partner matches"};
inline constexpr ProblemKind kPaymentUnknown{422, "conversion_unknown",
                                             "The conversion that it names is not known"};
inline constexpr ProblemKind kKnownDifferently{409, "known_differently",
                                               "This external_id is recorded with other content"};
inline constexpr ProblemKind kNothingLeft{422, "refund_exceeds", "Nothing is left to take back"};

struct Conversion {
  ConversionId id;
  std::string source, external_id;
  ConversionKind kind{};
  std::optional<PartnerId> partner_id;
  std::optional<LeadId> lead_id;
  std::optional<LinkId> link_id;
  std::int64_t amount = 0;
  Currency currency;
  Decimal exact_amount;
  std::optional<std::string> product, plan, country;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(Conversion, (),
                      (id, source, external_id, kind, partner_id, lead_id, link_id, amount, currency,
                       exact_amount, product, plan, country, occurred_at))

struct ListConversions {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<ConversionKind> kind;
  std::optional<Currency> currency;
  std::optional<Timestamp> from, to;  // occurred_at, half-open
};
BOOST_DESCRIBE_STRUCT(ListConversions, (), (cursor, limit, sort, partner_id, kind, currency, from, to))

// With a partner the query leads with it, so that the index does: the policy's OR cannot drive one.
const db::ListQuery<Conversion(PartnerId, std::optional<ConversionKind>, std::optional<Currency>,
                               std::optional<Timestamp>, std::optional<Timestamp>)>
    kListOfPartner{"attribution.list_conversions_of_partner",
                   R"sql(
  select c.id, c.source, c.external_id, c.kind, c.partner_id, c.lead_id, c.link_id, c.amount, c.currency,
    c.exact_amount, c.product, c.plan, c.country, c.occurred_at
  from app.conversions c
  where c.organization_id = $1 and c.partner_id = $2
    and ($3::text is null or c.kind = $3)
    and ($4::text is null or c.currency = $4)
    and ($5::timestamptz is null or c.occurred_at >= $5)
    and ($6::timestamptz is null or c.occurred_at < $6))sql",
                   "c.id",
                   {{"occurred_at", "c.occurred_at", "timestamptz"}}};
const db::ListQuery<Conversion(std::optional<ConversionKind>, std::optional<Currency>,
                               std::optional<Timestamp>, std::optional<Timestamp>)>
    kListAll{"attribution.list_conversions",
             R"sql(
  select c.id, c.source, c.external_id, c.kind, c.partner_id, c.lead_id, c.link_id, c.amount, c.currency,
    c.exact_amount, c.product, c.plan, c.country, c.occurred_at
  from app.conversions c
  where c.organization_id = $1
    and ($2::text is null or c.kind = $2)
    and ($3::text is null or c.currency = $3)
    and ($4::timestamptz is null or c.occurred_at >= $4)
    and ($5::timestamptz is null or c.occurred_at < $5))sql",
             "c.id",
             {{"occurred_at", "c.occurred_at", "timestamptz"}}};
struct ConversionDetail : Conversion {
  JsonObject metadata;  // for the organization alone: it may be about a person
};
BOOST_DESCRIBE_STRUCT(ConversionDetail, (Conversion), (metadata))
const db::Query<ConversionDetail(ConversionId)> kConversion{"attribution.conversion", R"sql(
  select id, source, external_id, kind, partner_id, lead_id, link_id, amount, currency, exact_amount, product, plan,
    country, occurred_at, metadata
  from app.conversions
  where organization_id = $1 and id = $2
)sql"};

struct Reversal {
  ReversalId id;
  std::string source, external_id;
  ReversalKind kind{};
  std::optional<ConversionId> conversion_id;
  std::optional<PartnerId> partner_id;
  std::int64_t amount = 0;
  Currency currency;
  Decimal exact_amount;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(Reversal, (),
                      (id, source, external_id, kind, conversion_id, partner_id, amount, currency,
                       exact_amount, occurred_at))
struct ListReversals {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<ConversionId> conversion_id;
  std::optional<ReversalKind> kind;
  std::optional<Timestamp> from, to;  // occurred_at, half-open
};
BOOST_DESCRIBE_STRUCT(ListReversals, (), (cursor, limit, sort, partner_id, conversion_id, kind, from, to))
const db::ListQuery<Reversal(std::optional<PartnerId>, std::optional<ConversionId>,
                             std::optional<ReversalKind>, std::optional<Timestamp>, std::optional<Timestamp>)>
    kListReversals{"attribution.list_reversals",
                   R"sql(
  select r.id, r.source, r.external_id, r.kind, r.conversion_id, r.partner_id, r.amount, r.currency, r.exact_amount,
    r.occurred_at
  from app.reversals r
  where r.organization_id = $1
    and ($2::uuid is null or r.partner_id = $2)
    and ($3::uuid is null or r.conversion_id = $3)
    and ($4::text is null or r.kind = $4)
    and ($5::timestamptz is null or r.occurred_at >= $5)
    and ($6::timestamptz is null or r.occurred_at < $6))sql",
                   "r.id",
                   {{"occurred_at", "r.occurred_at", "timestamptz"}}};
const db::Query<Reversal(ReversalId)> kReversal{"attribution.reversal", R"sql(
  select id, source, external_id, kind, conversion_id, partner_id, amount, currency, exact_amount, occurred_at
  from app.reversals
  where organization_id = $1 and id = $2
)sql"};

Task<Page<Conversion>> list_conversions(db::Tx& tx, ListConversions query) {
  const std::string sort = query.sort ? query.sort->str() : "-occurred_at";
  const auto limit = query.limit.value_or(PageLimit{});
  // A partner's list is always its own: what is asked beyond it is not there.
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  if (partner_id)
    co_return co_await tx.page(kListOfPartner, sort, query.cursor, limit, *partner_id, query.kind,
                               query.currency, query.from, query.to);
  co_return co_await tx.page(kListAll, sort, query.cursor, limit, query.kind, query.currency, query.from,
                             query.to);
}

Task<ConversionDetail> get_conversion(db::Tx& tx, ConversionId id) {
  auto row = co_await tx.maybe(kConversion, id);
  if (!row) throw Problem(kNotFound);
  if (tx.scope().partner_id) row->metadata = {};
  co_return *std::move(row);
}

Task<Page<Reversal>> list_reversals(db::Tx& tx, ListReversals query) {
  co_return co_await tx.page(kListReversals, query.sort ? query.sort->str() : "-occurred_at", query.cursor,
                             query.limit.value_or(PageLimit{}), query.partner_id, query.conversion_id,
                             query.kind, query.from, query.to);
}

/// A sale or subscription payment that a server reports itself, without a billing system's event.
struct CreateConversion {
  Text<1, 255> external_id;
  ConversionKind kind{};
  Money amount;
  std::optional<Money> tax, discount, cost;
  std::optional<LeadId> lead_id;
  std::optional<Text<1, 255>> customer_external_id;
  std::optional<Email> email;
  std::optional<PartnerId> partner_id;
  std::optional<Code> link_code, coupon;
  std::optional<Text<1, 255>> product, plan;
  std::optional<Text<1, 60>> country;
  std::optional<JsonObject> metadata;  // texts by name: 20 names of 64 bytes with 255 bytes each
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(CreateConversion, (),
                      (external_id, kind, amount, tax, discount, cost, lead_id, customer_external_id, email,
                       partner_id, link_code, coupon, product, plan, country, metadata, occurred_at))

Decimal exact(const Money& money) { return {money.amount, money.currency.exponent()}; }

/// Parts are in the currency of the whole and not more than it.
Decimal part(const std::optional<Money>& money, const Money& whole, std::string_view pointer) {
  if (!money) return {};
  if (money->currency != whole.currency)
    throw invalid_field(std::string(pointer) + "/currency", "out_of_range",
                        "the currency of amount is expected");
  if (money->amount < 0 || money->amount > whole.amount)
    throw invalid_field(std::string(pointer) + "/amount", "out_of_range",
                        "0 to the whole amount is expected");
  return exact(*money);
}

/// Within the limits of what billing systems send, but told instead of cut.
std::vector<std::pair<std::string, std::string>> metadata_of(const JsonObject& given) {
  constexpr std::size_t kNamesMost = 20, kNameLongest = 64, kTextLongest = 255;
  std::vector<std::pair<std::string, std::string>> out;
  const auto document = json::Document::parse(given.str());
  if (!document) throw invalid_field("/metadata", "malformed", "an object is expected");
  for (const auto& [key, value] : document->root().members()) {
    const auto text = value.text();
    if (key.empty() || key.size() > kNameLongest || !text || text->size() > kTextLongest)
      throw invalid_field("/metadata", "out_of_range",
                          "names of 1 to 64 bytes with texts of at most 255 bytes are expected");
    out.emplace_back(key, *text);
  }
  if (out.size() > kNamesMost) throw invalid_field("/metadata", "out_of_range", "at most 20 names");
  return out;
}

ConversionFacts to_facts(const CreateConversion& request) {
  if (request.kind == ConversionKind::lead)
    throw invalid_field("/kind", "out_of_range", "sale or subscription; leads are created at /api/leads");
  if (request.amount.amount < 1)
    throw invalid_field("/amount/amount", "out_of_range", "at least 1 is expected");
  ConversionFacts facts;
  facts.source = "api";
  facts.external_id = request.external_id.str();
  facts.kind = request.kind;
  facts.gross = exact(request.amount);
  facts.tax = part(request.tax, request.amount, "/tax");
  facts.discount = part(request.discount, request.amount, "/discount");
  facts.cost = part(request.cost, request.amount, "/cost");
  facts.currency = request.amount.currency;
  facts.who.partner_id = request.partner_id;
  facts.who.lead_id = request.lead_id;
  if (request.customer_external_id) facts.who.lead_external_id = request.customer_external_id->str();
  if (request.email) facts.who.email = request.email->normalised();
  if (request.link_code) facts.who.link_code = request.link_code->normalised();
  if (request.coupon) facts.who.coupon_code = request.coupon->normalised();
  if (request.product) facts.product = request.product->str();
  if (request.plan) facts.plan = request.plan->str();
  if (request.country) facts.country = request.country->str();
  if (request.metadata) facts.metadata = metadata_of(*request.metadata);
  facts.occurred_at = request.occurred_at;
  return facts;
}

Task<http::Reply<ConversionDetail>> create_conversion(db::Tx& tx, CreateConversion request) {
  const auto facts = to_facts(request);
  const auto recorded = co_await record_conversions(tx, {facts});
  if (recorded.front().outcome == Outcome::no_lead && request.partner_id && request.lead_id)
    throw invalid_field("/lead_id", "out_of_range",
                        "a lead of this partner's alone, or nobody's, is expected");
  if (recorded.front().outcome == Outcome::no_lead) throw Problem(kNobody);
  if (recorded.front().outcome == Outcome::known_differently) throw Problem(kKnownDifferently);
  const bool is_new = recorded.front().outcome == Outcome::recorded;
  co_return http::Reply<ConversionDetail>{is_new ? 201 : 200,
                                          co_await get_conversion(tx, ConversionId{recorded.front().id})};
}

struct CreateReversal {
  Text<1, 255> external_id;
  ReversalKind kind{};
  Money amount;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(CreateReversal, (), (external_id, kind, amount, occurred_at))

Task<http::Reply<Reversal>> create_reversal(db::Tx& tx, ConversionId id, CreateReversal request) {
  if (request.amount.amount < 1)
    throw invalid_field("/amount/amount", "out_of_range", "at least 1 is expected");
  const auto conversion = co_await get_conversion(tx, id);
  if (conversion.currency != request.amount.currency)
    throw invalid_field("/amount/currency", "out_of_range", "the conversion's currency is expected");
  ReversalFacts facts;
  facts.source = conversion.source;
  facts.external_id = "api:" + request.external_id.str();
  facts.kind = request.kind;
  facts.conversion = conversion.external_id;
  facts.amount = exact(request.amount);
  facts.currency = request.amount.currency;
  facts.occurred_at = request.occurred_at;
  const auto recorded = co_await record_reversals(tx, {facts});
  if (recorded.front().outcome == Outcome::nothing_left) throw Problem(kNothingLeft);
  if (recorded.front().outcome == Outcome::no_conversion) throw Problem(kPaymentUnknown);
  if (recorded.front().outcome == Outcome::known_differently) throw Problem(kKnownDifferently);
  const auto row = co_await tx.one(kReversal, ReversalId{recorded.front().id});
  co_return http::Reply<Reversal>{recorded.front().outcome == Outcome::recorded ? 201 : 200, row};
}

}  // namespace

void declare_conversions(http::Routes& routes) {
  routes.map_constraint("conversions_partner_fk", kNobody);
  routes.tag("Conversions");
  routes.post("/api/conversions", create_conversion)
      .says("Record a conversion")
      .explains(
          "A sale or subscription payment, with its earnings and postings in the same transaction. A known "
          "external_id answers 200 with what was recorded. The first that is given says whose it is: partner_id, link_code, "
          "coupon, lead_id, customer_external_id, email. A lead_id beside a partner_id is kept with the conversion, so that "
          "durations and first payments count; a lead that is also or only another partner's is refused. metadata is what "
          "conditions of terms may ask for; it goes with the lead's person when that is exported or erased.")
      .allow(Access::staff)
      .needs(Permission::conversions_manage)
      .as(Role::money)
      .also_answers(200)
      .refuses({&kNobody, &kKnownDifferently});
  routes.get("/api/conversions", list_conversions)
      .says("List conversions")
      .allow(Access::partner)
      .needs(Permission::conversions_read)
      .as(Role::read);
  routes.get("/api/conversions/{conversion_id}", get_conversion)
      .says("Get a conversion")
      .allow(Access::partner)
      .needs(Permission::conversions_read)
      .as(Role::read);
  routes.post("/api/conversions/{conversion_id}/reversals", create_reversal)
      .says("Take a conversion back, in full or in part")
      .explains("A refund of more than what is left is cut to it.")
      .allow(Access::staff)
      .needs(Permission::conversions_manage)
      .as(Role::money)
      .also_answers(200)
      .refuses({&kNothingLeft, &kPaymentUnknown, &kKnownDifferently});
  routes.get("/api/reversals", list_reversals)
      .says("List reversals")
      .allow(Access::partner)
      .needs(Permission::conversions_read)
      .as(Role::read);
}

}  // namespace tandem::attribution
