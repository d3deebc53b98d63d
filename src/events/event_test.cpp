#include "events/event.hpp"

#include <gtest/gtest.h>

#include "support/fixture.hpp"

namespace tandem::events {
namespace {

using db::Role;
using db::Tx;

struct Happened {
  int what = 0;
};
struct Other {};

TEST(Events, RecordsTravelWithTheCommit) {
  test::Fixture f;
  const Uuid subject = new_uuid();
  f.tx(Role::write, [&](Tx& tx) -> Task<> {
    const std::vector<OutboxRow> rows{{"lead.created", {}, subject, R"({"lead_id":"x,\"y\""})"},
                                      {"lead.changed", {}, subject, "{}"}};
    record(tx, rows);
    record(tx, {});
    co_return;
  });
  EXPECT_EQ(f.peek("select string_agg(kind || ' ' || (body->>'lead_id' is not null), ', ' order by id) "
                   "from app.outbox where organization_id = $1 and subject_id = $2",
                   {f.organization_id.str(), subject.str()}),
            "lead.created true, lead.changed false");
}

TEST(Events, ListenersRunInsideInOrderAndMayRefuse) {
  test::Fixture f;
  Bus::instance().clear();
  std::vector<int> seen;
  Bus::instance().inside<Happened>([&](Tx&, const Happened& event) -> Task<> {
    seen.push_back(event.what);
    co_return;
  });
  Bus::instance().inside<Happened>([&](Tx&, const Happened& event) -> Task<> {
    seen.push_back(event.what + 1);
    if (event.what == 7) throw std::runtime_error("no");
    co_return;
  });
  f.tx(Role::write, [&](Tx& tx) -> Task<> {
    co_await emit(tx, Happened{1});
    co_await emit(tx, Other{});
  });
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_THROW(f.tx(Role::write,
                    [&](Tx& tx) -> Task<> {
                      const std::vector<OutboxRow> rows{{"lead.created", {}, new_uuid(), "{}"}};
                      record(tx, rows);
                      co_await emit(tx, Happened{7});
                    }),
               std::runtime_error);
  EXPECT_EQ(f.peek("select count(*) from app.outbox where organization_id = $1", {f.organization_id.str()}),
            "0");
  Bus::instance().clear();
}

}  // namespace
}  // namespace tandem::events
