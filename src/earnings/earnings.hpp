// Reading earnings: the list, one with its explanation.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

void declare_earnings(http::Routes& routes);

}  // namespace tandem::earnings
