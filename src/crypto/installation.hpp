// The envelope of this installation, made of its master key by app before anything is served and read-only
// afterwards. Used by features that seal secrets or sign ids.
#pragma once
#include "crypto/envelope.hpp"

namespace tandem::crypto {

/// Before threads start; a second call replaces the first (tests).
void install_envelope(Envelope envelope);
bool is_envelope_installed();
/// Asserts that there is one.
const Envelope& installed_envelope();

}  // namespace tandem::crypto
