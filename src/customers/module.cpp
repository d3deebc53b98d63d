#include "customers/module.hpp"

#include "customers/contacts.hpp"

namespace tandem::customers {

void declare(http::Routes& routes) { declare_contacts(routes); }

}  // namespace tandem::customers
