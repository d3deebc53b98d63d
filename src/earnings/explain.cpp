#include "earnings/explain.hpp"

#include "attribution/events.hpp"
#include "attribution/ids.hpp"
#include "base/json_view.hpp"
#include "earnings/api.hpp"
#include "earnings/explain_words.hpp"
#include "earnings/facts.hpp"
#include "earnings/ids.hpp"
#include "earnings/parts.hpp"
#include "earnings/rules.hpp"
#include "identity/api.hpp"

namespace tandem::earnings {
namespace {

using attribution::ConversionId;
using attribution::LeadId;
using attribution::VisitId;
using http::Access;
using http::Permission;
using http::Role;

/// Who reads, and how days are written.
struct Reader {
  db::Tx& tx;
  TimeZone zone;
  Language language;
  Sentence say(std::string_view key, const std::vector<Given>& given = {},
               std::optional<Timestamp> at = {}) const {
    return earnings::say(language, key, given, at);
  }
  Day day(Timestamp at) const { return day_in_zone(at, zone); }
  bool sees(const std::optional<std::string_view>& partner_id) const {
    return !tx.scope().partner_id || (partner_id && tx.scope().partner_id->str() == *partner_id);
  }
};

Task<Reader> reader(db::Tx& tx, const GetExplanation& query) {
  auto found = co_await wording(tx, query);
  co_return Reader{tx, std::move(found.zone), found.language};
}

template <class IdType>
Explanation explanation(std::string kind, const IdType& id, const Reader& reader, Sentence decision) {
  return {.kind = std::move(kind),
          .id = id.str(),
          .language = reader.language,
          .decision = std::move(decision),
          .from = {},
          .considered = {},
          .not_payable = {},
          .next = {},
          .see = {},
          .data = {}};
}

std::string text_of(const json::View& view) { return std::string(view.text().value_or("")); }
std::string number_of(const json::View& view) { return std::to_string(view.integer().value_or(0)); }
ExactMoney exact_of(const json::View& view, Currency currency) {
  return {Decimal::parse(view.text().value_or("")).value_or(Decimal{}), currency};
}

// -------------------------------------------------------------------- leads

/// The key of a verdict of attribution/rules.
std::string_view verdict_key(std::string_view verdict) {
  if (verdict == "won") return "verdict_won";
  if (verdict == "shares") return "verdict_shares";
  if (verdict == "after the lead") return "verdict_after";
  if (verdict.starts_with("outside the window")) return "verdict_window";
  if (verdict == "its page was never seen") return "verdict_unseen";
  if (verdict == "the partner is not active") return "verdict_inactive";
  if (verdict == "the partner has no deal in force") return "verdict_no_deal";
  if (verdict.starts_with("counted as the click")) return "verdict_click";
  return "verdict_other_won";
}

/// What a touch was, in the reader's word; a trace of long ago may know others.
Named kind_of(const Reader& reader, const json::View& candidate) {
  std::string kind = text_of(candidate["kind"]);
  constexpr std::array<std::string_view, 4> kKinds{"visit", "click", "coupon", "partner"};
  if (std::ranges::find(kKinds, kind) == kKinds.end()) return {kind, kind};
  std::string said = reader.say("kind_" + kind).text;
  return {std::move(kind), std::move(said)};
}

Sentence candidate_of(const Reader& reader, const json::View& candidate) {
  const auto partner_id = candidate["partner_id"].text();
  const auto at = candidate["at"].text();
  return reader.say("candidate",
                    {{"kind", kind_of(reader, candidate)},
                     {"whose", reader.sees(partner_id) ? std::string(partner_id.value_or("")) : "…"},
                     {"verdict", reader.say(verdict_key(text_of(candidate["verdict"]))).text}},
                    at ? Timestamp::parse(*at) : std::nullopt);
}

struct LeadRow {
  JsonObject trace;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(LeadRow, (), (trace, occurred_at))
const db::Query<LeadRow(LeadId)> kLead{"earnings.lead_to_explain", R"sql(
  select trace, occurred_at from app.leads where organization_id = $1 and id = $2
)sql"};
struct ThingRow {
  std::string kind, id;
};
BOOST_DESCRIBE_STRUCT(ThingRow, (), (kind, id))
const db::Query<ThingRow(LeadId)> kOfLead{"earnings.things_of_lead", R"sql(
  select 'conversion' as kind, id::text as id
  from app.conversions
  where organization_id = $1 and lead_id = $2
  order by occurred_at, id
  limit 100
)sql"};

Task<Explanation> explain_lead(db::Tx& tx, LeadId id, GetExplanation query) {
  const auto row = co_await tx.maybe(kLead, id);
  if (!row) throw Problem(kNotFound);
  const auto by = co_await reader(tx, query);
  const auto document = json::Document::parse(row->trace.str());
  const json::View trace = document ? document->root() : json::View{};
  std::string model = text_of(trace["model"]);
  constexpr std::array<std::string_view, 5> kModels{"named", "coupon", "first", "last", "linear"};
  if (std::ranges::find(kModels, model) == kModels.end()) model = "none";
  auto out = explanation("lead", id, by, by.say("lead_" + model, {}, row->occurred_at));
  out.from.push_back(by.say("rule_attribution", {{"rule_version", number_of(trace["rule_version"])}}));
  const auto candidates = trace["candidates"].items();
  for (const auto& candidate : candidates) out.considered.push_back(candidate_of(by, candidate));
  out.next.push_back(by.say("lead_next"));
  for (const auto& thing : co_await tx.all(kOfLead, id)) out.see.push_back({thing.kind, thing.id});
  // Of a partner's reader the trace of others is nobody's business.
  if (!tx.scope().partner_id) out.data = row->trace;
  co_return out;
}

// ------------------------------------------------------------------- visits

struct VisitRow {
  PartnerId partner_id;
  std::string status;
  Timestamp at;
};
BOOST_DESCRIBE_STRUCT(VisitRow, (), (partner_id, status, at))
const db::Query<VisitRow(VisitId)> kVisit{"earnings.visit_to_explain", R"sql(
  select partner_id, status, at from app.visits where organization_id = $1 and id = $2
)sql"};
struct WeighedRow {
  LeadId id;
  JsonObject trace;
  Timestamp occurred_at;
};
BOOST_DESCRIBE_STRUCT(WeighedRow, (), (id, trace, occurred_at))
const db::Query<WeighedRow(VisitId)> kWeighed{"earnings.leads_of_visit", R"sql(
  select l.id, l.trace, l.occurred_at
  from app.visits v
  join app.leads l on l.organization_id = $1 and l.visitor_id = v.visitor_id
  where v.organization_id = $1 and v.id = $2
  order by l.occurred_at, l.id
  limit 20
)sql"};

Task<Explanation> explain_visit(db::Tx& tx, VisitId id, GetExplanation query) {
  const auto row = co_await tx.maybe(kVisit, id);
  if (!row) throw Problem(kNotFound);
  const auto by = co_await reader(tx, query);
  auto out = explanation("visit", id, by, by.say("visit_" + row->status, {}, row->at));
  for (const auto& lead : co_await tx.all(kWeighed, id)) {
    out.see.push_back({"lead", lead.id.str()});
    const auto document = json::Document::parse(lead.trace.str());
    if (!document) continue;
    for (const auto& candidate : document->root()["candidates"].items())
      if (candidate["visit_id"].text() == id.str())
        out.considered.push_back(
            by.say("visit_in_lead", {{"verdict", by.say(verdict_key(text_of(candidate["verdict"]))).text}},
                   lead.occurred_at));
  }
  int days = 0;
  for (const auto& term : co_await partners::terms_in_force(tx, {row->partner_id}, row->at))
    days = std::max(days, term.window_days);
  const Timestamp until = row->at + std::chrono::days{days};
  if (row->status == "counted" && days > 0 && until > tx.now())
    out.next.push_back(by.say("visit_may_win", {{"days", std::int64_t{days}}}, until));
  else
    out.next.push_back(by.say("next_nothing"));
  co_return out;
}

// -------------------------------------------------------------- conversions

struct ConversionRow {
  attribution::ConversionKind kind;
  std::optional<LeadId> lead_id;
  std::optional<PartnerId> partner_id;
  Currency currency;
  std::int64_t amount;
  Decimal gross, tax, discount, cost;
  std::optional<std::string> country, product, plan;
  JsonObject metadata;
  Timestamp occurred_at;
  std::optional<Timestamp> first_payment_at;
  bool is_first_payment;
};
BOOST_DESCRIBE_STRUCT(ConversionRow, (),
                      (kind, lead_id, partner_id, currency, amount, gross, tax, discount, cost, country,
                       product, plan, metadata, occurred_at, first_payment_at, is_first_payment))
const db::Query<ConversionRow(ConversionId)> kConversion{"earnings.conversion_to_explain", R"sql(
  select c.kind, c.lead_id, c.partner_id, c.currency, c.amount, c.exact_amount as gross, c.exact_tax as tax,
    c.exact_discount as discount, c.exact_cost as cost, c.country, c.product, c.plan, c.metadata, c.occurred_at,
    f.first_payment_at, not coalesce(f.is_earlier, false) as is_first_payment
  from app.conversions c
  left join lateral (
    select min(b.occurred_at) as first_payment_at,
      bool_or((b.occurred_at, b.id) < (c.occurred_at, c.id)) as is_earlier
    from app.conversions b
    where b.organization_id = $1 and b.lead_id = c.lead_id and b.kind <> 'lead') f on true
  where c.organization_id = $1 and c.id = $2
)sql"};

struct EarnedRow {
  EarningId id;
  PartnerId partner_id;
  std::optional<partners::TermId> term_id;
  std::int64_t amount;
  Currency currency;
  bool is_reversal;
};
BOOST_DESCRIBE_STRUCT(EarnedRow, (), (id, partner_id, term_id, amount, currency, is_reversal))
const db::Query<EarnedRow(ConversionId)> kEarned{"earnings.earned_to_explain", R"sql(
  select id, partner_id, term_id, amount, currency, reversal_id is not null as is_reversal
  from app.earnings
  where organization_id = $1 and conversion_id = $2
  order by id
)sql"};
struct SharerRow {
  PartnerId partner_id;
};
BOOST_DESCRIBE_STRUCT(SharerRow, (), (partner_id))
const db::Query<SharerRow(ConversionId)> kSharers{"earnings.partners_of_conversion", R"sql(
  select c.partner_id
  from app.conversions c
  where c.organization_id = $1 and c.id = $2 and c.partner_id is not null
  union
  select a.partner_id
  from app.conversions c
  join app.lead_attributions a on a.organization_id = $1 and a.lead_id = c.lead_id
  where c.organization_id = $1 and c.id = $2
)sql"};

Facts with_metadata(const ConversionRow& row) {
  Facts out = facts_of(row);
  if (const auto document = json::Document::parse(row.metadata.str()))
    for (const auto& [key, value] : document->root().members())
      if (const auto text = value.text()) out.metadata.emplace_back(key, *text);
  return out;
}

/// What each term in force on the day made of the conversion; one that earned is known by its row.
Task<std::vector<Sentence>> judged_terms(const Reader& by, ConversionId id, const ConversionRow& row,
                                         const std::vector<EarnedRow>& earned) {
  std::vector<PartnerId> partner_ids;
  for (const auto& sharer : co_await by.tx.all(kSharers, id))
    if (by.sees(sharer.partner_id.str())) partner_ids.push_back(sharer.partner_id);
  const auto terms = co_await partners::terms_in_force(by.tx, partner_ids, row.occurred_at);
  const Facts facts = with_metadata(row);
  std::vector<Sentence> out;
  for (const auto& term : terms) {
    const bool has_earned =
        std::ranges::any_of(earned, [&](const EarnedRow& one) { return one.term_id == term.id; });
    std::string key = "term_earned";
    if (!has_earned) {
      // What it earned before is not asked again: a term that would pay on its own had reached a limit.
      const auto result = commission(term, facts);
      if (!result)
        key = "term_" + std::string(json::enum_name(result.error()));
      else if (!term.split.empty() && split_parts(term, result->amount).front() == 0)
        key = "term_given_away";
      else
        key = "term_limit_reached";
    }
    out.push_back(by.say(key, {{"position", std::to_string(term.position + 1)},
                               {"version", std::to_string(term.version)},
                               {"partner_id", term.partner_id.str()},
                               {"term_id", term.id.str()}}));
  }
  if (terms.empty() && !partner_ids.empty()) out.push_back(by.say("no_terms"));
  co_return out;
}

Task<Explanation> explain_conversion(db::Tx& tx, ConversionId id, GetExplanation query) {
  const auto row = co_await tx.maybe(kConversion, id);
  if (!row) throw Problem(kNotFound);
  const auto by = co_await reader(tx, query);
  const auto earned = co_await tx.all(kEarned, id);
  std::int64_t total = 0, back = 0;
  for (const auto& one : earned) (one.is_reversal ? back : total) += one.amount;
  auto out = explanation(
      "conversion", id, by,
      total > 0 ? by.say("conversion_earned", {{"amount", Money{total, row->currency}}}, row->occurred_at)
                : by.say("conversion_nothing", {}, row->occurred_at));
  out.from.push_back(by.say("conversion_amount", {{"amount", Money{row->amount, row->currency}},
                                                  {"day", by.day(row->occurred_at)}}));
  out.from.push_back(by.say(row->lead_id      ? "conversion_by_lead"
                            : row->partner_id ? "conversion_by_itself"
                                              : "conversion_nobody"));
  if (back < 0) out.from.push_back(by.say("conversion_reversed", {{"amount", Money{-back, row->currency}}}));
  out.considered = co_await judged_terms(by, id, *row, earned);
  out.next.push_back(by.say("next_nothing"));
  if (row->lead_id) out.see.push_back({"lead", row->lead_id->str()});
  for (const auto& one : earned) out.see.push_back({"earning", one.id.str()});
  co_return out;
}

// ----------------------------------------------------------------- earnings

struct EarningRow {
  PartnerId partner_id;
  std::string kind;
  EarningState state{};
  std::optional<PayoutId> payout_id;
  std::optional<ConversionId> conversion_id;
  std::optional<EarningId> reverses_id;
  std::optional<RiskSignalId> risk_signal_id;
  std::optional<PartnerId> split_from;
  std::int64_t amount;
  Currency currency;
  JsonObject explanation;
  Timestamp occurred_at, hold_until;
  std::string holds;  // the reasons of those that are open: "dispute risk"
  bool is_partner_active, is_risk, is_new_partners;
  std::int64_t due;  // of the partner in this currency, all earnings together
};
BOOST_DESCRIBE_STRUCT(EarningRow, (),
                      (partner_id, kind, state, payout_id, conversion_id, reverses_id, risk_signal_id,
                       split_from, amount, currency, explanation, occurred_at, hold_until, holds,
                       is_partner_active, is_risk, is_new_partners, due))
const db::Query<EarningRow(EarningId)> kEarning{"earnings.earning_to_explain", R"sql(
  select e.partner_id, e.kind, e.state, e.payout_id, e.conversion_id, e.reverses_id, e.risk_signal_id, e.split_from,
    e.amount, e.currency, e.explanation, e.occurred_at, e.hold_until,
    coalesce((select string_agg(distinct h.reason, ' ') from app.earning_holds h
      where h.organization_id = $1 and h.earning_id = coalesce(e.reverses_id, e.id) and h.released_at is null), '')
      as holds,
    p.status = 'active' as is_partner_active,
    exists (select 1 from app.earnings b
      where b.organization_id = $1 and b.reverses_id = coalesce(e.reverses_id, e.id) and b.risk_signal_id is not null)
      as is_risk,
    coalesce(e.explanation->>'steps' like '%the partner is new%', false) as is_new_partners,
    coalesce((select sum(o.amount) from app.earnings o
      where o.organization_id = $1 and o.partner_id = e.partner_id and o.currency = e.currency
        and o.state = 'due'), 0)::bigint as due
  from app.earnings e
  join app.partners p on p.organization_id = e.organization_id and p.id = e.partner_id
  where e.organization_id = $1 and e.id = $2
)sql"};

Sentence decision_of(const Reader& by, const EarningRow& row) {
  const std::vector<Given> amount{{"amount", Money{row.amount, row.currency}}};
  std::string_view key = "earning_other";
  if (row.kind == "saving") key = "earning_saving";
  if (row.kind == "adjustment") key = row.risk_signal_id ? "earning_restored" : "earning_adjustment";
  if (row.kind == "commission") key = "earning_commission";
  if (row.amount < 0) key = "earning_taken_back";
  return by.say(key, amount, row.occurred_at);
}

/// The rule and what it was applied to, from what is stored on the earning.
std::vector<Sentence> rule_of(const Reader& by, const EarningRow& row, const json::View& stored) {
  std::vector<Sentence> out;
  const auto money = [&](std::string_view name) {
    return Money{stored[name].integer().value_or(0), row.currency};
  };
  const auto share = stored["share_ppm"].integer();
  if (stored["rule"].text() == "split") {
    out.push_back(
        by.say("rule_split", {{"percent", Decimal(share.value_or(0), 4)}, {"whole", money("commission")}}));
    return out;
  }
  if (stored["rule"].text() == "cumulative" && row.split_from) {
    out.push_back(
        by.say("rule_part_taken_back", {{"earned", money("earned")}, {"now", money("taken_back")}}));
    return out;
  }
  if (stored["rule"].text() == "cumulative") {
    out.push_back(by.say("rule_cumulative", {{"earned", money("earned")},
                                             {"total", exact_of(stored["total"], row.currency)},
                                             {"before", exact_of(stored["taken_before"], row.currency)},
                                             {"now", exact_of(stored["taken_now"], row.currency)}}));
    return out;
  }
  const auto term = stored["term"];
  if (!term.exists()) return out;
  out.push_back(by.say("rule", {{"version", number_of(term["version"])},
                                {"rule_version", number_of(stored["rule_version"])}}));
  if (const auto rate = term["rate_ppm"].integer())
    out.push_back(by.say("rule_rate",
                         {{"percent", Decimal(*rate, 4)}, {"base", exact_of(stored["base"], row.currency)}}));
  else
    out.push_back(by.say("rule_fixed"));
  if (stored["capped"].boolean().value_or(false)) out.push_back(by.say("rule_capped"));
  if (stored["weight"].integer() != stored["weight_total"].integer())
    out.push_back(by.say("rule_share", {{"weight", number_of(stored["weight"])},
                                        {"total", number_of(stored["weight_total"])}}));
  if (share) out.push_back(by.say("rule_own_share", {{"percent", Decimal(*share, 4)}}));
  return out;
}

/// Of what is due: why the next run may leave it out, as far as the earnings tell. Empty: they tell nothing.
std::vector<Sentence> hindrances(const Reader& by, const EarningRow& row,
                                 const identity::PayoutSettings& settings) {
  std::vector<Sentence> out;
  if (row.amount < 0) out.push_back(by.say("not_payable_taken_back"));
  if (row.due <= 0 && row.amount > 0)
    out.push_back(by.say("not_payable_owed_back", {{"amount", Money{row.amount - row.due, row.currency}}}));
  const auto minimum = std::ranges::find(settings.minimums, row.currency, &Money::currency);
  if (minimum != settings.minimums.end() && row.due > 0 && row.due < minimum->amount)
    out.push_back(
        by.say("not_payable_minimum", {{"amount", Money{row.due, row.currency}}, {"minimum", *minimum}}));
  return out;
}

Task<> explain_state(const Reader& by, const EarningRow& row, Explanation& out) {
  using enum EarningState;
  const auto until = [&](std::string_view key) {
    return by.say(key, {{"day", by.day(row.hold_until)}}, row.hold_until);
  };
  if (row.kind == "saving") {
    out.not_payable.push_back(by.say("not_payable_saving"));
    out.next.push_back(by.say("next_nothing"));
    co_return;
  }
  const bool waits = row.state == pending || row.state == held || row.state == due;
  if (waits && !row.is_partner_active) out.not_payable.push_back(by.say("not_payable_partner"));
  if (row.state == pending) {
    out.not_payable.push_back(until(row.is_new_partners ? "not_payable_new_partner" : "not_payable_hold"));
    out.next.push_back(until("next_hold_ends"));
  } else if (row.state == held) {
    for (const std::string_view reason : {"dispute", "review", "risk"})
      if (row.holds.find(reason) != std::string::npos)
        out.not_payable.push_back(by.say(fmt::format("not_payable_{}", reason)));
    out.next.push_back(by.say("next_decision"));
    out.next.push_back(until("next_after_decision"));
  } else if (row.state == cancelled) {
    out.not_payable.push_back(by.say(row.is_risk ? "not_payable_risk_confirmed" : "not_payable_cancelled"));
    out.next.push_back(by.say("next_nothing"));
  } else if (row.state == due) {
    const auto settings = co_await identity::payout_settings(by.tx);
    for (auto& hindrance : hindrances(by, row, settings)) out.not_payable.push_back(std::move(hindrance));
    const Day day = next_payout_day(day_in_zone(by.tx.now(), by.zone), settings.payout_day);
    out.next.push_back(by.say("next_payout", {{"day", day}}, start_of_day(day, by.zone)));
  } else if (row.state == paid) {
    out.next.push_back(by.say("next_nothing"));
  }
}

}  // namespace

Task<ExplainedEarning> explain_earning(db::Tx& tx, EarningId id, GetExplanation query) {
  const auto row = co_await tx.maybe(kEarning, id);
  if (!row) throw Problem(kNotFound);
  const auto by = co_await reader(tx, query);
  auto out = explanation("earning", id, by, decision_of(by, *row));
  if (const auto document = json::Document::parse(row->explanation.str()))
    out.from = rule_of(by, *row, document->root());
  co_await explain_state(by, *row, out);
  // A partner does not see the sale of another one that it has a part of.
  if (row->conversion_id && !(row->split_from && tx.scope().partner_id))
    out.see.push_back({"conversion", row->conversion_id->str()});
  if (row->reverses_id) out.see.push_back({"earning", row->reverses_id->str()});
  out.data = row->explanation;
  co_return ExplainedEarning{std::move(out), {by.zone, by.language},       row->partner_id,
                             row->state,     {row->amount, row->currency}, row->payout_id};
}

void declare_explanations(http::Routes& routes) {
  routes.tag("Explanations");
  constexpr const char* kWhat =
      "What was decided, from what, by which rule, what else was considered and what happens next: sentences with keys "
      "and parameters, in the organization's language or the one asked for. A partner's own alone; touches of others are "
      "not named.";
  const auto declare = [&](http::Route& route, std::string summary) {
    route.says(std::move(summary))
        .explains(kWhat)
        .allow(Access::partner)
        .needs(Permission::earnings_read)
        .as(Role::read);
  };
  declare(routes.get("/api/explain/visit/{visit_id}", explain_visit), "Explain a visit");
  declare(routes.get("/api/explain/lead/{lead_id}", explain_lead), "Explain a lead");
  declare(routes.get("/api/explain/conversion/{conversion_id}", explain_conversion), "Explain a conversion");
}

}  // namespace tandem::earnings
