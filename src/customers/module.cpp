#include "customers/module.hpp"

#include "customers/contacts.hpp"
#include "customers/partner_customers.hpp"

namespace tandem::customers {

void declare(http::Routes& routes) {
  declare_contacts(routes);
  declare_partner_customers(routes);
}

void register_jobs() { jobs::Kinds::instance().add(link_customers_job()); }

}  // namespace tandem::customers
