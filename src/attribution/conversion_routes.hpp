// The HTTP side of conversions and reversals.
#pragma once
#include "http/routes.hpp"

namespace tandem::attribution {

void declare_conversions(http::Routes& routes);

}  // namespace tandem::attribution
