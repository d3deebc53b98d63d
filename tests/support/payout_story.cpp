#include "support/payout_story.hpp"

#include <fmt/ranges.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "earnings/api.hpp"

namespace tandem::test {

TestApp& PayoutStory::as(ActorId who) {
  app.principal.kind = http::Principal::Kind::user;
  app.principal.permissions = http::Permissions::all();
  app.principal.scope = staff;
  app.principal.scope.actor_id = who;
  return app;
}

void PayoutStory::set(const std::string& settings) {
  const auto answer = app.send(http::Method::patch, "/api/organizations/" + organization_id.str(), settings);
  EXPECT_EQ(answer.status, 200) << answer.body;
}

PartnerId PayoutStory::earner(std::int64_t cents) {
  const PartnerId id = partner();
  deal(id, RatePpm{1'000'000});
  earn(id, cents);
  return id;
}

void PayoutStory::earn(PartnerId id, std::int64_t cents) {
  const auto made = app.post(
      "/api/conversions",
      fmt::format(R"({{"external_id":"sale-{}","kind":"sale","amount":{{"amount":{},"currency":"USD"}},)"
                  R"("partner_id":"{}","occurred_at":"2026-03-05T10:00:00Z"}})",
                  ++sales_, cents, id.str()));
  EXPECT_EQ(made.status, 201) << made.body;
  tx(system, db::Role::money, [](db::Tx& t) -> Task<> { co_await earnings::end_holds(t, 1000); });
}

void PayoutStory::method(PartnerId partner_id, const std::string& rail, const std::string& account,
                         const std::string& more) {
  const auto made =
      app.post("/api/partners/" + partner_id.str() + "/payout-methods",
               fmt::format(R"({{"rail":"{}","currency":"USD","holder_name":"Partner","account":"{}"{}}})",
                           rail, account, more));
  EXPECT_EQ(made.status, 201) << made.body;
}

void PayoutStory::cool_down(PartnerId partner_id) {
  database.admin().exec(fmt::format(
      "update app.payout_methods set usable_at = now() - interval '1 minute' where partner_id = '{}'",
      partner_id.str()));
}

PartnerId PayoutStory::payee(std::int64_t cents, const std::string& rail, const std::string& account) {
  const PartnerId id = earner(cents);
  method(id, rail, account);
  cool_down(id);
  return id;
}

void PayoutStory::owe_back(PartnerId partner_id, std::int64_t cents) {
  const auto conversion = peek(
      "select conversion_id::text from app.earnings where organization_id = $1 and partner_id = $2::uuid limit 1",
      {organization_id.str(), partner_id.str()});
  const auto made = app.post(
      "/api/conversions/" + conversion.value() + "/reversals",
      fmt::format(R"({{"external_id":"refund-{}","kind":"refund","amount":{{"amount":{},"currency":"USD"}},)"
                  R"("occurred_at":"2026-03-06T10:00:00Z"}})",
                  ++sales_, cents));
  EXPECT_EQ(made.status, 201) << made.body;
}

void PayoutStory::approve_form(PartnerId partner_id) {
  const auto made = as(anna).post(
      "/api/partners/" + partner_id.str() + "/payee-forms",
      R"({"kind":"business","legal_name":"Partner Ltd","country":"GB","tax_form":"local","tax_id":"GB1234567"})");
  const auto approved = as(boris).post("/api/payee-forms/" + member(made.body, "id") + "/approval", "{}");
  EXPECT_EQ(member(approved.body, "state"), "approved") << approved.body;
}

std::string PayoutStory::request(const std::vector<PartnerId>& partners) const {
  std::vector<std::string> ids;
  for (const auto& id : partners) ids.push_back("\"" + id.str() + "\"");
  return fmt::format(R"({{"currency":"USD","partner_ids":[{}]}})", fmt::join(ids, ","));
}
std::string PayoutStory::about(PartnerId partner_id) {
  return fmt::format(R"({{"partner_id":"{}"}})", partner_id.str());
}

Answer PayoutStory::draft(const std::vector<PartnerId>& partners) {
  auto made = as(anna).post("/api/payout-runs", request(partners));
  EXPECT_EQ(made.status, 201) << made.body;
  return made;
}

std::string PayoutStory::sent(const std::vector<PartnerId>& partners) {
  std::string path = "/api/payout-runs/" + member(draft(partners).body, "id");
  const auto approved = as(boris).post(path + "/approval");
  EXPECT_EQ(member(approved.body, "state"), "approved") << approved.body;
  const auto submitted = as(anna).post(path + "/submission");
  EXPECT_EQ(submitted.status, 200) << submitted.body;
  return path;
}

std::string PayoutStory::payout_of(PartnerId partner_id) {
  return peek(
             "select id::text from app.payouts where organization_id = $1 and partner_id = $2::uuid "
             "order by created_at desc, id desc limit 1",
             {organization_id.str(), partner_id.str()})
      .value_or("");
}
std::string PayoutStory::payout_state(PartnerId partner_id) {
  return peek("select state from app.payouts where organization_id = $1 and id = $2::uuid",
              {organization_id.str(), payout_of(partner_id)})
      .value_or("");
}

std::int64_t PayoutStory::balance(const std::string& account, PartnerId partner_id) {
  const auto cell = peek(
      "select balance::text from app.accounts where organization_id = $1 and partner_id = $2::uuid and code = $3 "
      "and currency = 'USD'",
      {organization_id.str(), partner_id.str(), account});
  return std::stoll(cell.value_or("0"));
}

std::string PayoutStory::states(PartnerId partner_id) {
  return peek(
             "select string_agg(state, ' ' order by id) from app.earnings where organization_id = $1 and partner_id "
             "= $2::uuid",
             {organization_id.str(), partner_id.str()})
      .value_or("");
}

std::string pdf_text(const std::string& pdf) {
  const std::string path = (std::filesystem::temp_directory_path() / (new_uuid().str() + ".pdf")).string();
  std::ofstream(path, std::ios::binary) << pdf;
  std::string out;
  FILE* pipe = popen(fmt::format("pdftotext -layout {} -", path).c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> buffer{};
  while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
  EXPECT_EQ(pclose(pipe), 0) << path;
  std::filesystem::remove(path);
  return out;
}

}  // namespace tandem::test
