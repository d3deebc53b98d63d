// Is this user agent a crawler? Judged by the published list crawler-user-agents (MIT; assets/crawlers.txt),
// all patterns in one pass (RE2::Set), with a small cache per thread. Used where visits are recorded; visits
// of crawlers are stored as such and never counted. The list holds HTTP libraries (curl …) too.
#pragma once
#include <string_view>

namespace tandem::attribution {

/// True when a pattern of the list is found in the agent's first 2,048 bytes. An absent agent, empty or "-",
/// is not a crawler by the list and not by this function: people's proxies drop it too.
bool is_crawler(std::string_view user_agent);

}  // namespace tandem::attribution
