// The clients of the rails that are called.
#pragma once
#include <functional>

#include "payouts/rails.hpp"

namespace tandem::payouts {

std::unique_ptr<RailClient> paypal_client(RailAccount account);
/// Whether PayPal takes this amount: of forints, Taiwan dollars and yen it takes whole ones alone
/// (developer.paypal.com/api/rest/reference/currency-codes).
bool paypal_takes(const Money& amount);
/// Whether PayPal signed this delivery: by the certificate that it names, when that is at PayPal and leads to
/// an authority that we trust; else PayPal is asked (POST /v1/notifications/verify-webhook-signature).
/// `header` gives a header by its lower-case name.
Task<bool> is_signed_by_paypal(RailAccount account, std::function<std::string(std::string_view)> header,
                               std::string body);
std::unique_ptr<RailClient> wise_client(RailAccount account);
std::unique_ptr<RailClient> stripe_client(RailAccount account);
std::unique_ptr<ConnectClient> stripe_connect_client(RailAccount account);
/// For every rail whose address is kSimulator.
std::unique_ptr<RailClient> simulator_client();
std::unique_ptr<ConnectClient> simulator_connect_client();

}  // namespace tandem::payouts
