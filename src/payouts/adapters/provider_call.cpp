#include "payouts/adapters/provider_call.hpp"

#include <fmt/format.h>

namespace tandem::payouts {

RailAnswer outcome(Outcome what) { return {.kind = RailAnswer::Kind::outcome, .outcome = std::move(what)}; }
RailAnswer failed(std::string reason) {
  return outcome({.state = PayoutState::failed, .reason = std::move(reason)});
}
RailAnswer unknown(std::string reason) { return {.reason = std::move(reason)}; }
RailAnswer absent(std::string reason) {
  return {.kind = RailAnswer::Kind::absent, .outcome = {}, .reason = std::move(reason)};
}

Task<std::expected<net::Answer, RailAnswer>> call_provider(net::Request request) {
  request.timeouts = {.connect = std::chrono::milliseconds{3'000}, .total = std::chrono::milliseconds{6'000}};
  auto answer = co_await net::fetch(std::move(request));
  if (!answer) {
    const auto& failure = answer.error();
    std::string reason = fmt::format("{}: {}", net::name_of(failure.kind), failure.reason);
    co_return std::unexpected(failure.may_have_arrived ? unknown(std::move(reason))
                                                       : absent(std::move(reason)));
  }
  const int status = answer->status;
  if (status / 100 == 2 || status == 400 || status == 404 || status == 409 || status == 422)
    co_return *std::move(answer);
  std::string reason = fmt::format("the provider answered {}", status);
  if (status == 401 || status == 403) co_return std::unexpected(absent(std::move(reason)));
  co_return std::unexpected(unknown(std::move(reason)));
}

std::string major_units(const Money& amount) {
  const int exponent = amount.currency.exponent();
  std::string digits = std::to_string(amount.amount);
  if (exponent == 0) return digits;
  const auto width = static_cast<std::size_t>(exponent);
  if (digits.size() <= width) digits.insert(0, width + 1 - digits.size(), '0');
  return digits.insert(digits.size() - width, ".");
}

std::string quoted(std::string_view text) {
  std::string out;
  json::print_string(text, out);
  return out;
}

}  // namespace tandem::payouts
