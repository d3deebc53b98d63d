// The routes of attribution; called by app/wiring.
#pragma once
#include <string>

#include "http/routes.hpp"

namespace tandem::attribution {

void declare(http::Routes& routes);
/// The 32-byte key that signs click ids; once, before the server starts.
void set_click_key(std::string key);
/// The jobs of attribution: applying inbound events, polling invoices.
void register_jobs();
/// Leads follow people: what merging, export and erasure ask of them (people.cpp).
void listen();
void register_personal_data();
/// Where ChartMogul's API is, without a path. Before the jobs run.
void set_chartmogul_url(std::string url);

}  // namespace tandem::attribution
