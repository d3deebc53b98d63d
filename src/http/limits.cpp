#include "http/limits.hpp"

#include <algorithm>
#include <cmath>

#include "base/problem.hpp"

namespace tandem::http {
namespace {

constexpr std::size_t kBucketsMax = 10'000;  // of a shard, before those that are full again are forgotten

}  // namespace

LimitFigures Limits::take(const Uuid& id, const Limit& limit, bool holds_a_place) {
  Shard& shard = shard_of(id);
  const auto now = Monotonic::now();
  const auto rate = static_cast<double>(limit.per_second);
  const auto burst = static_cast<double>(std::max(limit.burst, limit.per_second));
  const std::scoped_lock lock(shard.mutex);
  if (shard.buckets.size() >= kBucketsMax)
    std::erase_if(shard.buckets, [&](const auto& entry) {
      return entry.second.running == 0 && now - entry.second.at > std::chrono::minutes{1};
    });
  auto [it, is_new] = shard.buckets.try_emplace(id, Bucket{burst, now, 0});
  Bucket& bucket = it->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.tokens = std::min(burst, bucket.tokens + passed.count() * rate);
  bucket.at = now;
  LimitFigures figures;
  figures.limit = limit.per_second;
  const bool is_crowded = holds_a_place && limit.in_progress > 0 && bucket.running >= limit.in_progress;
  if (limit.per_second > 0 && bucket.tokens < 1) {
    figures.is_admitted = false;
    figures.retry_after_s = std::max<std::int64_t>(1, std::lround(std::ceil((1 - bucket.tokens) / rate)));
  } else if (is_crowded) {
    figures.is_admitted = false;
    figures.retry_after_s = 1;
  } else {
    bucket.tokens -= 1;
    if (holds_a_place) ++bucket.running;
  }
  figures.remaining = std::max<std::int64_t>(0, static_cast<std::int64_t>(bucket.tokens));
  if (limit.per_second > 0) figures.reset_s = std::lround(std::ceil((burst - bucket.tokens) / rate));
  return figures;
}

Limits::ReportPlace Limits::admit_report() {
  const int running = reports_.fetch_add(1);
  ReportPlace place(*this);
  if (options_.reports_in_progress > 0 && running >= options_.reports_in_progress)
    throw Problem(kUnavailable, "Other reports are running.").retry_after(2);
  return place;
}

Limits::Ticket Limits::admit(const Principal& principal) {
  Ticket ticket;
  if (principal.kind == Principal::Kind::anonymous) return ticket;
  const bool is_counted = principal.kind != Principal::Kind::site_key;
  if (is_counted && (options_.caller.per_second > 0 || options_.caller.in_progress > 0)) {
    const Uuid caller = principal.membership_id.value_or(principal.scope.actor_id.uuid());
    ticket.figures = take(caller, options_.caller, true);
    if (!ticket.figures->is_admitted) return ticket;
    ticket.limits_ = this;
    ticket.caller_ = caller;
  }
  if (options_.organization.per_second > 0 && principal.scope.organization_id != OrganizationId{}) {
    const auto whole = take(principal.scope.organization_id.uuid(), options_.organization, false);
    if (!ticket.figures || !whole.is_admitted || whole.remaining < ticket.figures->remaining)
      ticket.figures = whole;
  }
  return ticket;
}

void Limits::finish(const Uuid& id) {
  Shard& shard = shard_of(id);
  const std::scoped_lock lock(shard.mutex);
  if (const auto it = shard.buckets.find(id); it != shard.buckets.end()) --it->second.running;
}

void add_limit_headers(const LimitFigures& figures, Pairs& headers) {
  if (figures.limit > 0) {
    headers.emplace_back("RateLimit-Limit", std::to_string(figures.limit));
    headers.emplace_back("RateLimit-Remaining", std::to_string(figures.remaining));
    headers.emplace_back("RateLimit-Reset", std::to_string(figures.reset_s));
  }
  if (figures.is_admitted) return;
  std::erase_if(headers, [](const auto& header) { return header.first == "Retry-After"; });
  headers.emplace_back("Retry-After", std::to_string(figures.retry_after_s));
}

}  // namespace tandem::http
