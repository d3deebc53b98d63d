// Is this user agent a crawler? Judged by the published list crawler-user-agents (MIT), all patterns in one
// pass (RE2::Set), with a small cache per thread. Visits of crawlers are stored as such and never counted.
#pragma once
#include <string_view>

namespace tandem::attribution {

/// True for a known crawler, an HTTP library, an empty agent, or "-".
bool is_crawler(std::string_view user_agent);

}  // namespace tandem::attribution
