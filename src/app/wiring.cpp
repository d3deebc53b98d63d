#include "app/wiring.hpp"

#include "analytics/module.hpp"
#include "attribution/module.hpp"
#include "customers/api.hpp"
#include "customers/module.hpp"
#include "earnings/module.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "identity/module.hpp"
#include "jobs/job.hpp"
#include "jobs/schedule.hpp"
#include "jobs/worker.hpp"
#include "ledger/module.hpp"
#include "mail/mail.hpp"
#include "partners/api.hpp"
#include "partners/module.hpp"
#include "payouts/module.hpp"

namespace tandem::app {

namespace {

Task<http::Principal> authenticate(db::Pool& pool, const http::Request& request, const http::Route& route) {
  auto principal = co_await identity::authenticate(pool, request, route);
  co_await earnings::note_member(pool, principal, request);
  co_return principal;
}

}  // namespace

void declare_routes(http::Routes& routes) {
  identity::declare(routes);
  ledger::declare(routes);
  partners::declare(routes);
  customers::declare(routes);
  attribution::declare(routes);
  earnings::declare(routes);
  payouts::declare(routes);
  analytics::declare(routes);
}

http::Hooks make_hooks() {
  identity::set_partner_names(partners::names_of);
  return {authenticate, identity::audit, partners::admit};
}

void register_jobs() {
  jobs::Kinds::instance().clear();
  jobs::set_resting(identity::resting_organizations);
  jobs::Schedules::instance().clear();
  jobs::Kinds::instance().add(mail::send_job());
  identity::register_jobs();
  ledger::register_jobs();
  partners::register_jobs();
  customers::register_jobs();
  attribution::register_jobs();
  earnings::register_jobs();
  payouts::register_jobs();
}

void register_listeners() {
  events::Bus::instance().clear();
  customers::clear_personal_sections();
  customers::register_personal_data();
  attribution::register_personal_data();
  customers::add_personal_text(identity::saved_views_text());
  customers::add_personal_text(partners::notes_text());
  earnings::register_personal_data();
  attribution::listen();
  earnings::listen();
}

}  // namespace tandem::app
