#include "db/tx.hpp"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "support/fixture.hpp"
#include "support/test_database.hpp"

namespace tandem::db {
namespace {

using test::Fixture;

struct Partner {
  PartnerId id;
  std::string name;
  std::optional<std::string> website;
};
BOOST_DESCRIBE_STRUCT(Partner, (), (id, name, website))
struct Count {
  std::int64_t count;
};
BOOST_DESCRIBE_STRUCT(Count, (), (count))
struct Words {
  std::string word;
};
BOOST_DESCRIBE_STRUCT(Words, (), (word))

const Query<Nothing(PartnerId, std::string)> kAdd{"test.add_partner", R"sql(
    insert into app.partners (organization_id, id, kind, slug, name)
    values ($1, $2, 'affiliate', $3, $3))sql"};
const Query<Words(PartnerId, std::string)> kClaim{"test.claim_partner", R"sql(
    insert into app.partners (organization_id, id, kind, slug, name) values ($1, $2, 'affiliate', $3, $3)
    on conflict do nothing returning slug as word)sql"};
const Query<Partner()> kAll{"test.partners", R"sql(
    select id, name, website from app.partners where organization_id = $1 order by slug)sql"};
const Query<Count()> kCount{"test.count_partners", R"sql(
    select count(*) as count from app.partners where organization_id = $1)sql"};
// The walls alone decide: the parameter is used, but not as a filter.
const Query<Count()> kVisible{"test.count_visible", R"sql(
    select count(*) as count from app.partners where $1::uuid is not null)sql"};
const Query<Words()> kContext{"test.context", R"sql(
    select coalesce(current_setting('app.organization_id', true), '') || ' ' ||
           coalesce(current_setting('app.actor_kind', true), '') || ' ' ||
           coalesce(current_setting('app.partner_id', true), '') as word where $1::uuid is not null)sql"};
const Query<Count()> kFails{"test.fails", R"sql(
    select 1 / 0::bigint as count where $1::uuid is not null)sql"};
const Query<Nothing(PartnerId, std::string)> kRename{"test.rename_partner", R"sql(
    update app.partners set name = $3 where organization_id = $1 and id = $2)sql"};
const Query<Nothing(PartnerId, std::string)> kMoveSite{"test.move_site", R"sql(
    update app.partners set website = $3 where organization_id = $1 and id = $2)sql"};
const Query<Words(PartnerId)> kSite{"test.site", R"sql(
    select website as word from app.partners where organization_id = $1 and id = $2)sql"};

PartnerId add(Fixture& f, std::string slug) {
  const PartnerId id{new_uuid()};
  f.tx(Role::write, [&](Tx& tx) -> Task<> { co_await tx.exec(kAdd, id, slug); });
  return id;
}

TEST(Tx, StartsWithTheFirstStatementAndCommits) {
  Fixture f;
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::write);
    const auto before = lease->round_trips();
    Tx tx(*lease, g.staff, Role::write);
    EXPECT_FALSE(tx.is_begun());
    EXPECT_EQ(co_await tx.exec(kAdd, PartnerId{new_uuid()}, "one"), 1);
    EXPECT_TRUE(lease->in_transaction());
    co_await tx.commit();
    EXPECT_FALSE(lease->in_transaction());
    EXPECT_EQ(lease->round_trips() - before, 2);
  }(f));
  const auto all = f.tx(Role::read, [](Tx& tx) { return tx.all(kAll); });
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "one");
  EXPECT_FALSE(all[0].website);
}

TEST(Tx, AnEmptyTransactionNeverReachesTheServer) {
  Fixture f;
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::write);
    const auto before = lease->round_trips();
    Tx tx(*lease, g.staff, Role::write);
    co_await tx.commit();
    co_await tx.rollback();
    EXPECT_EQ(lease->round_trips(), before);
  }(f));
}

TEST(Tx, LaterTravelsWithTheCommit) {
  Fixture f;
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::write);
    const auto before = lease->round_trips();
    Tx tx(*lease, g.staff, Role::write);
    tx.later(kAdd, PartnerId{new_uuid()}, "late");
    tx.later(kAdd, PartnerId{new_uuid()}, "later");
    co_await tx.commit();
    EXPECT_EQ(lease->round_trips() - before, 1);
  }(f));
  EXPECT_EQ(f.tx(Role::read, [](Tx& tx) { return tx.one(kCount); }).count, 2);
}

TEST(Tx, RolledBackWorkIsGoneAndAQueueIsDropped) {
  Fixture f;
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::write);
    {
      Tx tx(*lease, g.staff, Role::write);
      co_await tx.exec(kAdd, PartnerId{new_uuid()}, "gone");
      tx.later(kAdd, PartnerId{new_uuid()}, "never-sent");
      co_await tx.rollback();
    }
    EXPECT_FALSE(lease->in_transaction());
    Tx tx(*lease, g.staff, Role::write);
    EXPECT_EQ((co_await tx.one(kCount)).count, 0);
    co_await tx.commit();
  }(f));
}

// A prepared statement survives a rollback. One whose Parse came after a failure was never made.
TEST(Tx, PreparedStatementsAfterFailuresAndRollbacks) {
  Fixture f;
  add(f, "taken");
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::write);
    for (int i = 0; i < 3; ++i) {
      Tx tx(*lease, g.staff, Role::write);
      tx.later(kAdd, PartnerId{new_uuid()}, "taken");  // fails
      std::string sqlstate, constraint;
      try {
        co_await tx.all(kAll);  // its Parse is behind the failure the first time
      } catch (const DbError& error) {
        sqlstate = error.sqlstate();
        constraint = error.constraint();
        EXPECT_EQ(error.query(), "test.add_partner");
      }
      EXPECT_EQ(sqlstate, "23505");
      EXPECT_EQ(constraint, "partners_slug_key");
      co_await tx.rollback();
      Tx next(*lease, g.staff, Role::write);
      EXPECT_EQ((co_await next.all(kAll)).size(), 1U);
      co_await next.rollback();
    }
  }(f));
}

TEST(Tx, ACheckIsMadeBeforeTheErrorOfALaterStatement) {
  Fixture f;
  add(f, "taken");
  class Refused {};
  const auto attempt = [&](std::string slug) {
    return f.tx(Role::write, [&, slug](Tx& tx) -> Task<> {
      tx.later_checked(
          kClaim,
          [](const Result& result) {
            if (result.rows() == 0) throw Refused();
          },
          PartnerId{new_uuid()}, slug);
      co_await tx.exec(kAdd, PartnerId{new_uuid()}, "taken");  // fails in any case
    });
  };
  EXPECT_THROW(attempt("taken"), Refused);
  EXPECT_THROW(attempt("free"), DbError);
  EXPECT_EQ(f.tx(Role::read, [](Tx& tx) { return tx.one(kCount); }).count, 1);
}

TEST(Tx, ChecksRunInOrderAndAFailedOneStopsTheCommit) {
  Fixture f;
  std::vector<int> seen;
  f.tx(Role::write, [&](Tx& tx) -> Task<> {
    for (int i = 0; i < 3; ++i)
      tx.later_checked(
          kClaim, [&seen, i](const Result& r) { seen.push_back(i * 10 + r.rows()); }, PartnerId{new_uuid()},
          "n" + std::to_string(i / 2));
    co_return;
  });
  EXPECT_EQ(seen, (std::vector<int>{1, 10, 21}));
  class Refused {};
  EXPECT_THROW(f.tx(Role::write,
                    [&](Tx& tx) -> Task<> {
                      tx.later(kAdd, PartnerId{new_uuid()}, "must-not-stay");
                      tx.later_checked(
                          kClaim, [](const Result&) { throw Refused(); }, PartnerId{new_uuid()}, "nor-this");
                      co_return;
                    }),
               Refused);
  EXPECT_EQ(f.tx(Role::read, [](Tx& tx) { return tx.one(kCount); }).count, 2);
}

TEST(Tx, AFailedLaterFailsTheCommitAndLeavesTheConnectionUsable) {
  Fixture f;
  add(f, "taken");
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::write);
    Tx tx(*lease, g.staff, Role::write);
    tx.later(kAdd, PartnerId{new_uuid()}, "new");
    tx.later(kAdd, PartnerId{new_uuid()}, "taken");
    std::string sqlstate;
    try {
      co_await tx.commit();
    } catch (const DbError& error) {
      sqlstate = error.sqlstate();
    }
    EXPECT_EQ(sqlstate, "23505");
    co_await tx.rollback();
    EXPECT_FALSE(lease->is_dead());
    EXPECT_FALSE(lease->in_transaction());
    Tx next(*lease, g.staff, Role::write);
    EXPECT_EQ((co_await next.one(kCount)).count, 1);
    co_await next.commit();
  }(f));
}

TEST(Tx, ACommitThatAnswersRollbackIsAnError) {
  Fixture f;
  add(f, "taken");
  std::string sqlstate;
  try {
    f.tx(Role::write, [](Tx& tx) -> Task<> {
      try {
        co_await tx.exec(kAdd, PartnerId{new_uuid()}, "taken");
      } catch (const DbError&) {
        co_return;  // what no handler may do
      }
    });
  } catch (const DbError& error) {
    sqlstate = error.sqlstate();
  }
  EXPECT_EQ(sqlstate, "25P02");
}

TEST(Tx, ReadTransactionsCannotWrite) {
  Fixture f;
  std::string sqlstate;
  try {
    f.tx(Role::read, [](Tx& tx) -> Task<> { co_await tx.exec(kAdd, PartnerId{new_uuid()}, "x"); });
  } catch (const DbError& error) {
    sqlstate = error.sqlstate();
  }
  EXPECT_TRUE(sqlstate == "25006" || sqlstate == "42501") << sqlstate;
}

TEST(Tx, AReadThatOnlyQueuedIsCommittedInOneRoundTrip) {
  Fixture f;
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::read);
    const auto before = lease->round_trips();
    Tx tx(*lease, g.staff, Role::read);
    tx.later(kAdd, PartnerId{new_uuid()}, "refused");
    EXPECT_THROW(co_await tx.commit(), DbError);
    co_await tx.rollback();
    Tx next(*lease, g.staff, Role::read);
    bool seen = false;
    next.later_checked(kCount, [&](const Result& result) { seen = result.rows() == 1; });
    co_await next.commit();
    EXPECT_TRUE(seen);
    EXPECT_FALSE(lease->in_transaction());
    EXPECT_EQ(lease->round_trips() - before, 2);
  }(f));
}

TEST(Tx, TogetherIsOneRoundTrip) {
  Fixture f;
  add(f, "first");
  add(f, "second");
  f.run([](Fixture& g) -> Task<> {
    auto lease = co_await g.pool.acquire(Role::read);
    Tx tx(*lease, g.staff, Role::read);
    const auto before = lease->round_trips();
    const auto [partners, count] = co_await tx.together(call(kAll), call(kCount));
    EXPECT_EQ(lease->round_trips() - before, 1);
    EXPECT_EQ(partners.size(), 2U);
    EXPECT_EQ(count.at(0).count, 2);
    co_await tx.commit();
  }(f));
}

TEST(Tx, ManyRowsAndLargeParameters) {
  Fixture f;
  const std::string large(3'000'000, 'x');  // more than the socket's buffers hold
  const auto id = add(f, "large");
  f.tx(Role::write, [&](Tx& tx) -> Task<> {
    for (int i = 0; i < 4; ++i) tx.later(kMoveSite, id, large + std::to_string(i));
    EXPECT_EQ((co_await tx.one(kSite, id)).word, large + "3");
  });
}

// The context of one transaction must never reach the next one on the same connection.
void expect_no_leak(bool distributed) {
  Fixture a, b;
  const auto partner_a = add(a, "only-a");
  add(a, "second");
  add(b, "only-b");
  a.run([](Fixture& f, Fixture& g, PartnerId partner, bool across_nodes) -> Task<> {
    auto lease = co_await f.pool.acquire(Role::read);
    EXPECT_EQ(lease->is_distributed(), across_nodes);
    for (int i = 0; i < 10'000; ++i) {
      const bool ours = i % 2 == 0, as_partner = i % 4 == 0;
      const auto& scope = ours ? (as_partner ? f.partner(partner) : f.staff) : g.staff;
      Tx tx(*lease, scope, Role::read);
      const auto [visible, context] = co_await tx.together(call(kVisible), call(kContext));
      if (i % 5 == 0) {
        EXPECT_THROW(co_await tx.one(kFails), DbError);
      }
      if (i % 3 == 0 || i % 5 == 0)
        co_await tx.rollback();
      else
        co_await tx.commit();
      const std::string words =
          scope.organization_id.str() + " " + (as_partner ? "partner " + partner.str() : "staff ");
      if (context.at(0).word != words || visible.at(0).count != (ours && !as_partner ? 2 : 1)) {
        ADD_FAILURE() << i << ": " << context.at(0).word << ", " << visible.at(0).count << " rows";
        break;
      }
    }
    lease->send(kContext, {f.organization_id.str()});
    const auto outside = co_await lease->drain();
    EXPECT_EQ(outside.at(0).cell(0, 0), "  ");
    lease->send("select count(*) from pg_prepared_statements where statement ~ 'set_config'", true);
    const auto prepared = co_await lease->drain();
    EXPECT_EQ(prepared.at(0).cell(0, 0), across_nodes ? "0" : "1");
  }(a, b, partner_a, distributed));
  a.tx(Role::write, [&](Tx& tx) -> Task<> { co_await tx.exec(kRename, partner_a, "renamed"); });
  const auto partners = a.tx(Role::read, [](Tx& tx) { return tx.all(kAll); });
  ASSERT_EQ(partners.size(), 2U);
  EXPECT_EQ(partners[0].name, "renamed");
}

TEST(Tx, ContextNeverLeaks) { expect_no_leak(false); }

// PostgreSQL says that it has the extension, so the server speaks as it must with Citus.
TEST(Tx, ContextNeverLeaksWithSettingsForNodes) {
  auto& admin = test::TestDatabase::instance().admin();
  admin.exec(
      "insert into pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) "
      "values (1, 'citus', 10, 11, false, '0')");
  const std::shared_ptr<void> undo(
      nullptr, [&](void*) { admin.exec("delete from pg_catalog.pg_extension where extname = 'citus'"); });
  expect_no_leak(true);
}

TEST(Tx, ADeadlockIsRunAgain) {
  Fixture f;
  const auto one = add(f, "one"), two = add(f, "two");
  int runs = 0;
  const auto both = [&](PartnerId first, PartnerId second, std::string name) -> Task<> {
    co_await run_tx(f.pool, f.staff, Role::write, [&](Tx& tx) -> Task<> {
      ++runs;
      co_await tx.exec(kRename, first, name);
      boost::asio::steady_timer timer(f.io, std::chrono::milliseconds(50));
      if (runs <= 2) co_await timer.async_wait(boost::asio::use_awaitable);
      co_await tx.exec(kRename, second, name);
    });
  };
  int done = 0;
  std::exception_ptr failure;
  const auto finished = [&](std::exception_ptr error) {
    ++done;
    if (error) failure = error;
  };
  boost::asio::co_spawn(f.io, both(one, two, "x"), finished);
  boost::asio::co_spawn(f.io, both(two, one, "y"), finished);
  f.io.restart();
  while (done < 2 && f.io.run_one() != 0) {
  }
  if (failure) std::rethrow_exception(failure);
  EXPECT_EQ(runs, 3);
}

TEST(Tx, AnIllegalMoveIsNotRunAgain) {
  Fixture f;
  add(f, "taken");
  int runs = 0;
  EXPECT_THROW(f.tx(Role::write,
                    [&](Tx& tx) -> Task<> {
                      ++runs;
                      co_await tx.exec(kAdd, PartnerId{new_uuid()}, "taken");
                    }),
               DbError);
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace tandem::db
