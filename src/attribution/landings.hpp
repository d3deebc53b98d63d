// Landings: the tracking script says that the page which a click led to was seen. A click that nobody saw the
// page of attributes nothing where such pages are told of (leads.cpp); where a site never tells, as with an
// integration of servers alone, nothing is missed.
#pragma once
#include "base/text.hpp"
#include "http/routes.hpp"

namespace tandem::attribution {

struct TellLanding {
  Text<1, 64> site_key;
  Text<1, 128> click_id;  // that /r/{code} gave out
};
BOOST_DESCRIBE_STRUCT(TellLanding, (), (site_key, click_id))

void declare_landings(http::Routes& routes);

}  // namespace tandem::attribution
