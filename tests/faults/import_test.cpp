// The importer as an operator runs it: real orders, to the penny, once, whatever happens in between.
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/json_view.hpp"
#include "support/program.hpp"
#include "support/shared_data.hpp"
#include "support/test_database.hpp"

namespace tandem {
namespace {

const std::string kSource = TANDEM_SOURCE_DIR;

struct ImportProgram : testing::Test {
  test::TemporaryFolder folder;
  std::string log = (folder.path() / "log").string();

  std::string data(std::string_view name = "data") const { return (folder.path() / name).string(); }
  std::vector<std::string> words(const std::string& file, const std::string& where) const {
    return {"import",
            "conversions",
            file,
            "--mapping",
            kSource + "/demo/online-retail.toml",
            "--organization",
            "demo",
            "--report",
            (folder.path() / "refused.csv").string(),
            "--data",
            where,
            "--format",
            "json"};
  }
  test::Ran import(const std::string& file, const std::string& where, bool is_dry = false) {
    auto all = words(file, where);
    if (is_dry) all.emplace_back("--dry-run");
    return test::run_program(all, log);
  }
  std::string report(std::string_view group, const std::string& where, std::string_view what = "earnings") {
    const auto ran = test::run_program({"report", std::string(what), "--organization", "demo", "--group-by",
                                        std::string(group), "--data", where, "--format", "json"},
                                       log);
    EXPECT_EQ(ran.status, 0) << ran.output;
    return ran.output;
  }
  /// From here on commands work beside a running server, and share its database.
  void serve(const std::string& where) {
    server.emplace(std::vector<std::string>{"serve", "--data", where, "--port", "0"}, log);
    ASSERT_TRUE(server->wait_for("serves http://", std::chrono::seconds{60})) << server->output();
  }
  std::optional<test::Program> server;
  void expect_agrees(const std::string& where) {
    const auto ran = test::run_program({"reconcile", "--data", where}, log);
    EXPECT_EQ(ran.status, 0) << ran.output;
  }
  /// Ends the server as an operator does, or its private database would outlive the test.
  ~ImportProgram() override {
    if (!server) return;
    server->signal(SIGTERM);
    EXPECT_EQ(server->wait(), 0);
  }
  static std::string file_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Every group of the expected figures, and no other, in the reports.
  void expect_figures(const std::string& expected, const std::string& where) {
    const auto document = json::Document::parse(expected, 4 * 1024 * 1024);
    ASSERT_TRUE(document);
    for (const auto* group : {"partner", "month", "currency"}) {
      const auto text = report(group, where);
      const auto groups = document->root()[std::string("by_") + group].items();
      std::size_t found = 0;
      for (const auto one : groups) {
        const auto earned = one["earned"].integer().value(), back = one["taken_back"].integer().value();
        if (earned == 0 && back == 0) continue;
        ++found;
        const auto label = one[std::string(group) == "partner" ? "name" : group].text().value();
        const auto row = fmt::format(R"("label":"{}","currency":"GBP","earned":{},"taken_back":{},"net":{})",
                                     label, earned, back, one["net"].integer().value());
        EXPECT_NE(text.find(row), std::string::npos) << row << " is not in " << text;
      }
      EXPECT_EQ(rows(text), found) << group;
    }
    const auto total = document->root()["total"];
    const auto sums = report("currency", where, "conversions");
    EXPECT_NE(sums.find(fmt::format(
                  R"("conversions":{},"sales":"{}","reversals":{},"credits":"{}")",
                  total["sale_invoices"].integer().value(), total["sales_exact"].text().value(),
                  total["credit_invoices"].integer().value(), total["credits_exact"].text().value())),
              std::string::npos)
        << sums;
  }
  static std::size_t rows(const std::string& text) {
    const auto list = text.substr(0, text.find(R"("totals")"));
    std::size_t count = 0;
    for (auto at = list.find(R"("key")"); at != std::string::npos; at = list.find(R"("key")", at + 1))
      ++count;
    return count;
  }
};

TEST_F(ImportProgram, TheDemosMonthOnceTwiceAndDry) {
  TANDEM_NEEDS_PROGRAM();
  const auto file = kSource + "/demo/online-retail-2011-03.csv.gz";
  const auto expected = file_text(kSource + "/demo/expected.json");
  const auto dry = import(file, data(), true);
  EXPECT_EQ(dry.status, 0) << dry.output << file_text(log);
  EXPECT_NE(dry.output.find(R"("dry_run": true)"), std::string::npos) << dry.output;
  const auto nothing = report("partner", data());
  EXPECT_EQ(rows(nothing), 0U) << nothing;

  const auto first = import(file, data());
  EXPECT_EQ(first.status, 0) << first.output << file_text(log);
  serve(data());
  expect_figures(expected, data());
  const auto before = report("partner", data());
  const auto second = import(file, data());
  EXPECT_EQ(second.status, 0) << second.output;
  EXPECT_NE(second.output.find(R"("sales": {"stored": 0, "unchanged": 1665,)"), std::string::npos)
      << second.output;
  EXPECT_NE(second.output.find(R"("credits": {"stored": 0, "unchanged": 318})"), std::string::npos)
      << second.output;
  EXPECT_EQ(report("partner", data()), before);
  expect_agrees(data());
}

TEST_F(ImportProgram, LeadsByAddressOrPhone) {
  TANDEM_NEEDS_PROGRAM();
  const auto file = (folder.path() / "leads.csv").string(), mapping = (folder.path() / "leads.toml").string();
  std::ofstream(mapping)
      << "format = 1\nkind = \"leads\"\n[source]\nname = \"crm\"\n[columns]\n"
         "external_id = \"id\"\noccurred_at = \"at\"\nemail = \"email\"\nphone = \"phone\"\n";
  std::ofstream(file) << "id,at,email,phone\n"
                         "c1,2026-03-02T10:00:00Z,ann@example.com,+44 7700 900123\n"
                         "c2,2026-03-02T11:00:00Z,,+447700900124\n"
                         "c3,2026-03-02T12:00:00Z,ann@work.example,+447700900123\n"
                         "c4,2026-03-02T13:00:00Z,dee@example.com,07700 900125\n"
                         "c5,2026-03-02T14:00:00Z,,\n";
  const std::vector<std::string> words{"import",    "leads",    file,
                                       "--mapping", mapping,    "--organization",
                                       "demo",      "--report", (folder.path() / "refused.csv").string(),
                                       "--data",    data(),     "--format",
                                       "json"};
  const auto first = test::run_program(words, log);
  EXPECT_NE(first.output.find(R"("leads": {"stored": 2, "unchanged": 1)"), std::string::npos)
      << first.output << file_text(log);
  const auto refused = file_text((folder.path() / "refused.csv").string());
  EXPECT_NE(refused.find("phone"), std::string::npos) << refused;
  EXPECT_EQ(std::ranges::count(refused, '\n'), 3) << "the head, c4 and c5: " << refused;
  const auto second = test::run_program(words, log);
  EXPECT_NE(second.output.find(R"("leads": {"stored": 0, "unchanged": 3)"), std::string::npos)
      << second.output;
}

TEST_F(ImportProgram, GoesOnWhereItWasKilled) {
  TANDEM_NEEDS_PROGRAM();
  const auto file = kSource + "/demo/online-retail-2011-03.csv.gz";
  ASSERT_EQ(import(file, data(), true).status, 0) << "the cluster is made";
  for (int delay = 150; delay <= 450; delay += 100) {
    test::Program program(words(file, data()), log);
    std::this_thread::sleep_for(std::chrono::milliseconds{delay});
    program.signal(SIGKILL);
    program.wait();
  }
  const auto last = import(file, data());
  EXPECT_EQ(last.status, 0) << last.output << file_text(log);
  serve(data());
  expect_figures(file_text(kSource + "/demo/expected.json"), data());
  expect_agrees(data());
}

TEST_F(ImportProgram, TheWholeFileToThePenny) {
  TANDEM_NEEDS_PROGRAM();
  const auto file = test::shared_path("data/online-retail/online_retail_2010-12_2011-06.csv.gz");
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "needs " << file << ": set TANDEM_SHARED to the shared folder";
  const auto figures = (folder.path() / "expected.json").string();
  ASSERT_EQ(std::system(("TANDEM_SHARED=" + test::shared_path("") + " python3 " + kSource +
                         "/tests/data/online_retail_expected.py > " + figures)
                            .c_str()),
            0);
  const auto ran = import(file, data());
  EXPECT_EQ(ran.status, 0) << ran.output << file_text(log);
  EXPECT_NE(
      ran.output.find(
          R"("sales": "4826466.491", "credits": "-428515.73", "earned": 24132955, "taken_back": -2142851)"),
      std::string::npos)
      << ran.output;
  EXPECT_NE(ran.output.find(R"("sales": {"stored": 10789)"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find(R"("credits": {"stored": 2006)"), std::string::npos) << ran.output;
  expect_figures(file_text(figures), data());
  expect_agrees(data());
}

}  // namespace
}  // namespace tandem
