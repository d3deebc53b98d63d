// What a conversion's commission depends on besides the conversion itself: what its deal's partner, deal and
// term earned before, named partners' parts with it (caps, bonuses), and how many conversions the partner had
// in the period (tiers). Read once a batch, under a lock of the partners that need it, and kept up to date
// within the batch.
#pragma once
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "attribution/events.hpp"
#include "earnings/rules.hpp"

namespace tandem::earnings {

class Standings {
 public:
  Task<> load(db::Tx& tx, std::span<const partners::Term> terms,
              std::span<const attribution::RecordedConversion> conversions, TimeZone zone);
  /// The same as it stood at an instant, for what is only asked: locks nothing.
  Task<> load_as_of(db::Tx& tx, std::span<const partners::Term> terms, Timestamp at, TimeZone zone);
  /// Tells the facts what was before, for this term.
  void tell(Facts& facts, const partners::Term& term) const;
  /// The term earned this much of a conversion of that instant.
  void earned(const partners::Term& term, Timestamp at, const Currency& currency, std::int64_t amount);
  /// The partner has had this conversion: after all of its terms.
  void converted(PartnerId partner_id, const Facts& facts);

 private:
  struct Earned {
    partners::DealId deal_id;
    int position = 0;
    std::string month;  // 2026-03
    Currency currency;
    auto operator<=>(const Earned&) const = default;
  };
  struct Converted {
    partners::Trigger trigger{};
    std::string month;
    Currency currency;
    auto operator<=>(const Converted&) const = default;
  };
  struct Count {
    std::int64_t count = 0;
    Decimal volume;
  };
  Task<> read(db::Tx& tx, std::optional<Timestamp> from, std::optional<Timestamp> until,
              std::vector<attribution::ConversionId> batch);
  std::string month_of(Timestamp at) const { return day_in_zone(at, zone_).str().substr(0, 7); }
  bool is_told(PartnerId partner_id) const { return told_.contains(partner_id); }

  TimeZone zone_;
  std::set<PartnerId> told_;  // with a cap or a tier; nothing is kept of others
  std::map<PartnerId, std::map<Earned, std::int64_t>> earned_;
  std::map<PartnerId, std::map<Converted, Count>> converted_;
};

/// Whether a month ("2026-03") lies in the period of another one.
bool is_in_period(partners::TierPeriod period, std::string_view month, std::string_view of);

}  // namespace tandem::earnings
