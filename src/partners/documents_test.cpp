#include "partners/documents.hpp"

#include <gtest/gtest.h>

#include "files/clean.hpp"
#include "partners/module.hpp"
#include "support/bad_input.hpp"
#include "support/feature_fixture.hpp"

namespace tandem::partners {
namespace {

using http::Method;
using test::member;

constexpr std::string_view kPdf = "%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n";

struct Documents : testing::Test {
  test::FeatureFixture f;
  PartnerId id = f.partner();
  test::TestApp app{f, declare}, partner{f, declare};

  Documents() {
    jobs::Kinds::instance().clear();
    register_jobs();
    partner.principal.scope = f.partner(id);
  }
  test::Answer upload(test::TestApp& who, PartnerId to, std::string body,
                      std::string type = "application/pdf", std::string name = "a.pdf") {
    return who.call(Method::post, "/api/partners/" + to.str() + "/documents?kind=identity&name=" + name,
                    std::move(body),
                    {{"content-type", std::move(type)}, {"idempotency-key", new_uuid().str()}});
  }
};

TEST_F(Documents, AreSentJudgedAndServedAsDownloads) {
  const auto sent = upload(partner, id, std::string(kPdf));
  ASSERT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(member(sent.body, "state"), "submitted");
  const std::string path = "/api/partner-documents/" + member(sent.body, "id");
  const auto file = partner.get(path + "/content");
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.body, kPdf);
  EXPECT_EQ(file.content_type, "application/pdf");
  EXPECT_TRUE(file.header("Content-Disposition").starts_with("attachment; filename=\""))
      << "no name of theirs";
  EXPECT_NE(file.header("Content-Security-Policy").find("sandbox"), std::string::npos);
  EXPECT_EQ(
      f.peek(
          "select position('%PDF'::bytea in content) from app.partner_documents where organization_id = $1",
          {f.organization_id.str()}),
      "0")
      << "sealed at rest";
  EXPECT_EQ(partner.post(path + "/approval", "{}").status, 403);
  EXPECT_EQ(member(app.post(path + "/approval", "{}").body, "state"), "approved");
  EXPECT_EQ(app.post(path + "/rejection", R"({"reason": "Blurred"})").code(), "state");
  const auto second = upload(app, id, std::string(kPdf));
  const auto rejected = app.post("/api/partner-documents/" + member(second.body, "id") + "/rejection",
                                 R"({"reason": "Blurred"})");
  EXPECT_EQ(member(rejected.body, "state_reason"), "Blurred");
  EXPECT_EQ(test::items(partner.get("/api/partner-documents").body), 2);
  EXPECT_EQ(test::items(app.get("/api/partner-documents?state=approved").body), 1);
}

TEST_F(Documents, ExpireAfterTheirDay) {
  const auto document = member(upload(app, id, std::string(kPdf)).body, "id");
  const std::string path = "/api/partner-documents/" + document;
  EXPECT_TRUE(app.post(path + "/approval", R"({"expires_on": "2020-01-01"})").names("/expires_on"));
  EXPECT_EQ(app.post(path + "/approval", R"({"expires_on": "2099-12-31"})").status, 200);
  EXPECT_EQ(f.peek("select to_char(run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') "
                   "from app.jobs where dedupe_key = $1",
                   {document}),
            "2100-01-01 00:00");
  const std::vector<jobs::Job> jobs{{jobs::JobId{new_uuid()}, R"({"document_id":")" + document + "\"}", 1}};
  const auto run = [&] {
    f.tx(f.system, db::Role::write,
         [&](db::Tx& tx) -> Task<> { co_await expire_documents_job().run(tx, jobs); });
    return member(app.get(path).body, "state");
  };
  EXPECT_EQ(run(), "approved");
  f.peek("update app.partner_documents set expires_on = '2020-01-01' where id = $1 returning 1", {document});
  EXPECT_EQ(run(), "expired");
}

TEST_F(Documents, AreNobodyElses) {
  const auto path = "/api/partner-documents/" + member(upload(partner, id, std::string(kPdf)).body, "id");
  const auto other = f.partner();
  EXPECT_EQ(upload(partner, other, std::string(kPdf)).status, 404);
  test::TestApp neighbour(f, declare);
  neighbour.principal.scope = f.partner(other);
  EXPECT_EQ(neighbour.get(path).status, 404);
  EXPECT_EQ(neighbour.get(path + "/content").status, 404);
  test::FeatureFixture g;
  test::TestApp theirs(g, declare);
  EXPECT_EQ(theirs.get(path + "/content").status, 404);
  EXPECT_EQ(theirs.post(path + "/approval", "{}").status, 404);
}

TEST_F(Documents, TwentyFilesADay) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(upload(app, id, std::string(kPdf)).status, 201);
  EXPECT_EQ(upload(app, id, std::string(kPdf)).code(), "too_many_files");
  EXPECT_EQ(upload(app, f.partner(), std::string(kPdf)).status, 201) << "of one partner";
  f.peek(
      "update app.partner_documents set created_at = created_at - interval '25 hours' "
      "where partner_id = $1 returning 1",
      {id.str()});
  EXPECT_EQ(upload(app, id, std::string(kPdf)).status, 201);
}

TEST_F(Documents, RefuseWhatIsNotWhatItSays) {
  const auto refused = [&](std::string body, std::string type, std::string name) {
    const auto answer = upload(app, id, std::move(body), std::move(type), std::move(name));
    return fmt::format("{} {}", answer.status, answer.code());
  };
  EXPECT_EQ(refused("", "application/pdf", "a.pdf"), "422 file_refused");
  EXPECT_EQ(refused("MZ\x90", "application/pdf", "a.pdf"), "415 unsupported_media_type");
  EXPECT_EQ(refused(std::string(kPdf), "image/png", "a.png"), "415 unsupported_media_type");
  EXPECT_EQ(refused(std::string(kPdf), "application/pdf", "a.png"), "415 unsupported_media_type");
  EXPECT_EQ(refused(std::string(kPdf), "image/svg%2Bxml", "a.svg"), "415 unsupported_media_type");
  EXPECT_EQ(refused(std::string(kPdf) + "/Encrypt" + std::string(kPdf), "application/pdf", "a.pdf"),
            "422 file_refused");
  EXPECT_EQ(refused("%PDF-1.4 cut", "application/pdf", "a.pdf"), "422 file_refused");
  EXPECT_EQ(refused("\x89PNG\r\n\x1a\nnothing", "image/png", "a.png"), "422 file_refused");
  EXPECT_EQ(refused("\xff\xd8\xff\xe0nothing", "image/jpeg", "a.JPEG"), "422 file_refused");
  EXPECT_EQ(f.peek("select count(*) from app.partner_documents where organization_id = $1",
                   {f.organization_id.str()}),
            "0");
}

}  // namespace
}  // namespace tandem::partners
