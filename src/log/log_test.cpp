#include "log/log.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace tandem::log {
namespace {

static_assert(!std::is_constructible_v<Value, Secret>);
static_assert(!std::is_constructible_v<Value, Personal>);
static_assert(!std::is_constructible_v<Value, Email>);
static_assert(!std::is_constructible_v<Value, double>);
static_assert(!std::is_constructible_v<Value, char>);
static_assert(std::is_constructible_v<Value, std::size_t>);

class Log : public testing::Test {
 protected:
  Log() {
    Clock::freeze(Timestamp::parse("2026-01-02T03:04:05.678Z"));
    capture([this](std::string_view line) { lines_.emplace_back(line); });
  }
  ~Log() override {
    capture({});
    set_level(Level::info);
    Clock::freeze(std::nullopt);
  }
  std::string text(std::string_view value) {
    lines_.clear();
    info("e", {{"v", value}});
    const auto& line = lines_.at(0);
    const auto at = line.find("\"v\":") + 4;
    return line.substr(at, line.size() - at - 1);
  }
  std::vector<std::string> lines_;
};

TEST_F(Log, a_line_is_an_object_with_typed_fields) {
  const OrganizationId id{*Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")};
  warn("http.request", {{"request_id", id.uuid()},
                        {"organization_id", id},
                        {"route", "/api/links"},
                        {"status", 201},
                        {"big", std::int64_t{-9007199254740993}},
                        {"bytes", std::size_t{7}},
                        {"cached", false},
                        {"due_at", Timestamp::from_unix_seconds(0)},
                        {"name", std::string("a\"b")}});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(
      lines_[0],
      R"({"at":"2026-01-02T03:04:05.678Z","level":"warn","event":"http.request",)"
      R"("request_id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",)"
      R"("organization_id":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","route":"/api/links","status":201,)"
      R"("big":-9007199254740993,"bytes":7,"cached":false,"due_at":"1970-01-01T00:00:00.000Z","name":"a\"b"})");
}

TEST_F(Log, no_input_begins_a_line_or_moves_a_cursor) {
  EXPECT_EQ(text("two\nlines\r\t\x1b[31m\x7f"), R"("two\nlines\r\t\u001b[31m\u007f")");
  EXPECT_EQ(text("\xc2\x9b"
                 "31m \xe2\x80\xae"),
            R"("\u009b31m \u202e")");
  EXPECT_EQ(text("\xe2\x80\xa8"), R"("\u2028")");
  EXPECT_EQ(text("\xff\xc2 é\xed\xa0\x80"), R"("\ufffd\ufffd é\ufffd\ufffd\ufffd")");
  EXPECT_EQ(text(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(text("\n😀"), R"("\n😀")");
}

TEST_F(Log, long_texts_are_cut) {
  const auto shown = text(std::string(100'000, 'x'));
  EXPECT_EQ(shown, "\"" + std::string(4096, 'x') + "…\"");
}

TEST_F(Log, levels) {
  debug("hidden");
  EXPECT_TRUE(lines_.empty());
  EXPECT_TRUE(set_level("debug"));
  debug("shown");
  EXPECT_FALSE(set_level("loud"));
  EXPECT_TRUE(set_level("error"));
  warn("hidden");
  error("shown");
  EXPECT_EQ(lines_.size(), 2U);
}

TEST(LogFile, lines_of_several_threads_do_not_mix) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("tandem-log-{}.log", getpid());
  write_to(file.string());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 500; ++i) info("test.line", {{"thread", t}, {"i", i}, {"text", "{percent %v} {}"}});
    });
  }
  for (auto& thread : threads) thread.join();
  write_to("");
  std::ifstream in(file);
  std::string line;
  int count = 0;
  for (; std::getline(in, line); ++count) {
    ASSERT_TRUE(line.starts_with("{\"at\":\"")) << line;
    ASSERT_TRUE(line.ends_with("\"text\":\"{percent %v} {}\"}")) << line;
  }
  EXPECT_EQ(count, 2000);
  EXPECT_EQ(lost_lines(), 0);
  std::filesystem::remove(file);
  EXPECT_THROW(write_to("/proc/no/such/file"), std::runtime_error);
  // A full disk loses the line, not the server.
  write_to("/dev/full");
  info("test.line", {{"text", "x"}});
  write_to("");
  EXPECT_EQ(lost_lines(), 1);
}

TEST(LogFile, lines_that_are_held_are_written_as_one_and_in_order) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("tandem-held-{}.log", getpid());
  const auto events = [&] {
    std::ifstream in(file);
    std::string line, out;
    while (std::getline(in, line)) {
      const auto at = line.find(R"("event":")") + 9;
      out += line.substr(at, line.find('"', at) - at) + " ";
    }
    return out;
  };
  write_to(file.string());
  EXPECT_FALSE(hold(Level::debug, "test.hidden"));
  EXPECT_TRUE(hold(Level::info, "test.a"));
  EXPECT_FALSE(hold(Level::info, "test.b"));
  EXPECT_EQ(events(), "");
  flush_held();
  EXPECT_EQ(events(), "test.a test.b ");
  EXPECT_TRUE(hold(Level::info, "test.c"));
  error("test.d");
  EXPECT_EQ(events(), "test.a test.b test.c test.d ") << "what came before stands before";
  std::thread([] { hold(Level::info, "test.e"); }).join();
  EXPECT_EQ(events(), "test.a test.b test.c test.d test.e ") << "a thread that ends loses nothing";
  const std::string text(4000, 'x');
  for (int i = 0; i < 100; ++i) hold(Level::info, "test.long", {{"text", text}});
  EXPECT_GT(std::filesystem::file_size(file), 300'000U) << "little is held";
  flush_held();
  write_to("/dev/full");
  const auto before = lost_lines();
  for (int i = 0; i < 3; ++i) hold(Level::info, "test.lost");
  flush_held();
  EXPECT_EQ(lost_lines() - before, 3);
  write_to("");
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace tandem::log
