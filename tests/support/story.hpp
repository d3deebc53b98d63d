// The whole product without a socket: every route, job and listener, keys checked as in production, signed
// deliveries, storms from several threads, and the invariants at the end.
//
//   Story s;
//   const auto partner = s.partner();
//   s.deal(partner, RatePpm{50'000});
//   const auto billing = s.billing();
//   s.deliver(billing, "evt_1", R"({…})");
//   s.work();
//   EXPECT_EQ(s.differences(), "");
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "support/feature_fixture.hpp"
#include "support/test_app.hpp"

namespace tandem::test {

class Story : public FeatureFixture {
 public:
  Story();
  ~Story();

  TestApp app;      // as staff
  TestApp outside;  // as whoever the request's own keys say

  /// An inbound endpoint: its path and its secret.
  struct Source {
    std::string path, secret;
  };
  Source billing();
  Source stripe(std::string secret = "whsec_test_secret");
  /// Headers of a delivery, signed as Standard Webhooks 1.0.0 says.
  static http::Pairs signed_as_ours(const Source& source, const std::string& id, std::string_view body,
                                    Timestamp at = Clock::now());
  /// Stripe-Signature with one v1.
  static http::Pairs signed_as_stripe(const Source& source, std::string_view body,
                                      Timestamp at = Clock::now());
  Answer deliver(const Source& source, const std::string& id, const std::string& body);
  Answer deliver_stripe(const Source& source, const std::string& body);

  /// Runs every due job of this organization; returns how many were done.
  int work();
  /// The same after the waiting time of those that were put off.
  int work_later();

  /// One cell of a statement whose $1 is the organization; "" for null.
  std::string cell(std::string_view sql);
  /// What `tandem reconcile` finds, one line each; "" is the only good answer.
  std::string differences();
  /// "50 0": earned and taken back over all earnings, minor units.
  std::string totals() {
    return cell(
        "select coalesce(sum(amount) filter (where amount > 0), 0) || ' ' || "
        "coalesce(sum(amount) filter (where amount < 0), 0) from app.earnings where organization_id = $1");
  }

  /// A sale of the partner by the API, in minor units of USD; the conversion's id. `more` goes into the body.
  std::string sale(PartnerId partner, std::string_view external_id, std::int64_t amount,
                   std::string_view at = "2026-03-05T10:00:00Z", std::string_view more = "");
  /// A refund of so much of it, a day after the usual sale.
  void refund(const std::string& conversion, std::string_view external_id, std::int64_t amount);

  /// Sends all requests from `threads` threads, each with a pool and an event loop of its own, as the server
  /// does, and with so many clients who each send their next when they are answered: a thousand times
  /// `threads` are sent at once unless told. Answers in the order of the requests.
  std::vector<Answer> storm(const std::vector<http::Request>& requests, int threads = 4, int clients = 1000);

 private:
  Source endpoint(std::string_view body);
};

/// A sale of this many minor units, as our own form of event.
std::string sale_event(std::string_view external_id, std::int64_t amount, std::string_view who,
                       std::string_view currency = "USD", std::string_view type = "sale.created",
                       std::string_view at = "2026-03-05T10:00:00Z");
/// A refund of a conversion.
std::string refund_event(std::string_view external_id, std::string_view conversion, std::int64_t amount,
                         bool is_cumulative = false, std::string_view currency = "USD",
                         std::string_view at = "2026-03-06T10:00:00Z");

}  // namespace tandem::test
