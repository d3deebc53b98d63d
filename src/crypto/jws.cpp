#include "crypto/jws.hpp"

#include <cjose/cjose.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/encoding.hpp"
#include "base/json_view.hpp"

namespace tandem::crypto {
namespace {

constexpr std::size_t kTokenMax = 64 * 1024, kKeysMax = 100;
constexpr std::size_t kRsaBitsMin = 2048;

struct Release {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
using Jws = std::unique_ptr<cjose_jws_t, Release>;
using Jwk = std::unique_ptr<cjose_jwk_t, Release>;

/// Asymmetric algorithms alone (RFC 8725 section 3.1): a public key must never serve as a shared secret.
constexpr std::array<std::string_view, 9> kAlgorithms{"RS256", "RS384", "RS512", "PS256", "PS384",
                                                      "PS512", "ES256", "ES384", "ES512"};

/// A member of a key in base64url; empty when it is none.
std::string number_of(const json::View& key, std::string_view name) {
  const auto text = key[name].text();
  return text && from_base64url(*text) ? std::string(*text) : std::string();
}

std::string key_json(const json::View& key) {
  const auto kind = key["kty"].text();
  if (kind == "RSA") {
    const auto n = number_of(key, "n"), e = number_of(key, "e");
    return n.empty() || e.empty() ? "" : fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"}})", n, e);
  }
  if (kind != "EC") return {};
  const auto curve = key["crv"].text();
  if (curve != "P-256" && curve != "P-384" && curve != "P-521") return {};
  const auto x = number_of(key, "x"), y = number_of(key, "y");
  return x.empty() || y.empty() ? ""
                                : fmt::format(R"({{"kty":"EC","crv":"{}","x":"{}","y":"{}"}})", *curve, x, y);
}

bool is_signed_by(cjose_jws_t* jws, const SignatureKey& key) {
  const Jwk imported(cjose_jwk_import(key.json.data(), key.json.size(), nullptr));
  if (!imported) return false;
  if (cjose_jwk_get_kty(imported.get(), nullptr) == CJOSE_JWK_KTY_RSA &&
      cjose_jwk_get_keysize(imported.get(), nullptr) < kRsaBitsMin)
    return false;
  return cjose_jws_verify(jws, imported.get(), nullptr);
}

}  // namespace

std::vector<SignatureKey> read_key_set(std::string_view jwks) {
  std::vector<SignatureKey> out;
  const auto document = json::Document::parse(jwks);
  if (!document) return out;
  for (const auto& key : document->root()["keys"].items()) {
    if (key["use"].text().value_or("sig") != "sig" || out.size() == kKeysMax) continue;
    if (auto json = key_json(key); !json.empty())
      out.push_back({std::string(key["kid"].text().value_or("")), std::move(json)});
  }
  return out;
}

std::expected<std::string, JwsRefusal> open_jws(std::string_view compact,
                                                std::span<const SignatureKey> keys) {
  if (compact.empty() || compact.size() > kTokenMax) return std::unexpected(JwsRefusal::malformed);
  const Jws jws(cjose_jws_import(compact.data(), compact.size(), nullptr));
  if (!jws) return std::unexpected(JwsRefusal::malformed);
  cjose_header_t* header = cjose_jws_get_protected(jws.get());
  const char* algorithm = cjose_header_get(header, CJOSE_HDR_ALG, nullptr);
  if (algorithm == nullptr ||
      std::ranges::find(kAlgorithms, std::string_view(algorithm)) == kAlgorithms.end())
    return std::unexpected(JwsRefusal::algorithm);
  // What must be understood and is not makes a signature void (RFC 7515 section 4.1.11).
  const std::unique_ptr<char, decltype(&std::free)> critical(cjose_header_get_raw(header, "crit", nullptr),
                                                             &std::free);
  if (critical) return std::unexpected(JwsRefusal::algorithm);
  const char* kid = cjose_header_get(header, CJOSE_HDR_KID, nullptr);
  bool is_known = false;
  for (const auto& key : keys) {
    if (kid != nullptr && key.kid != kid) continue;
    is_known = true;
    if (!is_signed_by(jws.get(), key)) continue;
    std::uint8_t* bytes = nullptr;  // lives as long as the JWS
    std::size_t size = 0;
    if (!cjose_jws_get_plaintext(jws.get(), &bytes, &size, nullptr)) break;
    return std::string(bytes, bytes + size);
  }
  return std::unexpected(is_known ? JwsRefusal::signature : JwsRefusal::unknown_key);
}

}  // namespace tandem::crypto
