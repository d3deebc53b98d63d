#include "payouts/explain.hpp"

#include <algorithm>

#include "earnings/api.hpp"
#include "identity/api.hpp"
#include "payouts/exchanges.hpp"
#include "payouts/explain_words.hpp"
#include "payouts/payouts.hpp"
#include "payouts/runs.hpp"

namespace tandem::payouts {

namespace {

using earnings::Explanation;
using earnings::GetExplanation;
using earnings::Given;
using earnings::Sentence;
using earnings::Wording;

// What PayPal gives back by itself when nobody takes it (its guide to Payouts, "Unclaimed payments").
constexpr std::chrono::days kClaimMax{30};
constexpr std::int32_t kSeenMax = 100;

struct ItemsRow {
  std::int64_t count, earned, taken_back;
};
BOOST_DESCRIBE_STRUCT(ItemsRow, (), (count, earned, taken_back))
// Of a draft what is in it, afterwards what was in it when it was approved.
// sql: organization: the CTE items holds rows of one organization
const db::Query<ItemsRow(PayoutId)> kItems{"payouts.items_to_explain", R"sql(
  with items as (
    select i.id, i.amount
    from app.payout_items i
    where i.organization_id = $1 and i.payout_id = $2
    union
    select e.id, e.amount
    from app.earnings e
    where e.organization_id = $1 and e.payout_id = $2)
  select count(*) as count, coalesce(sum(i.amount) filter (where i.amount > 0), 0)::bigint as earned,
    coalesce(-sum(i.amount) filter (where i.amount < 0), 0)::bigint as taken_back
  from items i
)sql"};

struct LeftRow {
  std::string key;
  std::int64_t count, amount;
  Timestamp first_at;  // the end of the first hold
};
BOOST_DESCRIBE_STRUCT(LeftRow, (), (key, count, amount, first_at))
const db::Query<LeftRow(PayoutId, PartnerId, Currency)> kLeft{"payouts.left_out", R"sql(
  select case e.state
      when 'pending' then 'left_pending'
      when 'held' then 'left_held'
      when 'in_payout' then 'left_in_payout'
      else case when e.amount < 0 then 'left_owed_back' else 'left_due' end
    end as key, count(*) as count, sum(e.amount)::bigint as amount, min(e.hold_until) as first_at
  from app.earnings e
  where e.organization_id = $1 and e.partner_id = $3 and e.currency = $4 and e.kind <> 'saving'
    and e.state in ('pending', 'held', 'due', 'in_payout') and e.payout_id is distinct from $2
    and not exists (
      select 1 from app.payout_items i where i.organization_id = $1 and i.payout_id = $2 and i.id = e.id)
  group by 1
  order by 1
)sql"};

struct SeenRow {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(SeenRow, (), (id))
const db::Query<SeenRow(PayoutId, std::int32_t)> kSeen{"payouts.earnings_to_see", R"sql(
  select e.id::text as id
  from app.earnings e
  where e.organization_id = $1 and (e.payout_id = $2 or exists (
    select 1 from app.payout_items i where i.organization_id = $1 and i.payout_id = $2 and i.id = e.id))
  order by e.occurred_at, e.id
  limit $3
)sql"};

/// "2026-03".
earnings::Month month_of(std::string_view period) {
  return {Day::parse(fmt::format("{}-01", period)).value()};
}

earnings::Named rail_of(Rail rail, Language language) {
  const std::string code(json::enum_name(rail));
  return {code, say(language, "rail_" + code).text};
}

/// Of the staff's reader alone: runs are not the partners' business.
Task<> explain_run(db::Tx& tx, const Wording& by, const Payout& payout, Explanation& out) {
  if (tx.scope().partner_id) co_return;
  const auto run = co_await get_run(tx, payout.payout_run_id);
  const auto day = [&](Timestamp at) { return day_in_zone(at, by.zone); };
  out.from.push_back(run.period ? say(by.language, "payout_by_schedule", {{"period", month_of(*run.period)}})
                                : say(by.language, "payout_on_demand", {{"day", day(run.created_at)}}));
  out.from.push_back(say(by.language, "payout_cutoff", {{"day", day(run.cutoff_at)}}, run.cutoff_at));
  const auto settings = co_await identity::payout_settings(tx);
  const auto limit = std::ranges::find(settings.approval_limits, run.currency, &Money::currency);
  const bool is_large = limit != settings.approval_limits.end() && run.amount > limit->amount;
  out.from.push_back(say(by.language, "payout_approvals",
                         {{"count", run.approvals}, {"needed", std::int64_t{is_large ? 2 : 1}}},
                         run.approved_at));
}

Task<Explanation> explain_payout(db::Tx& tx, PayoutId id, GetExplanation query) {
  const auto payout = co_await get_payout(tx, id);
  const auto by = co_await earnings::wording(tx, query);
  const auto items = co_await tx.one(kItems, id);
  Explanation out{.kind = "payout",
                  .id = id.str(),
                  .language = by.language,
                  .decision = say(by.language, fmt::format("payout_{}", json::enum_name(payout.state)),
                                  {{"amount", Money{payout.amount, payout.currency}}},
                                  payout.settled_at ? payout.settled_at : payout.submitted_at),
                  .from = {},
                  .considered = {},
                  .not_payable = {},
                  .next = {},
                  .see = {},
                  .data = {}};
  if (items.count > 0)  // of what was taken out of a draft nothing is left
    out.from.push_back(say(by.language, "payout_of",
                           {{"count", items.count},
                            {"earned", Money{items.earned, payout.currency}},
                            {"back", Money{items.taken_back, payout.currency}}}));
  co_await explain_run(tx, by, payout, out);
  out.from.push_back(say(by.language, "payout_rail",
                         {{"holder", payout.holder_name},
                          {"rail", rail_of(payout.rail, by.language)},
                          {"hint", payout.account_hint}}));
  if (payout.sent_amount)
    out.from.push_back(say(
        by.language, "payout_exchange",
        {{"amount", Money{*payout.sent_amount, payout.sent_currency.value()}},
         {"rate", rates_text(json::parse<ledger::Exchange>(payout.exchange.value().str()), by.language)}}));
  if (payout.statement_number)
    out.from.push_back(say(by.language, "payout_statement", {{"number", *payout.statement_number}}));
  if (payout.reason)
    out.not_payable.push_back(say(by.language, "not_payable_failed", {{"reason", *payout.reason}}));
  std::string left;
  for (const auto& row : co_await tx.all(kLeft, id, payout.partner_id, payout.currency)) {
    out.considered.push_back(say(by.language, row.key,
                                 {{"count", row.count},
                                  {"amount", Money{row.amount, payout.currency}},
                                  {"day", day_in_zone(row.first_at, by.zone)}}));
    left += fmt::format(R"({}{{"key":"{}","earnings":{},"amount":{}}})", left.empty() ? "" : ",", row.key,
                        row.count, row.amount);
  }
  co_await explain_next(tx, by, payout, out);
  for (const auto& row : co_await tx.all(kSeen, id, kSeenMax)) out.see.push_back({"earning", row.id});
  out.data = JsonObject::trusted(fmt::format(
      R"({{"amount":{},"currency":"{}","earnings":{},"earned":{},"taken_back":{},"left_out":[{}]}})",
      payout.amount, payout.currency.code(), items.count, items.earned, items.taken_back, left));
  co_return out;
}

}  // namespace

Task<> explain_next(db::Tx& tx, const Wording& by, const Payout& payout, Explanation& out) {
  using enum PayoutState;
  const auto next = [&](std::string_view key, const std::vector<Given>& given = {},
                        std::optional<Timestamp> at = {}) {
    out.next.push_back(say(by.language, key, given, at));
  };
  switch (payout.state) {
    case draft: next("payout_next_approval"); break;
    case approved: next("payout_next_sending"); break;
    case submitting: next("payout_next_answer"); break;
    case submitted:
      next(payout.rail == Rail::bank || payout.rail == Rail::sepa ? "payout_next_bank"
                                                                  : "payout_next_answer");
      break;
    case unclaimed: {
      const Timestamp until = payout.submitted_at.value_or(payout.updated_at) + kClaimMax;
      next("payout_next_claim", {{"day", day_in_zone(until, by.zone)}}, until);
      break;
    }
    case paid: next("payout_next_nothing"); break;
    case removed:
    case failed:
    case returned: {
      const auto settings = co_await identity::payout_settings(tx);
      const Day day = earnings::next_payout_day(day_in_zone(tx.now(), by.zone), settings.payout_day);
      next("payout_next_again", {{"day", day}}, start_of_day(day, by.zone));
      break;
    }
  }
}

void declare_explanations(http::Routes& routes) {
  routes.tag("Explanations");
  routes.get("/api/explain/payout/{payout_id}", explain_payout)
      .says("Explain a payout")
      .explains(
          "Which earnings it is of, what is left out and why, who allowed it, where it goes and what happens next and "
          "when: sentences with keys and parameters, in the organization's language or the one asked for. A partner's own "
          "alone, without what concerns its run.")
      .allow(http::Access::partner)
      .needs(http::Permission::payouts_read)
      .as(db::Role::read);
  declare_earning_explanation(routes);
}

}  // namespace tandem::payouts
