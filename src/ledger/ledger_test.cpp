#include <gtest/gtest.h>

#include "ledger/api.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::ledger {
namespace {

using db::DbError;
using db::Role;

struct Ledger : testing::Test {
  test::FeatureFixture f;
  PartnerId partner = f.partner();
  Money usd(std::int64_t amount) const { return {amount, Currency::parse("USD").value()}; }
  void post_all(std::vector<Posting> postings) {
    f.tx(Role::money, [&](db::Tx& tx) -> Task<> {
      post(tx, postings);
      co_return;
    });
  }
  std::string code_of(std::vector<Posting> postings) {
    try {
      post_all(std::move(postings));
    } catch (const DbError& error) {
      return error.sqlstate() + " " + error.constraint();
    }
    return "posted";
  }
  std::string shown() {
    return f.tx(Role::read, [&](db::Tx& tx) -> Task<std::string> {
      std::string out;
      for (const auto& row : co_await balances(tx, partner))
        out += fmt::format("{} {} {}; ", row.code, row.currency.code(), row.balance);
      co_return out;
    });
  }
  std::size_t wrong() {
    return f.tx(Role::read,
                [](db::Tx& tx) -> Task<std::size_t> { co_return (co_await reconcile(tx)).size(); });
  }
};

TEST_F(Ledger, PostsBalancesAndAddsUp) {
  const Uuid a = new_uuid(), b = new_uuid();
  post_all({commission_earned(a, partner, usd(500)),
            commission_earned(b, partner, {300, Currency::parse("EUR").value()}),
            commission_taken_back_in_hold(new_uuid(), partner, usd(200))});
  EXPECT_EQ(shown(), "liab.commission_held EUR 300; liab.commission_held USD 300; ");
  Position position{.partner_id = partner, .currency = usd(0).currency};
  post_all({Posting{"test", "owed back", partner, due_legs(position, Counter::commission, -70)}});
  EXPECT_EQ(shown(),
            "asset.clawback_receivable USD 70; liab.commission_held EUR 300; liab.commission_held USD 300; ");
  EXPECT_EQ(wrong(), 0U);
}

TEST_F(Ledger, OneKeyIsOnePosting) {
  const Uuid a = new_uuid();
  post_all({commission_earned(a, partner, usd(500))});
  post_all({commission_earned(a, partner, usd(500))});
  EXPECT_EQ(shown(), "liab.commission_held USD 500; ");
  EXPECT_EQ(code_of({commission_earned(a, partner, usd(501))}), "P0422 ");
  EXPECT_EQ(shown(), "liab.commission_held USD 500; ");
  EXPECT_EQ(wrong(), 0U);
}

TEST_F(Ledger, NoPartnerAccountGoesBelowZero) {
  post_all({commission_earned(new_uuid(), partner, usd(500))});
  EXPECT_EQ(code_of({commission_taken_back_in_hold(new_uuid(), partner, usd(501))}), "23514 accounts_floor");
  EXPECT_EQ(code_of({commission_taken_back_in_hold(new_uuid(), partner, usd(500))}), "posted");
  EXPECT_EQ(code_of({commission_taken_back_in_hold(new_uuid(), partner, usd(1))}), "23514 accounts_floor");
  EXPECT_EQ(wrong(), 0U);
}

TEST_F(Ledger, AFailedTransactionLeavesNothing) {
  EXPECT_EQ(code_of({commission_earned(new_uuid(), partner, usd(5)),
                     commission_taken_back_in_hold(new_uuid(), partner, usd(6))}),
            "23514 accounts_floor");
  EXPECT_EQ(f.peek("select count(*) from app.postings where organization_id = $1", {f.organization_id.str()}),
            "0");
}

TEST_F(Ledger, IsHistory) {
  post_all({commission_earned(new_uuid(), partner, usd(500))});
  for (const auto* sql : {"update app.transfers set amount = 1 where organization_id = $1 returning 1",
                          "delete from app.transfers where organization_id = $1 returning 1",
                          "delete from app.postings where organization_id = $1 returning 1"})
    EXPECT_THROW(f.peek(sql, {f.organization_id.str()}), DbError) << sql;
}

TEST_F(Ledger, OnlyTheMoneyRoleWrites) {
  EXPECT_THROW(f.tx(Role::write,
                    [&](db::Tx& tx) -> Task<> {
                      post(tx, std::vector{commission_earned(new_uuid(), partner, usd(5))});
                      co_return;
                    }),
               DbError);
  EXPECT_EQ(shown(), "");
}

TEST_F(Ledger, AccountsHaveTheSameIdEverywhere) {
  const Account account{"liab.commission_held", partner, Currency::parse("USD").value()};
  EXPECT_EQ(account_id(f.organization_id, account), account_id(f.organization_id, account));
  Account other = account;
  other.currency = Currency::parse("EUR").value();
  EXPECT_NE(account_id(f.organization_id, account), account_id(f.organization_id, other));
  EXPECT_NE(account_id(f.organization_id, account), account_id(OrganizationId{new_uuid()}, account));
  post_all({commission_earned(new_uuid(), partner, usd(5))});
  EXPECT_EQ(
      f.peek("select id::text from app.accounts where organization_id = $1 and code = 'liab.commission_held'",
             {f.organization_id.str()}),
      account_id(f.organization_id, account).str());
}

}  // namespace
}  // namespace tandem::ledger
