// Payouts that partners ask for: what is due above the minimum, without waiting for the month. A request is
// taken into the open run of requests in its currency by a job; people of the organization approve and send
// that run as any other, and who asked never approves.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"
#include "payouts/ids.hpp"

namespace tandem::payouts {

using PayoutRequestId = Id<struct PayoutRequestTag>;

enum class RequestState : int { waiting, drafted, refused };
BOOST_DESCRIBE_ENUM(RequestState, waiting, drafted, refused)

struct CreatePayoutRequest {
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(CreatePayoutRequest, (), (currency))

struct PayoutRequest {
  PayoutRequestId id;
  PartnerId partner_id;
  Currency currency;
  RequestState state{};
  std::optional<std::string> reason;  // why refused: as of payout candidates, or "nothing_due"
  std::optional<PayoutId> payout_id;  // of a drafted one
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PayoutRequest, (),
                      (id, partner_id, currency, state, reason, payout_id, created_at, updated_at))

/// "payouts.take_request": one request into a draft.
jobs::Kind take_request_job();
void declare_requests(http::Routes& routes);

}  // namespace tandem::payouts
