// What providers call when something became of a payout. A message is a hint and no more: when its signature
// is the provider's, the payout is asked after, and what the provider then says is what counts. So order,
// repeats and contents of messages do not matter.
#include "payouts/webhooks.hpp"

#include <sstream>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "crypto/hmac.hpp"
#include "crypto/rsa.hpp"
#include "identity/api.hpp"
#include "jobs/worker.hpp"
#include "payouts/adapters/clients.hpp"
#include "payouts/bank_results.hpp"
#include "payouts/connected_accounts.hpp"
#include "payouts/rail_accounts.hpp"
#include "payouts/submission.hpp"

namespace tandem::payouts {

namespace {

inline constexpr ProblemKind kBadSignature{400, "bad_signature", "The signature is not the provider's"};
constexpr std::int64_t kToleranceSeconds = 300;

struct IdRow {
  PayoutId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(std::string, Rail)> kByExternalId{"payouts.by_external_id", R"sql(
  select p.id from app.payouts p where p.organization_id = $1 and p.external_id = $2 and p.rail = $3
)sql"};
const db::Query<IdRow(PayoutId, Rail)> kById{"payouts.by_id_and_rail", R"sql(
  select p.id from app.payouts p where p.organization_id = $1 and p.id = $2 and p.rail = $3
)sql"};

std::string header_of(const http::Request& request, std::string_view name) {
  return std::string(request.header(name).value_or(""));
}

/// Stripe-Signature: t=<seconds>,v1=<hex of HMAC-SHA256 of "t.body">, any number of v1.
bool is_signed_by_stripe(const http::Request& request, const std::string& secret) {
  std::string time;
  std::vector<std::string> signatures;
  std::string header = header_of(request, "stripe-signature");
  std::string_view rest = header;
  while (!rest.empty()) {
    const auto part = rest.substr(0, rest.find(','));
    if (part.starts_with("t=")) time = std::string(part.substr(2));
    if (part.starts_with("v1=")) signatures.emplace_back(part.substr(3));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), seconds);
  if (error != std::errc{} || end != time.data() + time.size()) return false;
  if (std::abs(Clock::now().unix_seconds() - seconds) > kToleranceSeconds) return false;
  const std::string expected = to_hex(crypto::hmac_sha256(secret, time + "." + request.body));
  return std::ranges::any_of(
      signatures, [&](const std::string& one) { return crypto::equal_in_constant_time(one, expected); });
}

bool is_signed_by_wise(const http::Request& request, const std::string& public_key) {
  const auto signature = from_base64(header_of(request, "x-signature-sha256"));
  return signature && crypto::verify_rsa_sha256(public_key, request.body, *signature);
}

Task<bool> is_signed(const http::Request& request, RailAccount account) {
  if (account.webhook_key.empty()) co_return false;
  if (account.rail == Rail::stripe) {
    // Events of connected accounts come from an endpoint with a secret of its own: each is a word of the key.
    std::istringstream secrets(account.webhook_key);
    for (std::string secret; secrets >> secret;)
      if (is_signed_by_stripe(request, secret)) co_return true;
    co_return false;
  }
  if (account.rail == Rail::wise) co_return is_signed_by_wise(request, account.webhook_key);
  if (header_of(request, "paypal-transmission-sig").empty()) co_return false;
  co_return co_await is_signed_by_paypal(
      std::move(account), [&](std::string_view name) { return header_of(request, name); }, request.body);
}

/// What a message says that it is about; one of the three, or nothing of ours.
struct Subject {
  std::optional<PayoutId> id;
  std::optional<std::string> external_id;
  std::optional<std::string> account;  // connected, by Stripe's name
  std::string cause;                   // the message's own id
};

Subject subject_of(Rail rail, const json::View& message, const std::string& body) {
  const auto text = [](const json::View& view) { return std::string(view.text().value_or("")); };
  Subject out;
  if (rail == Rail::stripe) {
    out.cause = text(message["id"]);
    const auto object = message["data"]["object"];
    if (text(object["object"]) == "account")
      out.account = text(object["id"]);
    else
      out.id = payout_of(text(object["transfer_group"]));
  } else if (rail == Rail::wise) {
    // A message has no id of its own in its body; the same one is the same bytes.
    out.cause = to_hex(crypto::sha256(body));
    if (const auto id = message["data"]["resource"]["id"].integer()) out.external_id = std::to_string(*id);
  } else {
    out.cause = text(message["id"]);
    const auto resource = message["resource"];
    std::string batch = text(resource["batch_header"]["sender_batch_header"]["sender_batch_id"]);
    if (batch.starts_with("po_")) batch.erase(0, 3);
    out.id = payout_of(batch.empty() ? text(resource["payout_item"]["sender_item_id"]) : batch);
  }
  return out;
}

struct RailMessageReceived {
  bool received = true;
};
BOOST_DESCRIBE_STRUCT(RailMessageReceived, (), (received))

Task<RailMessageReceived> receive(http::Context context, Slug organization_slug, Code provider) {
  constexpr std::size_t kCauseMax = 200;
  const auto rail = rail_named(provider.str());
  const auto organization = co_await identity::find_organization(context.pool, organization_slug);
  if (!organization || !rail) throw Problem(kNotFound);
  const db::Scope scope{*organization, db::ActorKind::system, {}, {}};
  auto account = co_await db::run_tx(context.pool, scope, db::Role::read,
                                     [&](db::Tx& tx) { return rail_account(tx, *rail); });
  if (!account) throw Problem(kNotFound);
  const auto document = json::Document::parse(context.request.body);
  if (!document || !co_await is_signed(context.request, *std::move(account))) throw Problem(kBadSignature);
  const auto subject = subject_of(*rail, document->root(), context.request.body);
  if (subject.cause.empty() || subject.cause.size() > kCauseMax ||
      (!subject.id && !subject.external_id && !subject.account))
    co_return RailMessageReceived{};
  const bool is_ours =
      co_await db::run_tx(context.pool, scope, db::Role::write, [&](db::Tx& tx) -> Task<bool> {
        const std::string cause = fmt::format("{}:{}", provider.str(), subject.cause);
        if (subject.account) co_return co_await check_soon(tx, *subject.account, cause);
        const auto payout = subject.id ? co_await tx.maybe(kById, *subject.id, *rail)
                                       : co_await tx.maybe(kByExternalId, *subject.external_id, *rail);
        if (payout) ask_soon(tx, payout->id, cause);
        co_return payout.has_value();
      });
  if (is_ours) jobs::Worker::hint_all();
  co_return RailMessageReceived{};
}

}  // namespace

void declare_webhooks(http::Routes& routes) {
  routes.tag("payout rails");
  routes.post("/api/payout-webhooks/{organization_slug}/{provider}", receive)
      .says("Receive a signed message of a payout provider")
      .explains(
          "The payout, or the connected account, is asked after; what the message says is not believed. Repeats have no effect.")
      .allow(http::Access::open)
      .answers(200)
      .repeats(http::Repeat::content)
      .body_up_to(256 * 1024)
      .refuses({&kBadSignature});
}

}  // namespace tandem::payouts
