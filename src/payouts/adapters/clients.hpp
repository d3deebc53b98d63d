// The clients of the rails that are called.
#pragma once
#include <functional>

#include "payouts/rails.hpp"

namespace tandem::payouts {

std::unique_ptr<RailClient> paypal_client(RailAccount account);
/// Asks PayPal whether it signed this delivery (POST /v1/notifications/verify-webhook-signature). `header`
/// gives a header by its lower-case name.
Task<bool> is_signed_by_paypal(RailAccount account, std::function<std::string(std::string_view)> header,
                               std::string body);
std::unique_ptr<RailClient> wise_client(RailAccount account);
std::unique_ptr<RailClient> stripe_client(RailAccount account);

}  // namespace tandem::payouts
