#include "identity/oidc/provider.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <mutex>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_view.hpp"
#include "crypto/hmac.hpp"
#include "crypto/jws.hpp"
#include "log/log.hpp"
#include "net/client.hpp"

namespace tandem::identity {

namespace oidc {

namespace {

using namespace std::chrono_literals;

constexpr net::Timeouts kTimeouts{.connect = 3s, .total = 5s};
constexpr std::size_t kAnswerMax = 256 * 1024;
constexpr auto kRetryAfter = 200ms;
constexpr std::chrono::seconds kRemembered = 1h, kKeysAgainAfter = 10s;
constexpr int kTellToRetryAfter = 10;  // seconds

/// The provider's own description (Discovery 1.0 section 3).
struct Metadata {
  std::string authorization_endpoint, token_endpoint, user_info_endpoint, keys_uri;
  bool takes_basic = true;    // client_secret_basic, which is what a document without a word means
  bool names_itself = false;  // RFC 9207
};

template <class T>
struct Remembered {
  T value;
  Monotonic::time_point at;
};

/// One a process; filled by whichever thread needs it first.
struct Memory {
  std::mutex mutex;
  std::optional<Settings> settings;
  std::optional<Remembered<Metadata>> metadata;
  std::optional<Remembered<std::vector<crypto::SignatureKey>>> keys;
};
Memory& memory() {
  static Memory all;
  return all;
}

Problem away(std::string_view what, std::string_view why) {
  log::warn("oidc.unavailable", {{"what", what}, {"why", why}});
  return Problem(kProviderAway, fmt::format("{}. Try again in a moment, or sign in with the password.", what))
      .retry_after(kTellToRetryAfter);
}
Problem refused(std::string_view why) {
  log::warn("oidc.refused", {{"why", why}});
  return Problem(kRefused, fmt::format("Begin again: {}.", why));
}

const Settings& configured() {
  const Settings* found = settings();
  if (found == nullptr) throw Problem(kNotFound);
  return *found;
}

/// application/x-www-form-urlencoded; fit for a query, too.
using Fields = std::vector<std::pair<std::string_view, std::string>>;
std::string form(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, percent_encoded(value));
  return out;
}

/// What a GET gives; tried twice.
Task<std::string> read(std::string url, net::Headers headers, std::string_view what) {
  std::string why;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (attempt > 0) {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
      timer.expires_after(kRetryAfter);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    const auto answer = co_await net::fetch(
        {.url = url, .headers = headers, .timeouts = kTimeouts, .answer_bytes_max = kAnswerMax});
    if (answer && answer->status == 200) co_return answer->body;
    why = answer ? fmt::format("answered {}", answer->status) : answer.error().reason;
  }
  throw away(what, why);
}

Task<Metadata> discover() {
  {
    const std::scoped_lock lock(memory().mutex);
    const auto& known = memory().metadata;
    if (known && Monotonic::now() - known->at < kRemembered) co_return known->value;
  }
  constexpr std::string_view kWhat = "The provider's description cannot be read";
  const std::string issuer = configured().issuer;
  std::string base = issuer;
  while (base.ends_with('/')) base.pop_back();
  const std::string text = co_await read(base + "/.well-known/openid-configuration", {}, kWhat);
  const auto document = json::Document::parse(text);
  if (!document) throw away(kWhat, "it is no JSON");
  const auto root = document->root();
  // Discovery section 4.3: else another provider could speak for this one.
  if (root["issuer"].text() != issuer) throw away(kWhat, "it names another issuer");
  Metadata out;
  const auto take = [&](std::string_view name) { return std::string(root[name].text().value_or("")); };
  out.authorization_endpoint = take("authorization_endpoint");
  out.token_endpoint = take("token_endpoint");
  out.user_info_endpoint = take("userinfo_endpoint");
  out.keys_uri = take("jwks_uri");
  if (!Url::parse(out.authorization_endpoint) || out.token_endpoint.empty() || out.keys_uri.empty())
    throw away(kWhat, "an endpoint is missing");
  const auto ways = root["token_endpoint_auth_methods_supported"].items();
  out.takes_basic = ways.empty() || std::ranges::any_of(ways, [](const json::View& way) {
                      return way.text() == "client_secret_basic";
                    });
  out.names_itself = root["authorization_response_iss_parameter_supported"].boolean().value_or(false);
  const std::scoped_lock lock(memory().mutex);
  memory().metadata = {out, Monotonic::now()};
  co_return out;
}

/// The provider's keys, no older than `age`.
Task<std::vector<crypto::SignatureKey>> keys(std::string uri, Monotonic::duration age) {
  {
    const std::scoped_lock lock(memory().mutex);
    const auto& known = memory().keys;
    if (known && Monotonic::now() - known->at < age) co_return known->value;
  }
  constexpr std::string_view kWhat = "The provider's keys cannot be read";
  auto found = crypto::read_key_set(co_await read(uri, {}, kWhat));
  if (found.empty()) throw away(kWhat, "there is no key that we can use");
  const std::scoped_lock lock(memory().mutex);
  memory().keys = {found, Monotonic::now()};
  co_return found;
}

struct Tokens {
  std::string id_token, access_token;
};

/// RFC 6749 section 4.1.3; the client names itself as section 2.3.1 says.
Task<Tokens> exchange(Metadata provider, Attempt attempt, std::string code) {
  const Settings& client = configured();
  Fields fields{{"grant_type", "authorization_code"},
                {"code", std::move(code)},
                {"redirect_uri", attempt.redirect_uri},
                {"code_verifier", attempt.verifier}};
  net::Headers headers{{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}};
  const std::string& secret = client.client_secret.reveal();
  if (!secret.empty() && provider.takes_basic) {
    headers.emplace_back("authorization", "Basic " + to_base64(percent_encoded(client.client_id) + ":" +
                                                               percent_encoded(secret)));
  } else {
    fields.emplace_back("client_id", client.client_id);
    if (!secret.empty()) fields.emplace_back("client_secret", secret);
  }
  const auto answer = co_await net::fetch({.method = net::Method::post,
                                           .url = provider.token_endpoint,
                                           .headers = std::move(headers),
                                           .body = form(fields),
                                           .timeouts = kTimeouts,
                                           .answer_bytes_max = kAnswerMax});
  constexpr std::string_view kWhat = "The provider does not exchange the code";
  if (!answer) throw away(kWhat, answer.error().reason);
  if (answer->status == 400) throw refused("the provider does not take the code (any more)");
  if (answer->status != 200) throw away(kWhat, fmt::format("answered {}", answer->status));
  const auto document = json::Document::parse(answer->body);
  if (!document) throw away(kWhat, "it is no JSON");
  Tokens out{std::string(document->root()["id_token"].text().value_or("")),
             std::string(document->root()["access_token"].text().value_or(""))};
  if (out.id_token.empty()) throw away(kWhat, "there is no ID token");
  co_return out;
}

Task<std::string> opened(Metadata provider, std::string token) {
  auto opened = crypto::open_jws(token, co_await keys(provider.keys_uri, kRemembered));
  // The provider has changed its keys (Core section 10.1.1).
  if (!opened && opened.error() == crypto::JwsRefusal::unknown_key)
    opened = crypto::open_jws(token, co_await keys(provider.keys_uri, kKeysAgainAfter));
  if (opened) co_return *std::move(opened);
  throw refused(opened.error() == crypto::JwsRefusal::algorithm
                    ? "the ID token is signed in a way that is not taken"
                    : "the ID token is not signed by the provider");
}

}  // namespace

const Settings* settings() { return memory().settings ? &*memory().settings : nullptr; }

Task<std::string> authorization_url(Attempt attempt) {
  const Metadata provider = co_await discover();
  Fields fields{{"response_type", "code"},
                {"client_id", configured().client_id},
                {"redirect_uri", attempt.redirect_uri},
                {"scope", "openid email profile"},
                {"state", attempt.state},
                {"nonce", attempt.nonce},
                {"code_challenge", to_base64url(crypto::sha256(attempt.verifier))},  // RFC 7636 section 4.2
                {"code_challenge_method", "S256"}};
  if (attempt.asks_again) {  // Core section 3.1.2.1
    fields.emplace_back("prompt", "login");
    fields.emplace_back("max_age", "0");
  }
  const bool has_query = provider.authorization_endpoint.contains('?');
  co_return provider.authorization_endpoint + (has_query ? "&" : "?") + form(fields);
}

Task<Claims> redeem(Attempt attempt, Return returned) {
  const Metadata provider = co_await discover();
  const Settings& client = configured();
  if (returned.issuer ? *returned.issuer != client.issuer : provider.names_itself)
    throw refused("the answer is of another issuer");
  const Tokens tokens = co_await exchange(provider, attempt, returned.code);
  const std::string payload = co_await opened(provider, tokens.id_token);
  auto claims = check_id_token(payload, {client.issuer, client.client_id, attempt.nonce, Clock::now()});
  if (!claims) throw refused(claims.error());
  // Core section 5.4: with the code flow a provider may keep the address for this endpoint.
  if (!claims->email && !provider.user_info_endpoint.empty() && !tokens.access_token.empty()) {
    const std::string info =
        co_await read(provider.user_info_endpoint, {{"authorization", "Bearer " + tokens.access_token}},
                      "The provider does not tell the e-mail address");
    if (!add_user_info(info, *claims)) throw refused("the user info is of another person");
  }
  co_return *std::move(claims);
}

}  // namespace oidc

void set_single_sign_on(std::optional<SingleSignOnSettings> settings) {
  auto& memory = oidc::memory();
  const std::scoped_lock lock(memory.mutex);
  memory.settings = std::move(settings);
  memory.metadata.reset();
  memory.keys.reset();
}

Task<std::string> look_at_single_sign_on() {
  const oidc::Metadata provider = co_await oidc::discover();
  co_await oidc::keys(provider.keys_uri, oidc::kRemembered);
  co_return provider.authorization_endpoint;
}

}  // namespace tandem::identity
