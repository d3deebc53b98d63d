// What this process has counted lately. A repeat that is known here needs no look into the database, so that
// new visits go in without asking first whether each of them is one. Only what is committed is remembered,
// and what is forgotten costs a question, never a count: the database's index decides.
#pragma once
#include <array>
#include <mutex>
#include <vector>

#include "attribution/api.hpp"

namespace tandem::attribution {

/// The half hour of an instant, in which a visitor counts once on a link: floor(unix seconds / 1800).
std::int64_t slot_of(Timestamp at);

/// Safe from any thread.
class CountedVisits {
 public:
  /// Visitor, link (links differ between organizations) and half hour: 64, 16 and 8 bytes, a shorter visitor
  /// filled up with zeros.
  using Key = std::array<char, 88>;
  /// One a visit, in order. Made by the caller, before the lock is taken that threads wait for, and once for
  /// both calls.
  using Keys = std::vector<Key>;
  static Keys keys_of(const std::vector<VisitFacts>& visits);

  CountedVisits();
  /// Makes `duplicate` of each `counted` that repeats one remembered here or an earlier one of its batch.
  void mark_repeats(const Keys& keys, std::vector<VisitStatus>& statuses) const;
  /// Takes note of committed visits: what counted, and the repeats, of which another counted.
  void remember(const Keys& keys, const std::vector<VisitStatus>& statuses);

 private:
  mutable std::mutex mutex_;
  std::vector<Key> places_;  // each key has one, and the latest of those that share it stays
};

}  // namespace tandem::attribution
