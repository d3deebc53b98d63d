#include "attribution/crawlers.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/shared_data.hpp"

namespace tandem::attribution {
namespace {

constexpr std::string_view kChrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

std::string_view agent_of(std::string_view line) {
  const auto end = line.rfind('"');
  const auto begin = line.rfind('"', end - 1);
  return line.substr(begin + 1, end - begin - 1);
}

TEST(Crawlers, known_ones_and_browsers) {
  EXPECT_TRUE(is_crawler("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"));
  EXPECT_TRUE(is_crawler("curl/7.88.1"));
  EXPECT_TRUE(is_crawler("Mozilla/5.0 (compatible; GPTBot/1.0; +https://openai.com/gptbot)"));
  EXPECT_FALSE(is_crawler(kChrome));
  EXPECT_FALSE(
      is_crawler("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
                 "(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"));
}

TEST(Crawlers, an_absent_agent_is_nobody_in_particular) {
  EXPECT_FALSE(is_crawler(""));
  EXPECT_FALSE(is_crawler("-"));
}

TEST(Crawlers, odd_agents_are_borne) {
  EXPECT_FALSE(is_crawler(std::string(100'000, 'a')));
  EXPECT_FALSE(is_crawler("\xff\xfe\x80 not utf-8"));
  EXPECT_FALSE(is_crawler(std::string_view("\0\0", 2)));
  EXPECT_TRUE(is_crawler(std::string(2000, ' ') + "Googlebot/2.1"));
  EXPECT_FALSE(is_crawler(std::string(2100, ' ') + "Googlebot/2.1")) << "beyond what is looked at";
}

TEST(Crawlers, every_instance_of_the_list) {
  TANDEM_SHARED_FILE(text, "data/crawlers/crawler-user-agents.json.gz");
  simdjson::dom::parser parser;
  std::size_t instances = 0;
  const simdjson::padded_string padded(text);
  for (const auto entry : simdjson::dom::array(parser.parse(padded)))
    for (const auto instance : simdjson::dom::array(entry["instances"])) {
      ++instances;
      EXPECT_TRUE(is_crawler(std::string_view(instance))) << std::string_view(instance);
    }
  EXPECT_EQ(instances, 2116U);
}

TEST(Crawlers, of_the_access_log) {
  TANDEM_SHARED_FILE(log, "data/web-access-log/access_2015-05-17_18.log.gz");
  const auto lines = test::lines_of(log);
  std::size_t crawlers = 0;
  for (const auto line : lines) crawlers += is_crawler(agent_of(line));
  EXPECT_EQ(lines.size(), 4525U);
  EXPECT_EQ(crawlers, 1123U);
}

TEST(Crawlers, threads_agree) {
  std::vector<std::thread> threads;
  std::array<int, 4> found{};
  for (std::size_t t = 0; t < found.size(); ++t)
    threads.emplace_back([&found, t] {
      for (int i = 0; i < 500; ++i) {
        found[t] += is_crawler("bingbot/" + std::to_string(i));
        found[t] += is_crawler(std::string(kChrome) + std::to_string(i));
      }
    });
  for (auto& thread : threads) thread.join();
  for (const int count : found) EXPECT_EQ(count, 500);
}

/// Nanoseconds a call; the least of several rounds, so that a busy machine does not fail the test.
template <class Call>
double nanoseconds(std::size_t calls, int rounds, Call call) {
  double least = 1e12;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    least = std::min(least, spent.count() / static_cast<double>(calls));
  }
  return least;
}

TEST(Crawlers, speed) {
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
  GTEST_SKIP() << "speed is a matter of release builds";
#else
  TANDEM_SHARED_FILE(log, "data/web-access-log/access_2015-05-17_18.log.gz");
  std::set<std::string> agents;
  for (const auto line : test::lines_of(log)) agents.emplace(agent_of(line));
  int found = 0, round = 0;
  // Agents of that length that no cache has seen: their tails differ from round to round.
  const double uncached = nanoseconds(agents.size(), 5, [&] {
    ++round;
    for (const auto& agent : agents) found += is_crawler(agent + std::to_string(round));
  });
  const double cached = nanoseconds(100'000, 5, [&] {
    for (int i = 0; i < 100'000; ++i) found += is_crawler(kChrome);
  });
  EXPECT_GT(found, 0);
  EXPECT_LT(cached, 200);
  EXPECT_LT(uncached, 20'000);
  RecordProperty("cached_ns", std::to_string(cached));
  RecordProperty("uncached_ns", std::to_string(uncached));
#endif
}

}  // namespace
}  // namespace tandem::attribution
