// Write-offs: what a partner owes back and will not pay is given up. One person asks, another decides.
#pragma once
#include "http/routes.hpp"

namespace tandem::earnings {

void declare_write_offs(http::Routes& routes);

}  // namespace tandem::earnings
