// Lists in keyset order: Tx::page over a ListQuery.
#include <gtest/gtest.h>

#include "base/problem.hpp"
#include "db/tx.hpp"
#include "support/fixture.hpp"

namespace tandem::db {
namespace {

using test::Fixture;

struct Item {
  PartnerId id;
  std::string slug, name;
  Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(Item, (), (id, slug, name, created_at))

const Query<Nothing(PartnerId, std::string, std::string)> kAdd{"test.page_add", R"sql(
    insert into app.partners (organization_id, id, kind, slug, name)
    values ($1, $2, 'affiliate', $3, $4))sql"};
const ListQuery<Item(std::optional<std::string>)> kList{
    "test.page_list",
    R"sql(select p.id, p.slug, p.name, p.created_at from app.partners p
          where p.organization_id = $1 and ($2::text is null or p.kind = $2))sql",
    "p.id",
    {{"created_at", "p.created_at", "timestamptz"}, {"name", "p.name", "text"}}};

struct Pages : ::testing::Test {
  Pages() {
    f.tx(Role::write, [&](Tx& tx) -> Task<> {
      // Equal names: the id decides between them. Equal instants: one transaction.
      for (int i = 0; i < 11; ++i)
        tx.later(kAdd, PartnerId{new_uuid()}, fmt::format("slug-{:02}", i), fmt::format("name {}", i / 3));
      co_return;
    });
  }
  Page<Item> page(std::string sort, std::optional<Cursor> cursor, std::int32_t limit,
                  std::optional<std::string> kind = {}) {
    return f.tx(Role::read, [&](Tx& tx) { return tx.page(kList, sort, cursor, PageLimit{limit}, kind); });
  }
  std::vector<std::string> walk(std::string sort, std::int32_t limit) {
    std::vector<std::string> out;
    std::optional<Cursor> cursor;
    do {
      const auto one = page(sort, cursor, limit);
      for (const auto& item : one.items) out.push_back(item.slug);
      // As a client: through its text form.
      cursor = one.next_cursor ? Cursor::parse(one.next_cursor->str()) : std::nullopt;
      EXPECT_EQ(one.next_cursor.has_value(), cursor.has_value());
    } while (cursor);
    return out;
  }
  std::string refusal(std::string sort, std::optional<Cursor> cursor) {
    try {
      page(std::move(sort), std::move(cursor), 5);
    } catch (const Problem& problem) {
      return problem.errors().at(0).pointer;
    }
    return {};
  }
  Fixture f;
};

TEST_F(Pages, EveryRowComesOnceInOrderWhateverTheLimit) {
  std::vector<std::string> up;
  for (int i = 0; i < 11; ++i) up.push_back(fmt::format("slug-{:02}", i));
  auto down = up;
  std::ranges::reverse(down);
  for (const std::int32_t limit : {1, 2, 3, 10, 11, 12}) {
    for (const auto* sort : {"", "created_at", "name"}) EXPECT_EQ(walk(sort, limit), up) << sort << limit;
    for (const auto* sort : {"-created_at", "-name"}) EXPECT_EQ(walk(sort, limit), down) << sort << limit;
  }
}

TEST_F(Pages, TheLastPageHasNoCursor) {
  EXPECT_FALSE(page("name", {}, 11).next_cursor);
  EXPECT_TRUE(page("name", {}, 10).next_cursor);
  EXPECT_TRUE(page("name", {}, 5, "reseller").items.empty());
}

struct Plans {
  std::int64_t generic, custom;
};
BOOST_DESCRIBE_STRUCT(Plans, (), (generic, custom))
const Query<Plans(std::string)> kPlans{"test.page_plans", R"sql(
    select coalesce(sum(generic_plans), 0)::int8 as generic, coalesce(sum(custom_plans), 0)::int8 as custom
    from pg_prepared_statements where $1::uuid is not null and name like '%' || $2)sql"};

// PostgreSQL tries five plans for the parameters at hand and then keeps one for all, if that is not dearer.
TEST_F(Pages, ThePlanOfThePageThatMostAskForIsKept) {
  const auto plans = f.tx(Role::read, [&](Tx& tx) -> Task<Plans> {
    for (int i = 0; i < 20; ++i) {
      const auto one = co_await tx.page(kList, "name", {}, PageLimit{}, {});
      EXPECT_EQ(one.items.size(), 11U);
    }
    co_return co_await tx.one(kPlans, "test.page_list.name_asc_usual");
  });
  EXPECT_GE(plans.generic, 15);
  EXPECT_EQ(page("name", {}, PageLimit::kDefault, "reseller").items.size(), 0U);
  EXPECT_EQ(page("name", {}, PageLimit::kDefault, "affiliate").items.size(), 11U);
}

TEST_F(Pages, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(refusal("slug", {}), "?sort");
  const auto cursor = page("name", {}, 5).next_cursor;
  EXPECT_EQ(refusal("name", cursor), "");
  EXPECT_EQ(refusal("-name", cursor), "?cursor");
  EXPECT_EQ(refusal("created_at", Cursor{"created_at", "no instant", new_uuid()}), "?cursor");
}

}  // namespace
}  // namespace tandem::db
