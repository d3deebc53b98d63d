// A person over all that knows of it: two contacts become one, all is exported, all is forgotten, and what
// money hangs on stays.
#include <gtest/gtest.h>

#include "app/wiring.hpp"
#include "attribution/api.hpp"
#include "customers/api.hpp"
#include "db/tx.hpp"
#include "jobs/job.hpp"
#include "jobs/worker.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::customers {
namespace {

using http::Method;
using test::member;

struct PersonalData : testing::Test {
  test::FeatureFixture f;
  test::TestApp app{f, app::declare_routes};

  PersonalData() {
    app::register_listeners();
    app::register_jobs();
  }
  std::string contact(std::string body) {
    const auto made = app.post("/api/contacts", std::move(body));
    EXPECT_EQ(made.status, 201) << made.body;
    return member(made.body, "id");
  }
  std::string lead(std::string_view email) {
    const auto made =
        app.post("/api/leads", fmt::format(R"({{"email": "{}", "visitor_id": "visitor-12345"}})", email));
    EXPECT_EQ(made.status / 100, 2) << made.body;
    return member(made.body, "lead_id");
  }
  std::string cell(const std::string& sql, const std::string& id) {
    return f.peek(sql, {id}).value_or("null");
  }
};

TEST_F(PersonalData, TwoContactsBecomeOne) {
  const auto lead_id = lead("ann@old.example");
  const auto old = member(app.get("/api/contacts?email=ann@old.example").body, "id");
  const auto now = contact(R"({"email": "ann@new.example", "phone": "+442079460000"})");
  app.send(Method::patch, "/api/contacts/" + old, R"({"name": "Ann Bell", "country": "GB"})");
  const auto merged = app.post("/api/contacts/" + now + "/merging", R"({"duplicate_id": ")" + old + "\"}");
  ASSERT_EQ(merged.status, 200) << merged.body;
  EXPECT_EQ(member(merged.body, "name"), "Ann Bell") << "what only the duplicate had is kept";
  EXPECT_EQ(member(app.get("/api/contacts/" + old).body, "merged_into"), now);
  EXPECT_EQ(cell("select contact_id::text from app.leads where id = $1", lead_id), now);
  EXPECT_EQ(test::items(app.get("/api/contacts").body), 1);
  // The old address still finds the person.
  const auto again = f.tx(db::Role::write, [](db::Tx& tx) {
    return upsert_contacts(tx, {{Email::parse("Ann@old.example"), std::nullopt, std::nullopt}});
  });
  EXPECT_EQ(again.at(0).str(), now);
  EXPECT_EQ(lead("ann@old.example"), lead_id);
  EXPECT_EQ(app.post("/api/contacts/" + now + "/merging", R"({"duplicate_id": ")" + old + "\"}").code(),
            "state");
  EXPECT_EQ(app.post("/api/contacts/" + now + "/merging", R"({"duplicate_id": ")" + now + "\"}").status, 422);
  test::FeatureFixture other;
  test::TestApp theirs(other, app::declare_routes);
  const auto foreign = member(theirs.post("/api/contacts", R"({"email": "x@y.example"})").body, "id");
  EXPECT_EQ(app.post("/api/contacts/" + now + "/merging", R"({"duplicate_id": ")" + foreign + "\"}").status,
            404);
}

TEST_F(PersonalData, IsExportedWhole) {
  lead("ann@example.com");
  const auto id = member(app.get("/api/contacts?email=ann@example.com").body, "id");
  const std::string path = "/api/contacts/" + id + "/personal-data";
  const auto json = app.get(path);
  ASSERT_EQ(json.status, 200) << json.body;
  for (const auto* text :
       {R"("section":"contact")", R"("section":"lead")", "ann@example.com", "visitor-12345"})
    EXPECT_NE(json.body.find(text), std::string::npos) << text;
  const auto csv = app.get(path + "?format=csv");
  EXPECT_EQ(csv.status, 200);
  EXPECT_TRUE(csv.content_type.starts_with("text/csv"));
  EXPECT_NE(csv.body.find("ann@example.com"), std::string::npos);
  EXPECT_EQ(app.get("/api/contacts/" + new_uuid().str() + "/personal-data").status, 404);
}

TEST_F(PersonalData, IsErasedAndTheLeadStays) {
  const auto lead_id = lead("ann@example.com");
  const auto id = member(app.get("/api/contacts?email=ann@example.com").body, "id");
  const auto erased = app.post("/api/contacts/" + id + "/erasure");
  ASSERT_EQ(erased.status, 200) << erased.body;
  EXPECT_NE(erased.body.find(R"("email":null)"), std::string::npos);
  EXPECT_NE(erased.body.find(R"("erased_at":"2)"), std::string::npos);
  EXPECT_EQ(test::items(app.get("/api/contacts?q=ann").body), 0);
  const auto kept = app.get("/api/leads/" + lead_id);
  EXPECT_EQ(kept.status, 200) << kept.body;
  EXPECT_NE(kept.body.find(R"("email":null)"), std::string::npos);
  EXPECT_EQ(cell("select visitor_id from app.leads where id = $1", lead_id), "null");
  EXPECT_EQ(
      cell("select count(*) from app.contacts c where c::text ilike '%ann@example%' and organization_id = $1",
           f.organization_id.str()),
      "0");
  EXPECT_EQ(cell("select count(*) from app.person_words where word like 'ann%' and organization_id = $1",
                 f.organization_id.str()),
            "0");
  EXPECT_EQ(app.post("/api/contacts/" + id + "/erasure").status, 200) << "as after a restored backup";
  EXPECT_EQ(test::items(app.get("/api/erasures").body), 1);
  EXPECT_EQ(app.send(Method::patch, "/api/contacts/" + id, R"({"email": "ann@example.com"})").code(),
            "state");
  EXPECT_NE(lead("ann@example.com"), lead_id) << "who comes back is somebody new";
}

TEST_F(PersonalData, ASavedSearchIsExportedAndForgotten) {
  lead("ann@example.com");
  const auto save = [&](const std::string& name, const std::string& query) {
    const auto saved = app.post("/api/saved-views",
                                R"({"page": "leads", "name": ")" + name + R"(", "query": ")" + query + "\"}");
    EXPECT_EQ(saved.status, 201) << saved.body;
  };
  save("of ann@example.com", "state=new");
  save("One", "q=ann%40example.com&sort=id");
  save("Two", "q=joann%40example.com");
  const auto id = member(app.get("/api/contacts?email=ann@example.com").body, "id");
  const auto data = app.get("/api/contacts/" + id + "/personal-data").body;
  EXPECT_NE(data.find("q=ann%40example.com"), std::string::npos) << data;
  EXPECT_EQ(data.find("joann"), std::string::npos) << data;
  EXPECT_EQ(app.post("/api/contacts/" + id + "/erasure").status, 200);
  const auto kept = app.get("/api/saved-views").body;
  EXPECT_EQ(kept.find("of ann"), std::string::npos) << kept;
  EXPECT_EQ(kept.find("q=ann"), std::string::npos) << kept;
  EXPECT_NE(kept.find("state=new"), std::string::npos) << kept;
  EXPECT_NE(kept.find("q=joann%40example.com"), std::string::npos) << kept;
}

TEST_F(PersonalData, WhatStandsBesideAConversionIsExportedAndErased) {
  const auto bought = [&](std::string_view id, const std::string& lead_id, std::string_view who) {
    attribution::ConversionFacts facts{.source = "api",
                                       .external_id = std::string(id),
                                       .kind = attribution::ConversionKind::sale,
                                       .who = {},
                                       .needs_attribution = false,
                                       .gross = *Decimal::parse("10.00"),
                                       .tax = {},
                                       .discount = {},
                                       .cost = {},
                                       .currency = *Currency::parse("USD"),
                                       .product = std::nullopt,
                                       .plan = std::nullopt,
                                       .country = std::nullopt,
                                       .metadata = {{"buyer", std::string(who)}},
                                       .occurred_at = Clock::now(),
                                       .references = {}};
    facts.who.lead_id = attribution::LeadId::parse(lead_id);
    const auto recorded =
        f.tx(db::Role::money, [&](db::Tx& tx) { return attribution::record_conversions(tx, {facts}); });
    return recorded.at(0).id.str();
  };
  const auto hers = bought("o1", lead("ann@example.com"), "Ann Bell");
  const auto his = bought("o2", lead("bob@example.com"), "Bob Hill");
  const auto id = member(app.get("/api/contacts?email=ann@example.com").body, "id");
  const auto data = app.get("/api/contacts/" + id + "/personal-data").body;
  EXPECT_NE(data.find(R"("section":"conversion")"), std::string::npos) << data;
  EXPECT_NE(data.find("Ann Bell"), std::string::npos) << data;
  EXPECT_EQ(data.find("Bob Hill"), std::string::npos) << data;

  ASSERT_EQ(app.post("/api/contacts/" + id + "/erasure").status, 200);
  const std::string metadata = "select metadata::text from app.conversions where id = $1";
  EXPECT_EQ(cell(metadata, hers), "{}");
  EXPECT_EQ(cell(metadata, his), R"({"buyer": "Bob Hill"})");
  EXPECT_EQ(cell("select amount || currency from app.conversions where id = $1", hers), "1000USD");
  EXPECT_EQ(app.get("/api/explain/conversion/" + hers).status, 200);
}

TEST_F(PersonalData, IsErasedFromVisitsAndRawEvents) {
  const auto partner = f.partner();
  f.deal(partner, RatePpm{100'000});
  const auto link = f.link(partner);
  const auto visit = [&](std::string_view visitor) {
    const auto seen = app.post(
        "/api/visits",
        fmt::format(
            R"({{"visitor_id": "{}", "partner_code": "{}", "landing_url": "https://shop.example/?email=ann@example.com"}})",
            visitor, link.code.str()));
    EXPECT_EQ(seen.status / 100, 2) << seen.body;
  };
  visit("visitor-12345");
  visit("visitor-12345");
  visit("visitor-other");
  lead("ann@example.com");
  const auto event = [&](std::string_view id, std::string_view text, std::string_view state) {
    f.peek(
        "insert into app.inbound_events (organization_id, provider, event_id, id, body_hash, raw, state) "
        "values ($1, 'generic:x', $2, $3, sha256($4::bytea), $4::bytea, $5) returning id",
        {f.organization_id.str(), std::string(id), new_uuid().str(), std::string(text), std::string(state)});
  };
  event("1", R"({"email":"Ann@Example.com","amount":10})", "processed");
  event("2", R"({"email":"bob@example.com"})", "processed");
  event("3", R"({"email":"ann@example.com"})", "received");
  const auto id = member(app.get("/api/contacts?email=ann@example.com").body, "id");
  ASSERT_EQ(app.post("/api/contacts/" + id + "/erasure").status, 200);

  const auto organization = f.organization_id.str();
  EXPECT_EQ(cell("select string_agg(visitor_id || ' ' || (landing_url is not null), ', ' order by id) "
                 "from app.visits where organization_id = $1",
                 organization),
            "visitor-12345 false, visitor-12345 false, visitor-other true");
  EXPECT_EQ(
      cell("select count(*) from app.visits where organization_id = $1 and visitor_id = 'visitor-12345' and "
           "(ip is not null or user_agent is not null or referrer is not null)",
           organization),
      "0");
  const auto work = [&] {
    f.peek("update app.jobs set run_at = now() where organization_id = $1 and state = 'due' returning id",
           {organization});
    f.run(jobs::Worker::run_due(f.pool, f.organization_id));
  };
  const auto raw = [&] {
    return cell(
        "select string_agg(event_id || ' ' || octet_length(raw)::text, ', ' order by event_id) "
        "from app.inbound_events where organization_id = $1",
        organization);
  };
  work();
  EXPECT_EQ(raw(), "1 0, 2 27, 3 27") << "what is still to be applied waits";
  EXPECT_NE(app.get("/api/erasures").body.find(R"("searched_at":null)"), std::string::npos);
  f.peek("update app.inbound_events set state = 'processed' where organization_id = $1 returning id",
         {organization});
  work();
  work();
  EXPECT_EQ(raw(), "1 0, 2 27, 3 0");
  EXPECT_EQ(
      cell(
          "select count(*) from app.inbound_events where organization_id = $1 and octet_length(body_hash) = 32",
          organization),
      "3")
      << "hashes stay";
  EXPECT_EQ(app.get("/api/erasures").body.find(R"("searched_at":null)"), std::string::npos);
  EXPECT_EQ(cell("select count(*) from app.erasures where organization_id = $1 and sealed is not null",
                 organization),
            "0")
      << "the words that were searched for are forgotten";
}

TEST_F(PersonalData, AVisitChangesByErasureAlone) {
  const auto link = f.link(f.partner());
  app.post(
      "/api/visits",
      fmt::format(
          R"({{"visitor_id": "visitor-12345", "partner_code": "{}", "landing_url": "https://a.example/"}})",
          link.code.str()));
  const auto attempt = [&](const std::string& sql) {
    try {
      f.peek(sql + " where organization_id = $1 returning 1", {f.organization_id.str()});
      return std::string("done");
    } catch (const db::DbError& error) {
      return error.sqlstate();
    }
  };
  EXPECT_EQ(attempt("update app.visits set landing_url = 'https://b.example/'"), "P0409");
  EXPECT_EQ(attempt("update app.visits set status = 'crawler'"), "P0409");
  EXPECT_EQ(attempt("delete from app.visits"), "P0409");
  EXPECT_EQ(
      attempt("update app.visits set landing_url = null, referrer = null, user_agent = null, ip = null"),
      "done");
}

TEST_F(PersonalData, ErasesWhatPartnersKnow) {
  const auto partner = f.partner();
  app.post("/api/partners/" + partner.str() + "/customers",
           R"({"first_name": "Aziza", "email": "aziza@example.com", "notes": "secret", "tags": ["vip"]})");
  const auto payload = f.peek(
      "select payload::text from app.jobs where organization_id = $1 and kind = 'customers.link_customers'",
      {f.organization_id.str()});
  const std::vector<jobs::Job> jobs{{jobs::JobId{new_uuid()}, payload.value(), 1}};
  f.tx(f.system, db::Role::write, [&](db::Tx& tx) -> Task<> {
    co_await jobs::Kinds::instance().find("customers.link_customers")->run(tx, jobs);
  });
  const auto id = member(app.get("/api/contacts?q=aziza").body, "id");
  EXPECT_NE(app.get("/api/contacts/" + id + "/personal-data").body.find("secret"), std::string::npos);
  app.post("/api/contacts/" + id + "/erasure");
  const auto customers = app.get("/api/partner-customers");
  EXPECT_EQ(test::items(customers.body), 1) << "the partner's row stays for what refers to it";
  for (const auto* text : {"Aziza", "aziza@", "secret", "vip"})
    EXPECT_EQ(customers.body.find(text), std::string::npos) << text;
  EXPECT_EQ(test::items(app.get("/api/partner-customers?q=aziza").body), 0);
}

TEST_F(PersonalData, ContactsHaveAnEmailOrAPhone) {
  const auto id = contact(R"({"phone": "+998901111111", "name": "Aziza"})");
  EXPECT_EQ(test::items(app.get("/api/contacts?phone=%2B998901111111").body), 1);
  EXPECT_EQ(test::items(app.get("/api/contacts?q=%2B99890").body), 1);
  EXPECT_EQ(app.post("/api/contacts", R"({"phone": "+998 90 111 11 11"})").code(), "contact_exists");
  EXPECT_TRUE(app.post("/api/contacts", R"({"name": "Nobody"})").names("/email", "required"));
  EXPECT_TRUE(
      app.send(Method::patch, "/api/contacts/" + id, R"({"phone": null})").names("/email", "required"));
  app.principal.scope = f.partner(f.partner());
  EXPECT_EQ(app.get("/api/contacts/" + id).status, 403);
  EXPECT_EQ(app.post("/api/contacts/" + id + "/erasure").status, 403);
}

}  // namespace
}  // namespace tandem::customers
