#include "customers/contacts.hpp"

#include <gtest/gtest.h>

#include "customers/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::customers {
namespace {

NewContact person(std::string_view email, std::string_view name = {}, std::string_view phone = {}) {
  return {email.empty() ? std::nullopt : Email::parse(email),
          phone.empty() ? std::nullopt : Phone::parse(phone),
          name.empty() ? std::nullopt : Text<1, 200>::parse(name)};
}

struct Contacts : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare};
  std::vector<ContactId> upsert(std::vector<NewContact> contacts) {
    return f.tx(db::Role::write, [&](db::Tx& tx) { return upsert_contacts(tx, contacts); });
  }
};

TEST_F(Contacts, OneForEachAddress) {
  const auto first =
      upsert({person("Ann@Example.com", "Ann Bell"), person("bob@example.com"), person("ann@example.COM")});
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0], first[2]);
  EXPECT_NE(first[0], first[1]);
  const auto second = upsert({person("BOB@example.com", "Bob"), person("cy@example.com")});
  EXPECT_EQ(second[0], first[1]);
  EXPECT_TRUE(upsert({}).empty());
  const auto list = app.get("/api/contacts");
  EXPECT_EQ(test::items(list.body), 3);
  EXPECT_EQ(test::member(list.body, "email"), "Ann@Example.com");
  EXPECT_EQ(test::member(app.get("/api/contacts/" + first[0].str()).body, "name"), "Ann Bell");
}

TEST_F(Contacts, OneForEachPhone) {
  const auto first =
      upsert({person("ann@example.com", "Ann", "+447700900123"), person("", "Bo", "+447700900124"),
              person("bo@example.com", "", "+44 7700 900124")});
  EXPECT_EQ(first[1], first[2]) << "an address that nobody has, by the phone";
  const auto second = upsert({person("cy@example.com", "", "+447700900123"),
                              person("ann@example.com", "", "+447700900124"), person("dee@example.com")});
  EXPECT_EQ(second[0], first[0]);
  EXPECT_EQ(second[1], first[0]) << "the e-mail says first who somebody is";
  EXPECT_EQ(test::items(app.get("/api/contacts").body), 3);
  const auto ann = app.get("/api/contacts/" + first[0].str()).body;
  EXPECT_EQ(test::member(ann, "email"), "ann@example.com") << "what is known stays";
  EXPECT_EQ(test::member(ann, "phone"), "+447700900123");
}

TEST_F(Contacts, AreFoundAsYouType) {
  upsert({person("Ann@Example.com", "Ann Bell"), person("bob@example.com")});
  for (const auto* query : {"q=ann", "q=BELL", "q=an", "email=ANN@example.com"})
    EXPECT_EQ(test::items(app.get(std::string("/api/contacts?") + query).body), 1) << query;
  EXPECT_EQ(test::items(app.get("/api/contacts?q=xample").body), 0);
  const auto page = app.get("/api/contacts?limit=1");
  EXPECT_EQ(
      test::items(app.get("/api/contacts?limit=1&cursor=" + test::member(page.body, "next_cursor")).body), 1);
}

TEST_F(Contacts, AreForStaffOnly) {
  const auto ids = upsert({person("ann@example.com")});
  test::FeatureFixture other;
  test::TestApp theirs(other, declare);
  EXPECT_EQ(theirs.get("/api/contacts/" + ids[0].str()).status, 404);
  EXPECT_EQ(test::items(theirs.get("/api/contacts").body), 0);
  EXPECT_EQ(app.get("/api/contacts/nobody").status, 404);
  EXPECT_EQ(app.get("/api/contacts?sort=phone").status, 422);
  app.principal.scope = f.partner(f.partner());
  EXPECT_EQ(app.get("/api/contacts").status, 403);
}

}  // namespace
}  // namespace tandem::customers
