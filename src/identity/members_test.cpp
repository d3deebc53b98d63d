#include "identity/members.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/encoding.hpp"
#include "identity/api.hpp"
#include "identity/invitations.hpp"
#include "identity/log_in_limits.hpp"
#include "identity/module.hpp"
#include "jobs/worker.hpp"
#include "mail/mail.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::identity {
namespace {

using http::Method;
using test::member;

struct Browser {
  std::string cookie, csrf;
};

struct Members : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, declare, http::Hooks{authenticate, audit}};
  test::TemporaryFolder folder;
  PartnerId partner = f.partner(), other_partner = f.partner();

  Members() {
    LogInLimits::instance().clear();
    jobs::Kinds::instance().clear();
    jobs::Kinds::instance().add(mail::send_job());
    register_jobs();
    mail::set_settings({.server = {},
                        .from_name = "Tandem",
                        .from_address = "t@people.example",
                        .folder = folder.path(),
                        .public_url = "https://tandem.example"});
  }

  std::string address(const std::string& name) const { return name + "@" + f.slug + ".example"; }
  static std::string password(const std::string& name) { return "the quiet words of " + name; }
  void make(const std::string& name, MemberRole role, std::optional<PartnerId> of = {}) {
    f.run(make_login(f.pool, f.organization_id,
                     {.email = Email::parse(address(name)).value(),
                      .name = Text<1, 120>::parse(name).value(),
                      .role = role,
                      .partner_id = of},
                     Secret(password(name))));
  }
  test::Answer log_in(Browser& browser, const std::string& name, std::string words = {}) {
    if (words.empty()) words = password(name);
    auto answer = app.send(Method::post, "/api/session",
                           fmt::format(R"({{"email":"{}","password":"{}"}})", address(name), words));
    keep(browser, answer);
    return answer;
  }
  static void keep(Browser& browser, const test::Answer& answer) {
    const auto set = answer.header("Set-Cookie");
    browser.cookie = set.substr(0, set.find(';'));
    browser.csrf = member(answer.body, "csrf_token");
  }
  Browser user(const std::string& name, MemberRole role, std::optional<PartnerId> of = {}) {
    make(name, role, of);
    Browser out;
    EXPECT_EQ(log_in(out, name).status, 201);
    return out;
  }
  test::Answer send(const Browser& browser, Method method, const std::string& target, std::string body = {}) {
    return app.send(method, target, std::move(body),
                    {{"cookie", browser.cookie}, {"x-csrf-token", browser.csrf}});
  }
  std::string id_of(const std::string& name) {
    return f
        .peek("select id from app.memberships where organization_id = $1 and email = $2",
              {f.organization_id.str(), address(name)})
        .value_or("");
  }
  /// Sends what waits, and gives the secret of the newest link behind `path`; empty when no mail went out.
  std::string link(const std::string& path) {
    f.run(jobs::Worker::run_due(f.pool));
    std::string newest, text;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.path().filename().string() <= newest) continue;
      newest = entry.path().filename().string();
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string mail{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      std::string base64 = mail.substr(mail.find("\r\n\r\n") + 4);
      text.clear();
      for (std::size_t at = 0; at < base64.size();) {
        const auto end = base64.find("\r\n", at);
        text += from_base64(base64.substr(at, end - at)).value_or("?");
        at = end + 2;
      }
    }
    const auto at = text.find("https://tandem.example" + path);
    if (at == std::string::npos) return {};
    const auto begin = at + 22 + path.size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds{600}); }
};

std::string role(std::string_view name) { return fmt::format(R"({{"role":"{}"}})", name); }

TEST_F(Members, TheLastOwnerStays) {
  const auto ann = user("ann", MemberRole::owner);
  EXPECT_EQ(send(ann, Method::patch, "/api/members/" + id_of("ann"), role("admin")).code(), "last_owner");
  EXPECT_EQ(send(ann, Method::delete_, "/api/members/" + id_of("ann")).code(), "last_owner");
  make("bob", MemberRole::owner);
  const auto changed = send(ann, Method::patch, "/api/members/" + id_of("bob"), role("admin"));
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(member(changed.body, "role"), "admin");
  EXPECT_EQ(send(ann, Method::delete_, "/api/members/" + id_of("ann")).code(), "last_owner");
  EXPECT_EQ(test::items(send(ann, Method::get, "/api/members").body), 2);
}

TEST_F(Members, OwnersAreMadeByOwners) {
  make("ann", MemberRole::owner);
  const auto bob = user("bob", MemberRole::admin);
  make("cid", MemberRole::viewer);
  EXPECT_EQ(send(bob, Method::patch, "/api/members/" + id_of("cid"), role("owner")).code(), "forbidden");
  EXPECT_EQ(send(bob, Method::patch, "/api/members/" + id_of("ann"), role("viewer")).code(), "forbidden");
  EXPECT_EQ(send(bob, Method::delete_, "/api/members/" + id_of("ann")).code(), "forbidden");
  EXPECT_EQ(send(bob, Method::patch, "/api/members/" + id_of("cid"), role("finance")).status, 200);
  EXPECT_TRUE(send(bob, Method::patch, "/api/members/" + id_of("cid"), role("manager")).names("/role"));
  EXPECT_TRUE(send(bob, Method::patch, "/api/members/" + id_of("cid"), role("operator")).names("/role"));
  EXPECT_EQ(send(bob, Method::patch, "/api/members/" + new_uuid().str(), role("viewer")).status, 404);
  const auto dan = user("dan", MemberRole::support);
  EXPECT_EQ(send(dan, Method::patch, "/api/members/" + id_of("cid"), role("viewer")).code(), "forbidden");
  EXPECT_EQ(send(dan, Method::get, "/api/members").status, 200);
}

TEST_F(Members, ARoleTakenAwayIsGoneWithinASecond) {
  const auto ann = user("ann", MemberRole::owner);
  const auto bob = user("bob", MemberRole::admin);
  EXPECT_EQ(send(bob, Method::get, "/api/audit").status, 200);
  EXPECT_EQ(send(ann, Method::patch, "/api/members/" + id_of("bob"), role("viewer")).status, 200);
  EXPECT_EQ(f.peek("select body->'changed'->>'role' from app.audit where organization_id = $1 "
                   "and action = 'patch_members'",
                   {f.organization_id.str()}),
            R"(["admin", "viewer"])");
  wait();
  EXPECT_EQ(send(bob, Method::get, "/api/audit").code(), "forbidden");
  f.run(jobs::Worker::run_due(f.pool));
  wait();
  EXPECT_EQ(send(bob, Method::get, "/api/members").status, 401) << "and the session ends, too";
  Browser again;
  log_in(again, "bob");
  EXPECT_EQ(send(again, Method::get, "/api/members").status, 200);
  EXPECT_EQ(send(ann, Method::delete_, "/api/members/" + id_of("bob")).status, 204);
  wait();
  EXPECT_EQ(send(again, Method::get, "/api/members").status, 403);
}

TEST_F(Members, APartnersTeamIsItsOwn) {
  const auto ann = user("ann", MemberRole::owner);
  const auto pia = user("pia", MemberRole::owner, partner);
  make("max", MemberRole::viewer, partner);
  const auto olga = user("olga", MemberRole::owner, other_partner);
  const std::string team = "/api/partners/" + partner.str() + "/members";
  EXPECT_EQ(test::items(send(pia, Method::get, team).body), 2);
  EXPECT_EQ(test::items(send(ann, Method::get, team).body), 2);
  EXPECT_EQ(send(olga, Method::get, team).status, 404);
  EXPECT_EQ(send(olga, Method::patch, team + "/" + id_of("max"), role("owner")).status, 404);
  EXPECT_EQ(send(olga, Method::delete_, team + "/" + id_of("max")).status, 404);
  EXPECT_EQ(send(pia, Method::get, "/api/members").code(), "forbidden");
  EXPECT_EQ(send(pia, Method::patch, team + "/" + id_of("max"), role("manager")).status, 200);
  EXPECT_EQ(send(pia, Method::patch, team + "/" + id_of("pia"), role("viewer")).code(), "last_owner");
  EXPECT_EQ(send(pia, Method::patch, team + "/" + id_of("ann"), role("viewer")).status, 404) << "the staff's";
  EXPECT_EQ(send(ann, Method::delete_, team + "/" + id_of("pia")).status, 204) << "the staff decides";
  EXPECT_EQ(send(ann, Method::get, "/api/partners/" + new_uuid().str() + "/members").status, 404);
}

TEST_F(Members, AnInvitationMakesAUserWhoReadsTheMail) {
  const auto ann = user("ann", MemberRole::owner);
  const auto body = fmt::format(R"({{"email":"{}","role":"finance","locale":"uz"}})", address("new"));
  const auto made = send(ann, Method::post, "/api/invitations", body);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto first = link("/invitation/");
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(made.body.find(first), std::string::npos) << "the link goes by mail alone";
  send(ann, Method::post, "/api/invitations", body);
  const auto token = link("/invitation/");
  EXPECT_EQ(app.get("/api/invitations/" + first + "/offer").status, 404) << "a second one voids the first";
  const auto offer = app.get("/api/invitations/" + token + "/offer");
  EXPECT_EQ(member(offer.body, "role"), "finance") << offer.body;
  EXPECT_NE(offer.body.find(R"("has_login":false)"), std::string::npos);
  const auto accept = [&](const std::string& fields) {
    return app.send(Method::post, "/api/invitations/" + token + "/acceptance", fields);
  };
  EXPECT_TRUE(accept(R"({"password":"a quiet harbour at dawn"})").names("/name"));
  EXPECT_TRUE(accept(R"({"name":"New","password":"password1234"})").names("/password"));
  const auto accepted = accept(R"({"name":"New","password":"a quiet harbour at dawn"})");
  ASSERT_EQ(accepted.status, 201) << accepted.body;
  EXPECT_NE(accepted.body.find(R"("locale":"uz")"), std::string::npos);
  Browser browser;
  keep(browser, accepted);
  EXPECT_EQ(send(browser, Method::get, "/api/members").status, 200) << "signed in";
  EXPECT_EQ(accept(R"({"name":"Eve","password":"a quiet harbour at dawn"})").status, 404) << "works once";
  EXPECT_EQ(send(ann, Method::post, "/api/invitations", body).code(), "member_already");
}

TEST_F(Members, AnInvitedUserComesWithTheOwnPassword) {
  const auto ann = user("ann", MemberRole::owner);
  make("pia", MemberRole::viewer, partner);
  const auto body = fmt::format(R"({{"email":"{}","role":"viewer"}})", address("pia"));
  send(ann, Method::post, "/api/invitations", body);
  const auto token = link("/invitation/");
  EXPECT_NE(app.get("/api/invitations/" + token + "/offer").body.find(R"("has_login":true)"),
            std::string::npos);
  const auto accept = [&](const std::string& words) {
    return app.send(Method::post, "/api/invitations/" + token + "/acceptance",
                    fmt::format(R"({{"name":"Eve","password":"{}"}})", words));
  };
  EXPECT_EQ(accept("another's long words").status, 401);
  const auto accepted = accept(password("pia"));
  ASSERT_EQ(accepted.status, 201) << accepted.body;
  EXPECT_EQ(accepted.body.find("Eve"), std::string::npos);
  EXPECT_NE(accepted.body.find(partner.str()), std::string::npos) << "one login, two memberships";
}

TEST_F(Members, InvitationsAreRefusedAndEnd) {
  const auto ann = user("ann", MemberRole::owner);
  const auto bob = user("bob", MemberRole::admin);
  const auto pia = user("pia", MemberRole::manager, partner);
  const auto invite = [&](const Browser& who, const std::string& target, const std::string& as) {
    return send(who, Method::post, target,
                fmt::format(R"({{"email":"{}","role":"{}"}})", address("new"), as));
  };
  const std::string team = "/api/partners/" + partner.str() + "/invitations";
  EXPECT_EQ(invite(bob, "/api/invitations", "owner").code(), "forbidden");
  EXPECT_TRUE(invite(bob, "/api/invitations", "manager").names("/role"));
  EXPECT_TRUE(invite(ann, team, "finance").names("/role"));
  EXPECT_EQ(invite(pia, "/api/invitations", "viewer").code(), "forbidden");
  EXPECT_EQ(invite(pia, "/api/partners/" + other_partner.str() + "/invitations", "viewer").status, 404);
  EXPECT_EQ(invite(pia, team, "owner").code(), "forbidden");
  const auto made = invite(pia, team, "viewer");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto token = link("/invitation/");
  const auto id = member(made.body, "id");
  EXPECT_EQ(test::items(send(pia, Method::get, team).body), 1);
  EXPECT_EQ(send(ann, Method::delete_, "/api/invitations/" + id).status, 404)
      << "the team's, not the staff's";
  EXPECT_EQ(send(pia, Method::delete_, team + "/" + id).status, 204);
  EXPECT_EQ(send(pia, Method::delete_, team + "/" + id).code(), "state");
  EXPECT_EQ(app.get("/api/invitations/" + token + "/offer").status, 404);
  invite(pia, team, "viewer");
  const auto later = link("/invitation/");
  Clock::freeze(Clock::now() + std::chrono::days{8});
  EXPECT_EQ(app.get("/api/invitations/" + later + "/offer").status, 404);
  Clock::freeze(std::nullopt);
  EXPECT_EQ(app.get("/api/invitations/x/offer").status, 404);
  auto forged = InvitationToken::make(f.organization_id).str();
  EXPECT_EQ(app.get("/api/invitations/" + forged + "/offer").status, 404);
}

TEST_F(Members, ALostPasswordIsChosenAnew) {
  auto ann = user("ann", MemberRole::owner);
  const auto ask = [&](const std::string& name) {
    return app.post("/api/password-resets", fmt::format(R"({{"email":"{}"}})", address(name)));
  };
  const auto known = ask("ann"), unknown = ask("nobody");
  EXPECT_EQ(known.status, 202);
  EXPECT_EQ(unknown.status, 202);
  EXPECT_EQ(known.body, unknown.body);
  const auto token = link("/reset/");
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(
      f.peek("select count(*) from app.user_tokens where encode(token_hash, 'escape') like '%' || $1 || '%'",
             {token}),
      "0");
  const auto reset = [&](const std::string& words) {
    return app.post("/api/password-resets/" + token, fmt::format(R"({{"password":"{}"}})", words));
  };
  EXPECT_TRUE(reset("password1234").names("/password"));
  EXPECT_EQ(reset("eleven white birches").status, 204);
  EXPECT_EQ(reset("twelve white birches").status, 404) << "works once";
  wait();
  EXPECT_EQ(send(ann, Method::get, "/api/members").status, 401) << "all sessions are ended";
  EXPECT_EQ(log_in(ann, "ann").status, 401);
  EXPECT_EQ(log_in(ann, "ann", "eleven white birches").status, 201);
  LogInLimits::instance().clear();
  ask("ann");
  ask("ann");
  link("/reset/");
  const auto count = [&] {
    return f.peek(
        "select count(*) from app.user_tokens t join app.users u on u.id = t.user_id where u.email = $1",
        {address("ann")});
  };
  EXPECT_EQ(count(), "3");
  EXPECT_EQ(ask("ann").status, 202);
  EXPECT_EQ(count(), "3") << "three an hour";
}

TEST_F(Members, AnAddressIsTakenOverWhenItIsProved) {
  auto ann = user("ann", MemberRole::owner);
  make("bob", MemberRole::viewer);
  const auto change = [&](const std::string& to) {
    return send(ann, Method::post, "/api/me/email", fmt::format(R"({{"email":"{}"}})", to));
  };
  EXPECT_EQ(change(address("bob")).status, 202) << "says nothing of others";
  EXPECT_EQ(app.post("/api/email-verifications/" + link("/verify/")).code(), "email_taken");
  EXPECT_EQ(change(address("anna")).status, 202);
  const auto token = link("/verify/");
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(app.post("/api/email-verifications/" + token).status, 204);
  EXPECT_EQ(app.post("/api/email-verifications/" + token).status, 404);
  EXPECT_EQ(log_in(ann, "anna", password("ann")).status, 201);
  EXPECT_FALSE(id_of("anna").empty()) << "the list of members says it, too";
  EXPECT_EQ(app.post("/api/email-verifications/x").status, 404);
}

}  // namespace
}  // namespace tandem::identity
