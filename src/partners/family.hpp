// Who brought whom: a partner has at most one parent, whose override terms earn on top of what it earns. No
// circles and at most ten levels, which the database checks.
#pragma once
#include "http/routes.hpp"

namespace tandem::partners {

void declare_family(http::Routes& routes);

}  // namespace tandem::partners
