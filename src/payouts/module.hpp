// The door of payouts for app/wiring and commands.
#pragma once
#include <string>

#include "http/routes.hpp"
#include "payouts/outside_report.hpp"

namespace tandem::payouts {

void declare(http::Routes& routes);
void register_jobs();
/// Where the providers' APIs are, without paths. Before the jobs run.
void set_provider_urls(std::string paypal, std::string wise, std::string stripe);

}  // namespace tandem::payouts
