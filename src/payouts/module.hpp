// The routes and jobs of payouts; called by app/wiring.
#pragma once
#include <string>

#include "http/routes.hpp"

namespace tandem::payouts {

void declare(http::Routes& routes);
void register_jobs();
/// Where the providers' APIs are, without paths. Before the jobs run.
void set_provider_urls(std::string paypal, std::string wise, std::string stripe);

}  // namespace tandem::payouts
