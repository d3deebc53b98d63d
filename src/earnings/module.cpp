#include "earnings/module.hpp"

#include "earnings/earnings.hpp"
#include "earnings/record.hpp"
#include "earnings/statement.hpp"
#include "earnings/statement_pdf.hpp"
#include "events/event.hpp"

namespace tandem::earnings {

void declare(http::Routes& routes) {
  declare_earnings(routes);
  declare_statements(routes);
  declare_statement_pdf(routes);
}

void listen() {
  auto& bus = events::Bus::instance();
  bus.inside<attribution::ConversionsRecorded>(on_conversions);
  bus.inside<attribution::ReversalsRecorded>(on_reversals);
  bus.inside<attribution::DisputeChanged>(on_dispute);
}

}  // namespace tandem::earnings
