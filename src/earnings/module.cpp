#include "earnings/module.hpp"

#include "earnings/api.hpp"
#include "earnings/claims.hpp"
#include "earnings/earnings.hpp"
#include "earnings/explain.hpp"
#include "earnings/holds.hpp"
#include "earnings/record.hpp"
#include "earnings/risk_patterns.hpp"
#include "earnings/risk_signals.hpp"
#include "earnings/simulations.hpp"
#include "earnings/statement.hpp"
#include "earnings/statement_pdf.hpp"
#include "earnings/sub_partners.hpp"
#include "earnings/write_offs.hpp"
#include "events/event.hpp"
#include "jobs/job.hpp"
#include "jobs/schedule.hpp"

namespace tandem::earnings {

namespace {

constexpr std::string_view kEndHolds = "earnings.end_holds", kRiskPatterns = "earnings.risk_patterns";
constexpr int kHoldsMost = 2'000;  // a transaction

/// The rest has a job of its own, with the same payload.
Task<> end_some_holds(db::Tx& tx, std::span<const jobs::Job> jobs) {
  if (co_await end_holds(tx, kHoldsMost) == kHoldsMost) jobs::enqueue(tx, kEndHolds, jobs.front().payload);
}

}  // namespace

void declare(http::Routes& routes) {
  declare_earnings(routes);
  declare_holds(routes);
  declare_write_offs(routes);
  declare_claims(routes);
  declare_risk_rules(routes);
  declare_risk_signals(routes);
  declare_simulations(routes);
  declare_statements(routes);
  declare_statement_pdf(routes);
  declare_explanations(routes);
  declare_sub_partners(routes);
}

void register_jobs() {
  jobs::Kinds::instance().add(
      {.name = std::string(kEndHolds), .runs_as = db::Role::money, .run = end_some_holds});
  jobs::Schedules::instance().add({std::string(kEndHolds), jobs::Every::hour});
  jobs::Kinds::instance().add(
      {.name = std::string(kRiskPatterns), .runs_as = db::Role::money, .run = look_for_patterns});
  jobs::Schedules::instance().add({std::string(kRiskPatterns), jobs::Every::day});
}

void listen() {
  auto& bus = events::Bus::instance();
  bus.inside<attribution::ConversionsRecorded>(on_conversions);
  bus.inside<attribution::ReversalsRecorded>(on_reversals);
  bus.inside<attribution::DisputeChanged>(on_dispute);
}

}  // namespace tandem::earnings
