// The first passwords of logins that a command makes: 16 characters in groups, 78 random bits.
#pragma once
#include <string>

#include "crypto/random.hpp"

namespace tandem::app {

inline std::string new_password() {
  std::string out;
  for (int group = 0; group < 4; ++group) out += (group > 0 ? "-" : "") + crypto::random_text(4);
  return out;
}

}  // namespace tandem::app
