// Limits: how much one caller, and one organization as a whole, may ask. A bucket of tokens for each: it
// fills at `per_second`, holds at most `burst`, and a request takes one; besides, a caller has at most
// `in_progress` requests under way. One table for all threads. What is over the limit is answered 429 with
// Retry-After; every answer to a caller that is known says what is left in RateLimit-Limit, -Remaining and
// -Reset (draft-ietf-httpapi-ratelimit-headers).
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "http/message.hpp"
#include "http/principal.hpp"

namespace tandem::http {

/// 0 in a member means no limit of that kind.
struct Limit {
  std::int64_t per_second = 0, burst = 0;
  int in_progress = 0;
};

struct LimitOptions {
  Limit caller;                 // an API key, or a person under one membership
  Limit organization;           // all its callers together, browsers with a site key among them
  int reports_in_progress = 0;  // reports and lists as CSV, of everybody; 0: any number
};

/// What a caller is told of its limit.
struct LimitFigures {
  std::int64_t limit = 0, remaining = 0, reset_s = 0;  // reset: seconds until the bucket is full
  std::int64_t retry_after_s = 0;                      // of a refusal
  bool is_admitted = true;
};

class Limits {
 public:
  explicit Limits(LimitOptions options) : options_(options) {}

  /// One request on its way; gives its place back when it goes out of scope.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept
        : figures(other.figures), limits_(std::exchange(other.limits_, nullptr)), caller_(other.caller_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (limits_ != nullptr) limits_->finish(caller_);
    }
    std::optional<LimitFigures> figures;  // none for a caller that has no limit

   private:
    friend class Limits;
    Limits* limits_ = nullptr;
    Uuid caller_;
  };
  /// A report on its way; gives its place back when it goes out of scope.
  class ReportPlace {
   public:
    explicit ReportPlace(Limits& limits) : limits_(&limits) {}
    ReportPlace(ReportPlace&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)) {}
    ReportPlace& operator=(ReportPlace&&) = delete;
    ~ReportPlace() {
      if (limits_ != nullptr) limits_->reports_.fetch_sub(1);
    }

   private:
    Limits* limits_;
  };
  /// Throws Problem kUnavailable when enough reports run.
  ReportPlace admit_report();
  /// Takes one request of this caller into account. The ticket's figures say whether it is admitted.
  Ticket admit(const Principal& principal);

 private:
  struct Bucket {
    double tokens = 0;
    Monotonic::time_point at{};
    int running = 0;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Uuid, Bucket> buckets;
  };
  LimitFigures take(const Uuid& id, const Limit& limit, bool holds_a_place);
  void finish(const Uuid& id);
  Shard& shard_of(const Uuid& id) { return shards_[std::hash<Uuid>{}(id) % shards_.size()]; }

  LimitOptions options_;
  std::atomic<int> reports_{0};
  std::array<Shard, 16> shards_;
};

/// Adds the RateLimit headers, and Retry-After to a refusal.
void add_limit_headers(const LimitFigures& figures, Pairs& headers);

}  // namespace tandem::http
