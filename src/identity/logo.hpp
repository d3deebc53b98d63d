// The organization's logo: one PNG, on the papers that partners get. Statements read it from its table.
#pragma once
#include "http/routes.hpp"

namespace tandem::identity {

inline constexpr std::size_t kLogoBytesMax = 1 << 20;
inline constexpr int kLogoSideMax = 2'000;  // pixels

void declare_logo(http::Routes& routes);

}  // namespace tandem::identity
