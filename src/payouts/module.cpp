#include "payouts/module.hpp"

#include "jobs/schedule.hpp"
#include "payouts/candidates.hpp"
#include "payouts/connected_accounts.hpp"
#include "payouts/exchanges.hpp"
#include "payouts/explain.hpp"
#include "payouts/methods.hpp"
#include "payouts/payee_forms.hpp"
#include "payouts/payouts.hpp"
#include "payouts/rail_accounts.hpp"
#include "payouts/requests.hpp"
#include "payouts/runs.hpp"
#include "payouts/statement_pdf.hpp"
#include "payouts/submission.hpp"
#include "payouts/webhooks.hpp"

namespace tandem::payouts {

void declare(http::Routes& routes) {
  declare_methods(routes);
  declare_connected_accounts(routes);
  declare_payee_forms(routes);
  declare_candidates(routes);
  declare_runs(routes);
  declare_drafts(routes);
  declare_requests(routes);
  declare_submission(routes);
  declare_files(routes);
  declare_payouts(routes);
  declare_exchanges(routes);
  declare_statement_pdf(routes);
  declare_explanations(routes);
  declare_rail_accounts(routes);
  declare_webhooks(routes);
}

void register_jobs() {
  auto& kinds = jobs::Kinds::instance();
  kinds.add(collect_job());
  kinds.add(begin_job());
  kinds.add(take_request_job());
  kinds.add(send_job());
  kinds.add(ask_job());
  kinds.add(check_account_job());
  jobs::Schedules::instance().add({begin_job().name, jobs::Every::day});
}

void set_provider_urls(std::string paypal, std::string wise, std::string stripe) {
  set_rail_urls({std::move(paypal), std::move(wise), std::move(stripe)});
}

}  // namespace tandem::payouts
