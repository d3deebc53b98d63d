// The [[rules]] of a mapping. Used by the mapping reader alone.
#pragma once
#include "app/import/mapping.hpp"
#include "app/import/section.hpp"

namespace tandem::app::importing {

inline constexpr std::size_t kMostRules = 100;

/// One rule; `mapping` has its facts already, so that a test of a fact finds its place.
Rule read_rule(Section& in, const Mapping& mapping);

}  // namespace tandem::app::importing
