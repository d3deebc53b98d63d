#include "attribution/click.hpp"

#include "attribution/module.hpp"

#include "base/assert.hpp"
#include "crypto/signed_id.hpp"

namespace tandem::attribution {
namespace {

std::optional<crypto::IdSigner> signer;  // set once, before the threads start

}  // namespace

void set_click_key(std::string key) { signer.emplace(std::move(key)); }

std::string click_id(VisitId visit_id) {
  TANDEM_ASSERT(signer, "the click key is not set");
  return signer->sign(visit_id.uuid());
}

std::optional<VisitId> verify_click_id(std::string_view text) {
  TANDEM_ASSERT(signer, "the click key is not set");
  const auto uuid = signer->verify(text);
  return uuid ? std::optional(VisitId{*uuid}) : std::nullopt;
}

}  // namespace tandem::attribution
