// Simulations: what the conversions of some days would have earned under a deal's draft or another
// attribution model, against what they earned. Nothing is written.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

void declare_simulations(http::Routes& routes);

}  // namespace tandem::earnings
