// TimedCache: a bounded map whose entries go out of date. One instance a thread, no locks. Used by look-ups
// of public codes and keys, where a few hundred milliseconds of staleness are promised and a flood of unknown
// keys must not grow memory.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace tandem {

template <class Value>
class TimedCache {
 public:
  explicit TimedCache(std::size_t size_max) : size_max_(size_max) {}

  /// The value, or nullptr when it is unknown or out of date. Valid until the next call.
  const Value* find(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    if (found->second.until <= Monotonic::now()) {
      entries_.erase(found);
      return nullptr;
    }
    return &found->second.value;
  }

  /// Keeps the value for `keep`. A full cache first drops what is out of date, and everything if that is not
  /// enough.
  void put(const std::string& key, Value value, std::chrono::milliseconds keep) {
    const auto now = Monotonic::now();
    if (entries_.size() >= size_max_) {
      std::erase_if(entries_, [&](const auto& entry) { return entry.second.until <= now; });
      if (entries_.size() >= size_max_) entries_.clear();
    }
    entries_.insert_or_assign(key, Entry{std::move(value), now + keep});
  }

  void erase(const std::string& key) { entries_.erase(key); }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Value value;
    Monotonic::time_point until;
  };
  std::size_t size_max_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace tandem
