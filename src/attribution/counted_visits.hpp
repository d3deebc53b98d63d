// What this process has counted lately. A repeat that is known here needs no look into the database, so that
// new visits go in without asking first whether each of them is one. Only what is committed is remembered,
// and what is forgotten costs a question, never a count: the database's index decides.
#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "attribution/api.hpp"

namespace tandem::attribution {

/// The half hour of an instant, in which a visitor counts once on a link: floor(unix seconds / 1800).
std::int64_t slot_of(Timestamp at);

/// Safe from any thread.
class CountedVisits {
 public:
  CountedVisits();
  /// Makes `duplicate` of each `counted` that repeats one remembered here or one earlier in `visits`.
  void mark_repeats(const std::vector<VisitFacts>& visits, std::vector<VisitStatus>& statuses) const;
  /// Takes note of committed visits: what counted, and the repeats, of which another counted.
  void remember(const std::vector<VisitFacts>& visits, const std::vector<VisitStatus>& statuses);

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> places_;  // each key has one, and the latest of those that share it stays
};

}  // namespace tandem::attribution
