#include "earnings/adjustments.hpp"

#include "attribution/api.hpp"
#include "earnings/holds.hpp"
#include "earnings/record.hpp"

namespace tandem::earnings {

namespace {

struct DisputeRow {
  attribution::ConversionId conversion_id;
};
BOOST_DESCRIBE_STRUCT(DisputeRow, (), (conversion_id))
// The conversion is locked by then: a dispute that opens came before this or waits for it.
const db::Query<DisputeRow(attribution::ConversionId)> kOpenDispute{"earnings.open_dispute_of_conversion",
                                                                    R"sql(
  select conversion_id from app.disputes where organization_id = $1 and conversion_id = $2 and state = 'open' limit 1
)sql"};

}  // namespace

Task<> store_adjustment(db::Tx& tx, NewEarning row) {
  row.kind = EarningKind::adjustment;
  row.state = "pending";
  const EarningId id = row.id;
  const auto conversion_id = row.conversion_id;
  std::vector<attribution::RecordedReversal> reversals;
  bool is_disputed = false;
  if (conversion_id) {
    reversals = co_await attribution::reversals_of(tx, *conversion_id);
    is_disputed = (co_await tx.maybe(kOpenDispute, *conversion_id)).has_value();
  }
  EarningRows rows;
  auto posting = ledger::commission_earned(id.uuid(), row.partner_id, {row.amount, row.currency});
  rows.add(std::move(row), std::move(posting));
  rows.store(tx);
  co_await take_back_earlier(tx, id, std::move(reversals));
  if (is_disputed) co_await hold_for_dispute(tx, *conversion_id);
}

}  // namespace tandem::earnings
