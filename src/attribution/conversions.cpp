// Recording conversions: once each, with their references, in batches, and telling earnings of the new ones.
#include <algorithm>
#include <map>
#include <set>

#include "attribution/api.hpp"
#include "attribution/resolve.hpp"
#include "base/json.hpp"
#include "events/event.hpp"

namespace tandem::attribution {
namespace {

using Texts = std::vector<std::string>;
using OptionalTexts = std::vector<std::optional<std::string>>;

struct InsertedRow {
  ConversionId id;
};
BOOST_DESCRIBE_STRUCT(InsertedRow, (), (id))

const db::Query<InsertedRow(std::vector<ConversionId>, Texts, Texts, Texts,
                            std::vector<std::optional<PartnerId>>, std::vector<std::optional<LeadId>>,
                            std::vector<std::optional<LinkId>>, std::vector<std::optional<CouponId>>,
                            std::vector<std::int64_t>, Texts, std::vector<Decimal>, std::vector<Decimal>,
                            std::vector<Decimal>, std::vector<Decimal>, OptionalTexts, OptionalTexts,
                            OptionalTexts, std::vector<JsonObject>, std::vector<Timestamp>)>
    kInsertConversions{"attribution.insert_conversions", R"sql(
  insert into app.conversions (organization_id, id, source, external_id, kind, partner_id, lead_id, link_id, coupon_id,
    amount, currency, exact_amount, exact_tax, exact_discount, exact_cost, product, plan, country, metadata,
    occurred_at)
  select $1, u.id, u.source, u.external_id, u.kind, u.partner_id, u.lead_id, u.link_id, u.coupon_id, u.amount,
    u.currency, u.exact_amount, u.exact_tax, u.exact_discount, u.exact_cost, u.product, u.plan, u.country, u.metadata,
    u.occurred_at
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[],
    $10::bigint[], $11::text[], $12::numeric[], $13::numeric[], $14::numeric[], $15::numeric[], $16::text[],
    $17::text[], $18::text[], $19::jsonb[], $20::timestamptz[])
    as u(id, source, external_id, kind, partner_id, lead_id, link_id, coupon_id, amount, currency, exact_amount,
      exact_tax, exact_discount, exact_cost, product, plan, country, metadata, occurred_at)
  on conflict (organization_id, source, external_id) do nothing
  returning id
)sql"};

const db::Query<db::Nothing(Texts, Texts, std::vector<ConversionId>)> kInsertReferences{
    "attribution.insert_conversion_references", R"sql(
  insert into app.conversion_references (organization_id, provider, reference, conversion_id)
  select $1, u.provider, u.reference, u.conversion_id
  from unnest($2::text[], $3::text[], $4::uuid[]) as u(provider, reference, conversion_id)
  on conflict do nothing
  returning 1
)sql"};

struct KnownRow {
  std::string source, external_id;
  ConversionId id;
  Decimal exact_amount;
  Currency currency;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(KnownRow, (), (source, external_id, id, exact_amount, currency, occurred_at))
const db::Query<KnownRow(Texts, Texts)> kKnownConversions{"attribution.known_conversions", R"sql(
  select c.source, c.external_id, c.id, c.exact_amount, c.currency, c.occurred_at
  from unnest($2::text[], $3::text[]) as u(source, external_id)
  join app.conversions c on c.organization_id = $1 and c.source = u.source and c.external_id = u.external_id
)sql"};

struct FirstPaymentRow {
  std::optional<LeadId> lead_id;
  ConversionId id;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(FirstPaymentRow, (), (lead_id, id, occurred_at))
const db::Query<FirstPaymentRow(std::vector<LeadId>)> kFirstPayments{"attribution.first_payments_of_leads",
                                                                     R"sql(
  select distinct on (c.lead_id) c.lead_id, c.id, c.occurred_at
  from app.conversions c
  where c.organization_id = $1 and c.lead_id = any($2) and c.kind <> 'lead'
  order by c.lead_id, c.occurred_at, c.id
)sql"};
const db::Query<db::Nothing(std::vector<LeadId>)> kLeadsConverted{"attribution.move_leads_to_converted",
                                                                  R"sql(
  update app.leads set state = 'converted'
  where organization_id = $1 and id = any($2) and state in ('new', 'contacted', 'qualified')
)sql"};

std::string metadata_json(const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::string out = "{";
  for (const auto& [key, value] : metadata) {
    if (out.size() > 1) out += ',';
    json::print_string(key, out);
    out += ':';
    json::print_string(value, out);
  }
  return out += '}';
}

/// The columns of the conversions of a batch that have somebody to belong to.
struct Columns {
  std::vector<std::size_t> fact;  // index into the batch
  std::vector<ConversionId> id;
  Texts source, external_id, kind;
  std::vector<std::optional<PartnerId>> partner_id;
  std::vector<std::optional<LeadId>> lead_id;
  std::vector<std::optional<LinkId>> link_id;
  std::vector<std::optional<CouponId>> coupon_id;
  std::vector<std::int64_t> amount;
  Texts currency;
  std::vector<Decimal> gross, tax, discount, cost;
  OptionalTexts product, plan, country;
  std::vector<JsonObject> metadata;
  std::vector<Timestamp> occurred_at;

  void add(std::size_t index, ConversionId new_id, const ConversionFacts& facts, const Resolved& who) {
    const auto minor = facts.gross.minor_units(facts.currency.exponent());
    TANDEM_ASSERT(minor && *minor >= 0, "conversion {} of {}", facts.external_id, facts.gross.str());
    fact.push_back(index);
    id.push_back(new_id);
    source.push_back(facts.source);
    external_id.push_back(facts.external_id);
    kind.emplace_back(json::enum_name(facts.kind));
    partner_id.push_back(who.shares.empty() ? std::nullopt : std::optional(who.shares.back().partner_id));
    lead_id.push_back(who.lead_id);
    link_id.push_back(who.shares.empty() ? std::nullopt : who.shares.back().link_id);
    coupon_id.push_back(who.coupon_id);
    amount.push_back(*minor);
    currency.push_back(facts.currency.str());
    gross.push_back(facts.gross);
    tax.push_back(facts.tax);
    discount.push_back(facts.discount);
    cost.push_back(facts.cost);
    product.push_back(facts.product);
    plan.push_back(facts.plan);
    country.push_back(facts.country);
    metadata.push_back(JsonObject::trusted(metadata_json(facts.metadata)));
    occurred_at.push_back(facts.occurred_at);
  }
};

Task<std::set<ConversionId>> insert(db::Tx& tx, const Columns& c) {
  const auto rows =
      co_await tx.all(kInsertConversions, c.id, c.source, c.external_id, c.kind, c.partner_id, c.lead_id,
                      c.link_id, c.coupon_id, c.amount, c.currency, c.gross, c.tax, c.discount, c.cost,
                      c.product, c.plan, c.country, c.metadata, c.occurred_at);
  std::set<ConversionId> out;
  for (const auto& row : rows) out.insert(row.id);
  co_return out;
}

RecordedConversion to_event(ConversionId id, const ConversionFacts& facts, const Resolved& who) {
  return {.id = id,
          .kind = facts.kind,
          .shares = who.shares,
          .lead_id = who.lead_id,
          .gross = facts.gross,
          .tax = facts.tax,
          .discount = facts.discount,
          .cost = facts.cost,
          .currency = facts.currency,
          .product = facts.product,
          .plan = facts.plan,
          .country = facts.country,
          .metadata = facts.metadata,
          .occurred_at = facts.occurred_at,
          .first_payment_at = std::nullopt,
          .is_first_payment = true};
}

/// Tells each payment of a lead whether it is the lead's first, and when that was.
Task<> add_history(db::Tx& tx, std::vector<RecordedConversion>& conversions) {
  std::vector<LeadId> leads;
  for (const auto& conversion : conversions)
    if (conversion.lead_id && conversion.kind != ConversionKind::lead) leads.push_back(*conversion.lead_id);
  if (leads.empty()) co_return;
  tx.later(kLeadsConverted, leads);
  const auto rows = co_await tx.all(kFirstPayments, leads);
  std::map<LeadId, const FirstPaymentRow*> first;
  for (const auto& row : rows) first[row.lead_id.value()] = &row;
  for (auto& conversion : conversions) {
    if (!conversion.lead_id || conversion.kind == ConversionKind::lead) continue;
    const auto* row = first.at(*conversion.lead_id);
    conversion.first_payment_at = row->occurred_at;
    conversion.is_first_payment = row->id == conversion.id;
  }
}

Task<> fill_known(db::Tx& tx, const std::vector<ConversionFacts>& facts, std::vector<Recorded>& out) {
  Texts sources, external_ids;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (out[i].outcome != Outcome::known) continue;
    sources.push_back(facts[i].source);
    external_ids.push_back(facts[i].external_id);
  }
  if (sources.empty()) co_return;
  const auto rows = co_await tx.all(kKnownConversions, sources, external_ids);
  std::map<std::pair<std::string, std::string>, const KnownRow*> known;
  for (const auto& row : rows) known[{row.source, row.external_id}] = &row;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (out[i].outcome != Outcome::known) continue;
    const KnownRow& row = *known.at({facts[i].source, facts[i].external_id});
    const bool same = row.exact_amount == facts[i].gross && row.currency == facts[i].currency &&
                      row.occurred_at == facts[i].occurred_at;
    out[i] = {same ? Outcome::known : Outcome::known_differently, row.id.uuid()};
  }
}

void queue_references(db::Tx& tx, const std::vector<ConversionFacts>& facts,
                      const std::vector<Recorded>& outcome) {
  Texts providers, references;
  std::vector<ConversionId> ids;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (outcome[i].outcome != Outcome::recorded && outcome[i].outcome != Outcome::known) continue;
    for (const auto& reference : facts[i].references) {
      providers.push_back(facts[i].source);
      references.push_back(reference);
      ids.emplace_back(outcome[i].id);
    }
  }
  if (!ids.empty()) tx.later(kInsertReferences, providers, references, ids);
}

void queue_outbox(db::Tx& tx, const std::vector<RecordedConversion>& conversions) {
  std::vector<events::OutboxRow> rows;
  for (const auto& conversion : conversions) {
    std::string body = R"({"kind":")";
    body += json::enum_name(conversion.kind);
    body += R"(","currency":")";
    body += conversion.currency.code();
    body += R"("})";
    rows.push_back(
        {"conversion.recorded",
         conversion.shares.empty() ? std::nullopt : std::optional(conversion.shares.back().partner_id),
         conversion.id.uuid(), std::move(body)});
  }
  events::record(tx, rows);
}

}  // namespace

Task<std::vector<Recorded>> record_conversions(db::Tx& tx, std::vector<ConversionFacts> facts) {
  std::vector<const AttributionHint*> hints;
  Texts sources;
  for (const auto& fact : facts) {
    hints.push_back(&fact.who);
    sources.push_back(fact.source);
  }
  const auto who = co_await resolve(tx, std::move(hints), std::move(sources));

  std::vector<Recorded> out(facts.size(), Recorded{Outcome::no_lead, {}});
  Columns columns;
  for (std::size_t i = 0; i < facts.size(); ++i)
    if (who[i].found || !facts[i].needs_attribution)
      columns.add(i, tx.new_id<ConversionId>(), facts[i], who[i]);
  if (columns.id.empty()) co_return out;

  const auto inserted = co_await insert(tx, columns);
  ConversionsRecorded event;
  bool any_known = false;
  for (std::size_t k = 0; k < columns.id.size(); ++k) {
    const std::size_t i = columns.fact[k];
    const bool is_new = inserted.contains(columns.id[k]);
    out[i] = {is_new ? Outcome::recorded : Outcome::known, is_new ? columns.id[k].uuid() : Uuid{}};
    any_known = any_known || !is_new;
    if (is_new) event.conversions.push_back(to_event(columns.id[k], facts[i], who[i]));
  }
  if (any_known) co_await fill_known(tx, facts, out);
  queue_references(tx, facts, out);
  if (!event.conversions.empty()) {
    queue_outbox(tx, event.conversions);
    co_await add_history(tx, event.conversions);
    co_await events::emit(tx, event);
  }
  co_return out;
}

}  // namespace tandem::attribution
