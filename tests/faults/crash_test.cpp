// kill -9 of the server and of its database in the middle of writing: what was acknowledged is there, what
// was not happened once or not at all, and the books agree.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "base/clock.hpp"
#include "support/bad_input.hpp"
#include "support/program.hpp"
#include "support/story.hpp"
#include "support/test_database.hpp"

namespace tandem {
namespace {

using test::ask;
using test::Heard;
using test::member;

enum class What { visit, lead, sale };

/// What clients were told, by the name that each of them made up.
struct Journal {
  std::mutex mutex;
  std::map<std::string, std::string> visits, leads;  // visitor or e-mail → id
  std::set<std::string> sales;
  int unanswered = 0, refused = 0;
};

struct Crash : testing::Test {
  test::TemporaryFolder folder;
  std::string data = (folder.path() / "data").string(), log = (folder.path() / "log").string();
  std::string keys;
  std::optional<test::Program> server;
  std::atomic<unsigned short> port{0};
  std::atomic<bool> stopping{false};
  std::atomic<int> answered{0};
  Journal journal;

  test::Ran command(std::vector<std::string> words) {
    words.insert(words.end(), {"--data", data});
    return test::run_program(words, log);
  }
  void prepare() {
    const auto made = command({"demo"});
    ASSERT_EQ(made.status, 0) << made.output;
    std::ifstream in(data + "/demo-keys.json");
    keys.assign(std::istreambuf_iterator<char>(in), {});
    ASSERT_NE(member(keys, "staff_key"), "") << keys;
  }
  void serve() {
    server.emplace(std::vector<std::string>{"serve", "--data", data, "--port", "0", "--threads", "2",
                                            "--connections-per-address", "512"},
                   log);
    ASSERT_TRUE(server->wait_for("serves http://", std::chrono::seconds{30})) << server->output();
    const auto& line = server->output();
    port = static_cast<unsigned short>(std::stoi(line.substr(line.find_last_of(':') + 1)));
  }
  void kill_server() {
    server->signal(SIGKILL);
    server->wait();
    server.reset();
  }
  pid_t postmaster() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data))
      if (entry.path().filename() == "postmaster.pid") {
        std::ifstream in(entry.path());
        pid_t pid = -1;
        in >> pid;
        return pid;
      }
    return -1;
  }

  Heard send(What what, const std::string& name) {
    switch (what) {
      case What::visit:
        return ask(port, "POST", "/api/visits",
                   fmt::format(R"({{"visitor_id": "{}", "partner_code": "{}"}})", name, member(keys, "link")),
                   {{"Content-Type", "application/json"},
                    {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}});
      case What::lead:
        return ask(port, "POST", "/api/leads", fmt::format(R"({{"email": "{}@example.test"}})", name),
                   {{"Content-Type", "application/json"},
                    {"Authorization", "Bearer " + member(keys, "staff_key")},
                    {"Idempotency-Key", name}});
      case What::sale: break;
    }
    const auto body =
        test::sale_event(name, 1'000, fmt::format(R"("link_code": "{}")", member(keys, "link")), "GBP");
    return ask(port, "POST", "/api/inbound/" + member(keys, "endpoint"), body,
               test::Story::signed_as_ours({"", member(keys, "endpoint_secret")}, name, body));
  }
  void note(What what, const std::string& name, const Heard& heard) {
    const std::scoped_lock lock(journal.mutex);
    if (heard.status == 0)
      ++journal.unanswered;
    else if (heard.status >= 300)
      ++journal.refused;
    else if (what == What::visit)
      journal.visits[name] = member(heard.body, "visit_id");
    else if (what == What::lead)
      journal.leads[name] = member(heard.body, "lead_id");
    else
      journal.sales.insert(name);
    if (heard.status >= 200 && heard.status < 300) ++answered;
    EXPECT_TRUE(heard.status == 0 || heard.status < 300 || heard.status == 503) << heard.status << heard.body;
  }
  void client(int index) {
    for (int i = 0; !stopping; ++i) {
      const auto what = static_cast<What>((i + index) % 3);
      const auto name = fmt::format("client-{}-{}", index, i);
      const auto heard = send(what, name);
      note(what, name, heard);
      if (heard.status == 0 || heard.status >= 300)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }
  void wait_for_answers(int more) {
    const int wanted = answered + more;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (answered < wanted && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    EXPECT_GE(answered.load(), wanted) << "the server does not answer";
  }
  /// The rows of an export, each a line.
  std::vector<std::string> rows(const std::string& what) {
    const auto ran = command({"export", what, "--organization", "demo"});
    EXPECT_EQ(ran.status, 0) << ran.output;
    std::vector<std::string> out;
    std::istringstream in(ran.output);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  static int count(const std::vector<std::string>& rows, const std::string& cell) {
    int n = 0;
    for (const auto& row : rows) n += row.find('"' + cell + '"') != std::string::npos;
    return n;
  }
  void expect_nothing_lost() {
    const auto visits = rows("visits"), leads = rows("leads"), sales = rows("conversions");
    for (const auto& [name, id] : journal.visits) EXPECT_EQ(count(visits, id), 1) << "visit of " << name;
    for (const auto& [name, id] : journal.leads) EXPECT_EQ(count(leads, id), 1) << "lead " << name;
    for (const auto& name : journal.sales) EXPECT_EQ(count(sales, name), 1) << "sale " << name;
    // The unanswered: once or not at all.
    for (const auto* kind : {&visits, &leads, &sales}) {
      std::map<std::string, int> seen;
      for (const auto& row : *kind)
        for (auto at = row.find("\"client-"); at != std::string::npos; at = row.find("\"client-", at + 1)) {
          const auto name = row.substr(at + 1, row.find('"', at + 1) - at - 1);
          if (name.find('-') != std::string::npos && ++seen[name] > 1)
            ADD_FAILURE() << name << " is there twice";
        }
    }
    const auto agreed = command({"reconcile"});
    EXPECT_EQ(agreed.status, 0) << agreed.output;
  }
};

TEST_F(Crash, NothingAcknowledgedIsLost) {
  TANDEM_NEEDS_PROGRAM();
  prepare();
  serve();
  std::vector<std::jthread> clients;
  for (int i = 0; i < 6; ++i) clients.emplace_back([this, i] { client(i); });
  for (int round = 0; round < 4; ++round) {
    wait_for_answers(60 + 37 * round);
    kill_server();
    serve();
  }
  for (int round = 0; round < 2; ++round) {
    wait_for_answers(80);
    const pid_t pid = postmaster();
    ASSERT_GT(pid, 1);
    ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
  }
  wait_for_answers(80);
  stopping = true;
  clients.clear();
  // Events that were acknowledged are applied by the worker; give it the time of its leases.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{90};
  const auto all_applied = [&] {
    return ask(port, "GET", "/api/inbound-events?state=received", "",
               {{"Authorization", "Bearer " + member(keys, "staff_key")}})
               .body.find(R"("event_id")") == std::string::npos;
  };
  while (!all_applied() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  EXPECT_TRUE(all_applied());
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0) << "a clean stop";
  server.reset();
  fmt::print("{} visits, {} leads, {} events acknowledged; {} unanswered, {} refused\n",
             journal.visits.size(), journal.leads.size(), journal.sales.size(), journal.unanswered,
             journal.refused);
  EXPECT_GT(journal.unanswered, 0) << "no request was hit";
  expect_nothing_lost();
}

}  // namespace
}  // namespace tandem
