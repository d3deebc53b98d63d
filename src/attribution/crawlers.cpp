#include "attribution/crawlers.hpp"

#include <re2/set.h>

#include <array>
#include <functional>
#include <string>

#include "base/assert.hpp"

namespace tandem::embedded {
extern const std::string_view crawlers_txt;
}

namespace tandem::attribution {
namespace {

constexpr std::size_t kMostBytes = 2048;           // of an agent that are looked at
constexpr std::size_t kCachedBytes = 512;          // longer agents are judged anew each time
constexpr std::size_t kCacheSlots = 256;           // a thread; a power of two
constexpr std::int64_t kMatcherMemory = 32 << 20;  // of the automaton; it starts over when that is full

RE2::Set* compile() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // agents are bytes; the patterns are ASCII
  options.set_max_mem(kMatcherMemory);
  options.set_never_capture(true);
  options.set_log_errors(false);
  auto* set = new RE2::Set(options, RE2::UNANCHORED);
  std::string_view rest = embedded::crawlers_txt;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty() || line == "#" || line.starts_with("# ")) continue;
    std::string error;
    TANDEM_ASSERT(set->Add({line.data(), line.size()}, &error) >= 0, "crawlers.txt: {}: {}", line, error);
  }
  TANDEM_ASSERT(set->Compile(), "crawlers.txt does not compile within {} bytes", kMatcherMemory);
  return set;
}

bool matches(std::string_view agent) {
  // Never freed: threads may still judge while the process ends.
  static const RE2::Set* const set = compile();
  RE2::Set::ErrorInfo error{};
  if (set->Match({agent.data(), agent.size()}, nullptr, &error)) return true;
  // An agent that the automaton cannot hold is not a browser's.
  return error.kind != RE2::Set::kNoError;
}

struct Cached {
  std::string agent;
  bool is_crawler = false;
};

}  // namespace

bool is_crawler(std::string_view user_agent) {
  if (user_agent.empty() || user_agent == "-") return false;
  user_agent = user_agent.substr(0, kMostBytes);
  if (user_agent.size() > kCachedBytes) return matches(user_agent);
  thread_local std::array<Cached, kCacheSlots> cache;
  Cached& slot = cache[std::hash<std::string_view>{}(user_agent) % kCacheSlots];
  if (slot.agent != user_agent) {
    slot.is_crawler = matches(user_agent);
    slot.agent = user_agent;
  }
  return slot.is_crawler;
}

}  // namespace tandem::attribution
