// Every money verb with each of its database calls failing once, before it is sent and after the COMMIT: the
// invariants hold at once, and the same call again finishes the work and does it once.
#include <gtest/gtest.h>

#include "attribution/api.hpp"
#include "db/fault.hpp"
#include "earnings/api.hpp"
#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem {
namespace {

using test::member;

struct MoneyFaults : testing::Test {
  test::Story s;
  PartnerId partner = s.partner();
  int made = 0;

  void SetUp() override { s.deal(partner, RatePpm{100'000}); }
  void TearDown() override { db::set_fault_hook({}); }

  std::string body(std::string_view id) {
    return fmt::format(
        R"({{"external_id": "{}", "kind": "sale", "amount": {{"amount": 10000, "currency": "USD"}}, )"
        R"("partner_id": "{}", "occurred_at": "2026-03-05T10:00:00Z"}})",
        id, partner.str());
  }
  /// A sale of its own for one run; gives the conversion.
  std::string sale() {
    const auto answer = s.app.post("/api/conversions", body(fmt::format("o{}", ++made)));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return member(answer.body, "id");
  }
  earnings::EarningId earning_of(const std::string& conversion) {
    return *earnings::EarningId::parse(
        s.cell("select id::text from app.earnings where organization_id = $1 and reversal_id is null and "
               "conversion_id = '" +
               conversion + "'"));
  }
  std::string state_of(earnings::EarningId id) {
    return s.cell("select state from app.earnings where organization_id = $1 and id = '" + id.str() + "'");
  }
  std::int64_t end() {
    return s.tx(s.system, db::Role::money, [](db::Tx& tx) { return earnings::end_holds(tx, 1000); });
  }

  /// Runs `verb(arranged)` with the n-th fault point of this kind failing, for every n that it reaches, each
  /// time with a new arrangement; then once more without a fault. `is_done` says that it happened, once.
  template <class Arrange, class Verb, class Done>
  void sweep(Arrange arrange, Verb verb, Done is_done) {
    for (const auto point : {db::FaultPoint::before_call, db::FaultPoint::after_commit}) {
      bool was_reached = true;
      for (int n = 1; was_reached; ++n) {
        ASSERT_LT(n, 60);
        const auto arranged = arrange();
        int left = n;
        was_reached = false;
        db::set_fault_hook([&](db::FaultPoint at) {
          if (at != point || --left != 0) return;
          was_reached = true;
          throw db::DbError("08006", "", "made to fail", "");
        });
        verb(arranged);
        db::set_fault_hook({});
        const auto where = fmt::format("{} {}", point == db::FaultPoint::before_call ? "call" : "commit", n);
        EXPECT_EQ(s.differences(), "") << where;
        verb(arranged);
        EXPECT_TRUE(is_done(arranged)) << where;
        EXPECT_EQ(s.differences(), "") << where;
      }
    }
  }
  /// A verb by HTTP: the same request with the same key each time.
  test::Answer send(const std::string& path, const std::string& text, const std::string& key) {
    return s.app.call(http::Method::post, path, text,
                      {{"content-type", "application/json"}, {"idempotency-key", key}});
  }
  void refund(const std::string& conversion) {
    send("/api/conversions/" + conversion + "/reversals",
         R"({"external_id": "r)" + conversion +
             R"(", "kind": "refund", "amount": {"amount": 2500, "currency": "USD"},
                "occurred_at": "2026-03-06T10:00:00Z"})",
         "key-" + conversion);
  }
  /// A verb as code: whatever it throws is what a caller would see.
  template <class Work>
  void attempt(Work work) {
    try {
      s.tx(db::Role::money, work);
    } catch (const db::DbError&) {
      return;
    }
  }
};

TEST_F(MoneyFaults, AConversion) {
  sweep(
      [&] { return fmt::format("o{}", ++made); },
      [&](const std::string& name) { send("/api/conversions", body(name), "key-" + name); },
      [&](const std::string& name) {
        return s.cell(
                   "select count(*) from app.earnings e join app.conversions c on c.organization_id = $1 and c.id = "
                   "e.conversion_id where e.organization_id = $1 and c.external_id = '" +
                   name + "'") == "1";
      });
}

TEST_F(MoneyFaults, ARefundInTheHold) {
  sweep(
      [&] { return sale(); }, [&](const std::string& conversion) { refund(conversion); },
      [&](const std::string& conversion) {
        return s.cell(
                   "select string_agg(amount::text, ' ' order by amount) from app.earnings where organization_id = $1 "
                   "and conversion_id = '" +
                   conversion + "'") == "-250 1000";
      });
}

TEST_F(MoneyFaults, ARefundOfWhatWasPaid) {
  const auto arrange = [&] {
    const auto conversion = sale();
    end();
    s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
      // With what the runs before left owed back.
      const earnings::PayoutId payout{new_uuid()};
      std::vector<earnings::EarningId> ids;
      const auto text = s.cell(
          "select string_agg(id::text, ',') from app.earnings where organization_id = $1 and state = 'due'");
      for (std::size_t at = 0; at < text.size(); at += 37)
        ids.push_back(*earnings::EarningId::parse(text.substr(at, 36)));
      co_await earnings::take_into_payout(tx, payout, ids);
      co_await earnings::pay(tx, payout, ids);
    });
    return conversion;
  };
  sweep(
      arrange, [&](const std::string& conversion) { refund(conversion); },
      [&](const std::string& conversion) {
        return s.cell(
                   "select string_agg(state || amount::text, ' ' order by amount) from app.earnings where "
                   "organization_id = $1 and conversion_id = '" +
                   conversion + "'") == "due-250 paid1000";
      });
}

TEST_F(MoneyFaults, TheEndOfAHold) {
  sweep([&] { return earning_of(sale()); },
        [&](earnings::EarningId) {
          attempt([](db::Tx& tx) -> Task<> { co_await earnings::end_holds(tx, 1000); });
        },
        [&](earnings::EarningId id) { return state_of(id) == "due"; });
}

TEST_F(MoneyFaults, APayoutTakesPaysAndGivesBack) {
  using Ids = std::vector<earnings::EarningId>;
  using Verb = Task<std::vector<earnings::MovedEarning>> (*)(db::Tx&, earnings::PayoutId, Ids);
  struct Step {
    Verb verb;
    std::string_view before, after;
  };
  const std::array steps{Step{earnings::take_into_payout, "due", "in_payout"},
                         Step{earnings::give_back_from_payout, "in_payout", "due"},
                         Step{earnings::pay, "in_payout", "paid"},
                         Step{earnings::give_back_paid, "paid", "due"}};
  for (const auto& step : steps) {
    const earnings::PayoutId payout{new_uuid()};
    const auto arrange = [&] {
      const auto id = earning_of(sale());
      end();
      s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
        if (step.before != "due") co_await earnings::take_into_payout(tx, payout, {id});
        if (step.before == "paid") co_await earnings::pay(tx, payout, {id});
      });
      return id;
    };
    sweep(
        arrange,
        [&](earnings::EarningId id) {
          attempt([&](db::Tx& tx) -> Task<> { co_await step.verb(tx, payout, {id}); });
        },
        [&](earnings::EarningId id) { return state_of(id) == step.after; });
  }
}

TEST_F(MoneyFaults, AHoldAndItsRelease) {
  sweep([&] { return earning_of(sale()); },
        [&](earnings::EarningId id) {
          send("/api/earnings/" + id.str() + "/hold", R"({"note": "?"})", "hold-" + id.str());
        },
        [&](earnings::EarningId id) { return state_of(id) == "held"; });
  sweep(
      [&] {
        const auto id = earning_of(sale());
        s.app.post("/api/earnings/" + id.str() + "/hold", R"({"note": "?"})");
        return id;
      },
      [&](earnings::EarningId id) {
        s.app.call(http::Method::post, "/api/earnings/" + id.str() + "/release", {},
                   {{"idempotency-key", "release-" + id.str()}});
      },
      [&](earnings::EarningId id) { return state_of(id) == "pending"; });
}

TEST_F(MoneyFaults, ADispute) {
  for (const auto state : {attribution::DisputeState::open, attribution::DisputeState::lost})
    sweep(
        [&] {
          end();
          sale();
          return fmt::format("o{}", made);
        },
        [&](const std::string& name) {
          attempt([&](db::Tx& tx) -> Task<> {
            co_await attribution::record_dispute(
                tx, {"api", "d" + name, name, state, *Timestamp::parse("2026-03-07T10:00:00Z")});
          });
        },
        [&](const std::string& name) {
          return s.cell(
                     "select string_agg(distinct e.state, ' ') from app.earnings e join app.conversions c on "
                     "c.organization_id = $1 and c.id = e.conversion_id where e.organization_id = $1 and c.external_id = '" +
                     name + "'") == (state == attribution::DisputeState::open ? "held" : "cancelled");
        });
}

TEST_F(MoneyFaults, AWriteOffAndItsApproval) {
  const ActorId asking{new_uuid()}, approving{new_uuid()};
  const auto owe_back = [&] {
    partner = s.partner();  // who owes nothing yet
    s.deal(partner, RatePpm{100'000});
    const auto conversion = sale();
    end();
    const earnings::PayoutId payout{new_uuid()};
    const auto id = earning_of(conversion);
    s.tx(db::Role::money, [&](db::Tx& tx) -> Task<> {
      co_await earnings::take_into_payout(tx, payout, {id});
      co_await earnings::pay(tx, payout, {id});
    });
    s.app.post("/api/conversions/" + conversion + "/reversals",
               R"({"external_id": "r)" + conversion +
                   R"(", "kind": "refund", "amount": {"amount": 10000, "currency": "USD"},
                    "occurred_at": "2026-03-06T10:00:00Z"})");
    return conversion;
  };
  const auto request = [&](const std::string& key) {
    s.app.principal.scope.actor_id = asking;
    return send("/api/partners/" + partner.str() + "/write-offs",
                R"({"amount": {"amount": 1000, "currency": "USD"}, "reason": ")" + key + R"("})",
                "ask-" + key);
  };
  const auto state_of_write_off = [&](const std::string& key) {
    return s.cell(
        "select string_agg(state, ' ') from app.write_offs where organization_id = $1 and reason = '" + key +
        "'");
  };
  sweep(owe_back, request, [&](const std::string& key) { return state_of_write_off(key) == "requested"; });
  s.app.principal.scope.actor_id = asking;
  const auto owed_back = [&] {
    return s.cell(
        "select sum(balance) from app.accounts where organization_id = $1 and code = 'asset.clawback_receivable'");
  };
  std::string before;
  sweep(
      [&] {
        const auto key = owe_back();
        auto id = member(request(key).body, "id");
        before = owed_back();
        return id;
      },
      [&](const std::string& id) {
        s.app.principal.scope.actor_id = approving;
        s.app.call(http::Method::post, "/api/write-offs/" + id + "/approval", {},
                   {{"idempotency-key", "yes-" + id}});
      },
      [&](const std::string& id) {
        return s.cell("select state from app.write_offs where organization_id = $1 and id = '" + id + "'") ==
                   "approved" &&
               std::stoll(before) - std::stoll(owed_back()) == 1000;
      });
}

}  // namespace
}  // namespace tandem
