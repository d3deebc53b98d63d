// The organization's jobs over HTTP. They belong to a lower module, which knows nothing of requests.
#pragma once
#include "http/routes.hpp"

namespace tandem::identity {

void declare_jobs(http::Routes& routes);

}  // namespace tandem::identity
