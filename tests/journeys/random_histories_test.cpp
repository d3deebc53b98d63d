// Random histories of sales, refunds, disputes, ends of holds, reviews, payouts and changes of rates, in
// random order and with duplicates, against a model that knows only the rules: what each sale earned, what is
// left of it, and who was paid what. TANDEM_HISTORIES says how many sales (some hundreds unless told),
// TANDEM_SEED which chance.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "attribution/api.hpp"
#include "earnings/api.hpp"
#include "support/story.hpp"

namespace tandem {
namespace {

using earnings::EarningId;
using earnings::PayoutId;

std::int64_t setting(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoll(text);
}

struct Sale {
  std::size_t partner = 0;
  std::int64_t amount = 0, refunded = 0, rate_ppm = 0, day = 0;
  int refunds = 0;
  bool was_disputed = false;
};

struct RandomHistories : testing::Test {
  test::Story s;
  std::mt19937_64 chance{static_cast<std::uint64_t>(setting("TANDEM_SEED", 1))};
  std::vector<PartnerId> partners;
  std::vector<std::map<std::int64_t, std::int64_t>> rates;  // of each partner: day it begins, ppm
  std::vector<Sale> sales;
  // What the sales of each partner earned, before refunds, and what is left of that.
  std::vector<std::int64_t> earned_of, left_of;
  std::map<PartnerId, std::int64_t> taken;  // into payouts and not given back
  std::map<EarningId, PayoutId> in_payout;
  std::set<EarningId> paid;

  std::int64_t below(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most - 1)(chance);
  }
  static Timestamp at(std::int64_t day) {
    return *Timestamp::parse("2025-01-01T12:00:00Z") + std::chrono::hours{24 * day};
  }

  void make_partners(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      partners.push_back(s.partner());
      rates.emplace_back();
      earned_of.push_back(0);
      left_of.push_back(0);
      partners::CreateDeal request;
      request.name = Text<1, 200>::parse("Deal").value();
      std::map<std::int64_t, std::int64_t>& mine = rates.back();
      mine[0] = 10'000 * (1 + below(30));
      request.valid_from = at(0) - std::chrono::hours{12};
      request.terms = {test::FeatureFixture::percentage(RatePpm{mine[0]})};
      s.tx(db::Role::write, [&](db::Tx& tx) -> Task<> {
        const auto made = co_await partners::create_deal(tx, partners.back(), request);
        // The rate changes while the deal is a draft: later versions of the past.
        for (const std::int64_t day : {20, 40}) {
          partners::CreateDealVersion version;
          version.valid_from = at(day) - std::chrono::hours{12};
          mine[day] = 10'000 * (1 + below(30));
          version.terms = {test::FeatureFixture::percentage(RatePpm{mine[day]})};
          co_await partners::create_version(tx, made.id, version);
        }
        co_await partners::activate_deal(tx, made.id);
      });
    }
  }

  static attribution::ConversionFacts facts_of(const Sale& sale, std::size_t number, PartnerId partner) {
    attribution::ConversionFacts out;
    out.source = "api";
    out.external_id = fmt::format("s{}", number);
    out.kind = attribution::ConversionKind::sale;
    out.who.partner_id = partner;
    out.gross = Decimal{sale.amount, 2};
    out.currency = *Currency::parse("USD");
    out.occurred_at = at(sale.day);
    return out;
  }

  void sell(std::size_t count) {
    std::vector<attribution::ConversionFacts> batch;
    for (std::size_t i = 0; i < count; ++i) {
      Sale sale{.partner = static_cast<std::size_t>(below(static_cast<std::int64_t>(partners.size()))),
                .amount = 1 + below(50'000),
                .day = below(60)};
      sale.rate_ppm = std::prev(rates[sale.partner].upper_bound(sale.day))->second;
      sales.push_back(sale);
      earned_of[sale.partner] += commission(sale);
      left_of[sale.partner] += left(sale);
      batch.push_back(facts_of(sale, sales.size() - 1, partners[sale.partner]));
    }
    // Some come twice, also such as were told long ago.
    for (std::size_t i = 0; i < count / 5 + 1; ++i) {
      const auto again = static_cast<std::size_t>(below(static_cast<std::int64_t>(sales.size())));
      batch.push_back(facts_of(sales[again], again, partners[sales[again].partner]));
    }
    std::ranges::shuffle(batch, chance);
    money([&](db::Tx& tx) -> Task<> { co_await attribution::record_conversions(tx, batch); });
  }

  void refund(std::size_t count) {
    std::vector<attribution::ReversalFacts> batch;
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = static_cast<std::size_t>(below(static_cast<std::int64_t>(sales.size())));
      Sale& sale = sales[number];
      attribution::ReversalFacts out;
      out.source = "api";
      out.external_id = fmt::format("r{}-{}", number, sale.refunds);
      out.kind = below(4) == 0 ? attribution::ReversalKind::credit_note : attribution::ReversalKind::refund;
      out.conversion = fmt::format("s{}", number);
      // All of it, a part, or more than is left.
      const std::int64_t wanted = below(3) == 0 ? sale.amount : 1 + below(sale.amount);
      out.amount = Decimal{wanted, 2};
      out.currency = *Currency::parse("USD");
      out.occurred_at = at(sale.day + 1);
      if (sale.refunded < sale.amount) ++sale.refunds;
      refunded(sale, wanted);
      batch.push_back(out);
      if (below(5) == 0) batch.push_back(out);  // told twice
    }
    money([&](db::Tx& tx) -> Task<> { co_await attribution::record_reversals(tx, batch); });
  }

  void dispute() {
    const auto number = static_cast<std::size_t>(below(static_cast<std::int64_t>(sales.size())));
    Sale& sale = sales[number];
    if (std::exchange(sale.was_disputed, true)) return;
    const auto say = [&](attribution::DisputeState state) {
      const attribution::DisputeFacts facts{"api", fmt::format("d{}", number), fmt::format("s{}", number),
                                            state, at(sale.day + 2)};
      money([&](db::Tx& tx) -> Task<> { co_await attribution::record_dispute(tx, facts); });
    };
    say(attribution::DisputeState::open);
    if (below(2) == 0) refund(1);
    const auto end = below(3);
    if (end == 0) return;  // still open
    say(end == 1 ? attribution::DisputeState::won : attribution::DisputeState::lost);
    if (end == 2) refunded(sale, sale.amount);
  }

  /// Everything that is due to a partner, if it is more than nothing, goes into a payout; some come back.
  void pay_out() {
    const auto index = static_cast<std::size_t>(below(static_cast<std::int64_t>(partners.size())));
    const PartnerId partner = partners[index];
    const auto text = s.cell(
        "select coalesce(string_agg(id::text, ',' order by id), '') from app.earnings where organization_id = $1 "
        "and state = 'due' and partner_id = '" +
        partner.str() + "'");
    std::vector<EarningId> ids;
    for (std::size_t i = 0; i + 36 <= text.size(); i += 37)
      ids.push_back(*EarningId::parse(text.substr(i, 36)));
    if (ids.empty()) return;
    const PayoutId payout{new_uuid()};
    std::int64_t sum = 0;
    try {
      for (const auto& one : take(payout, ids)) {
        EXPECT_TRUE(in_payout.emplace(one.id, payout).second) << "an earning in two payouts";
        sum += one.amount;
      }
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.kind().code, "owed_back_first");
      return;
    }
    taken[partner] += sum;
    EXPECT_LE(taken[partner], earned_of[index]) << "more than was ever earned";
    const auto end = below(4);
    if (end == 0 || sum < 0) {
      EXPECT_EQ(move(earnings::give_back_from_payout, payout, ids), ids.size());
    } else {
      EXPECT_EQ(move(earnings::pay, payout, ids), ids.size());
      if (end == 1) {
        EXPECT_EQ(move(earnings::give_back_paid, payout, ids), ids.size());
      } else {
        paid.insert(ids.begin(), ids.end());
        return;
      }
    }
    taken[partner] -= sum;
    for (const auto& id : ids) in_payout.erase(id);
  }

  template <class Work>
  void money(Work work) {
    s.tx(s.system, db::Role::money, work);
  }
  std::vector<earnings::MovedEarning> take(PayoutId payout, const std::vector<EarningId>& ids) {
    return s.tx(s.system, db::Role::money,
                [&](db::Tx& tx) { return earnings::take_into_payout(tx, payout, ids); });
  }
  template <class Verb>
  std::size_t move(Verb verb, PayoutId payout, const std::vector<EarningId>& ids) {
    return s.tx(s.system, db::Role::money,
                [&](db::Tx& tx) -> Task<std::size_t> { co_return (co_await verb(tx, payout, ids)).size(); });
  }
  void end_holds() {
    money([&](db::Tx& tx) -> Task<> { co_await earnings::end_holds(tx, static_cast<int>(1 + below(500))); });
  }

  static std::int64_t commission(const Sale& sale) {
    return (sale.amount * sale.rate_ppm + 500'000) / 1'000'000;
  }
  static std::int64_t left(const Sale& sale) {
    return (2 * commission(sale) * (sale.amount - sale.refunded) + sale.amount) / (2 * sale.amount);
  }
  /// Nothing is summed up over all sales at each step: a history of many would take its square.
  void refunded(Sale& sale, std::int64_t amount) {
    auto& sum = left_of.at(sale.partner);
    sum -= left(sale);
    sale.refunded = std::min(sale.amount, sale.refunded + amount);
    sum += left(sale);
  }
};

TEST_F(RandomHistories, AddUpToWhatTheModelKnows) {
  const std::int64_t histories = setting("TANDEM_HISTORIES", 200);
  make_partners(static_cast<std::size_t>(std::clamp<std::int64_t>(histories / 100, 4, 200)));
  const auto batch = static_cast<std::size_t>(std::clamp<std::int64_t>(histories / 40, 5, 300));
  sell(batch);
  std::int64_t steps = 0;
  while (static_cast<std::int64_t>(sales.size()) < histories || below(20) != 0) {
    switch (below(6)) {
      case 0: sell(batch); break;
      case 1: refund(batch / 2); break;
      case 2: dispute(); break;
      case 3: end_holds(); break;
      default: pay_out(); break;
    }
    if (++steps % 100 == 0) ASSERT_EQ(s.differences(), "") << "step " << steps;
  }
  EXPECT_EQ(s.differences(), "");
  for (std::size_t i = 0; i < partners.size(); ++i) {
    const auto id = partners[i].str();
    EXPECT_EQ(
        s.cell(
            "select coalesce(sum(amount), 0)::text from app.earnings where organization_id = $1 and partner_id = '" +
            id + "'"),
        std::to_string(left_of[i]));
    EXPECT_EQ(
        s.cell(
            "select coalesce(sum(amount), 0)::text from app.earnings where organization_id = $1 and state = 'paid' "
            "and partner_id = '" +
            id + "'"),
        std::to_string(taken[partners[i]]));
  }
  EXPECT_EQ(s.cell("select count(*)::text from app.earnings where organization_id = $1 and state = 'paid'"),
            std::to_string(paid.size()));
  EXPECT_EQ(
      s.cell(
          "select coalesce(sum(-total), 0)::text from app.account_totals where organization_id = $1 and code = "
          "'asset.bank'"),
      s.cell(
          "select coalesce(sum(amount), 0)::text from app.earnings where organization_id = $1 and state = 'paid'"));
}

}  // namespace
}  // namespace tandem
