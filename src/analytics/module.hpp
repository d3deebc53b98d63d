// The door of analytics for app/wiring.
#pragma once
#include "http/routes.hpp"

namespace tandem::analytics {

void declare(http::Routes& routes);

}  // namespace tandem::analytics
