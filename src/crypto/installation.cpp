#include "crypto/installation.hpp"

#include "base/assert.hpp"

namespace tandem::crypto {

namespace {

std::optional<Envelope>& slot() {
  static std::optional<Envelope> envelope;
  return envelope;
}

}  // namespace

void install_envelope(Envelope envelope) { slot().emplace(std::move(envelope)); }

bool is_envelope_installed() { return slot().has_value(); }

const Envelope& installed_envelope() {
  TANDEM_ASSERT(slot(), "no master key was loaded");
  return *slot();
}

}  // namespace tandem::crypto
