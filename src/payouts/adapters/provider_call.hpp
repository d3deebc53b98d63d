// One call to a provider, and what its failures mean. Used by the adapters of rails.
#pragma once
#include <expected>

#include "net/client.hpp"
#include "payouts/rails.hpp"

namespace tandem::payouts {

/// An answer of the provider, 2xx or a refusal that it means (400, 404, 409, 422); everything else is said in
/// a RailAnswer: absent when nothing can have happened (nobody there, credentials refused), else unknown.
Task<std::expected<net::Answer, RailAnswer>> call_provider(net::Request request);

RailAnswer outcome(Outcome what);
RailAnswer failed(std::string reason);
RailAnswer unknown(std::string reason);
RailAnswer absent(std::string reason);

/// "142.75" of 14275 USD.
std::string major_units(const Money& amount);
/// A text as a JSON string.
std::string quoted(std::string_view text);

}  // namespace tandem::payouts
