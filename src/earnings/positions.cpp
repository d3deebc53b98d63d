#include "earnings/positions.hpp"

namespace tandem::earnings {
namespace {

struct PartnerRow {
  PartnerId partner_id;
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (partner_id, currency))
const db::Query<PartnerRow(std::vector<EarningId>)> kPartners{"earnings.partners_of", R"sql(
  select distinct partner_id, currency from app.earnings where organization_id = $1 and id = any($2)
)sql"};

}  // namespace

Task<> Positions::lock(db::Tx& tx, std::vector<ledger::PartnerCurrency> of) {
  for (const auto& position : co_await ledger::lock_positions(tx, std::move(of)))
    positions_[{position.partner_id, position.currency}] = position;
}

Task<> Positions::lock_of(db::Tx& tx, std::vector<EarningId> ids) {
  std::vector<ledger::PartnerCurrency> of;
  for (const auto& row : co_await tx.all(kPartners, ids)) of.emplace_back(row.partner_id, row.currency);
  co_await lock(tx, std::move(of));
}

void Positions::add(db::Tx& tx, std::string kind, PartnerId partner_id, std::vector<ledger::Leg> legs) {
  if (legs.empty()) return;
  std::string key = kind + ":" + tx.new_id<ledger::PostingId>().str();
  postings_.push_back({std::move(kind), std::move(key), partner_id, std::move(legs)});
}

}  // namespace tandem::earnings
