// Signals of risk: which rules there are, what an organization lets them do, and the ones that are seen while
// a conversion is recorded. Each signal says on what evidence; what it holds waits for a person
// (risk_signals).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attribution/events.hpp"
#include "attribution/ids.hpp"
#include "base/text.hpp"
#include "db/tx.hpp"
#include "earnings/ids.hpp"
#include "http/routes.hpp"

namespace tandem::earnings {

/// self_referral: the buyer is the partner, by e-mail, phone or payout account, or came by the partner's own
/// browser or network. cookie_stuffing: less than two seconds from click to order. duplicate_lead: the same
/// mailbox under another address. click_flooding: a day's clicks that bring nothing, or from one network.
/// bot_rate: more visits a minute from one address than a person makes. coupon_leak: a code that is used
/// without the partner's clicks. odd_partner: refunds or disputes far above the others'. shared_account:
/// several partners are paid to one account.
enum class RiskKind : int {
  self_referral,
  cookie_stuffing,
  duplicate_lead,
  click_flooding,
  bot_rate,
  coupon_leak,
  odd_partner,
  shared_account
};
BOOST_DESCRIBE_ENUM(RiskKind, self_referral, cookie_stuffing, duplicate_lead, click_flooding, bot_rate,
                    coupon_leak, odd_partner, shared_account)
/// signal: it is told. hold: what was earned by it waits for a decision, too. pause_links: the links that
/// most of it came by are paused, too. pause: the partner is suspended, too. What is seen in one conversion
/// only holds.
enum class RiskAction : int { off, signal, hold, pause_links, pause };
BOOST_DESCRIBE_ENUM(RiskAction, off, signal, hold, pause_links, pause)

/// What each rule does, as the organization has set or else the default: hold; of bot_rate and coupon_leak
/// signal.
using RiskActions = std::map<RiskKind, RiskAction>;
Task<RiskActions> risk_actions(db::Tx& tx);

struct NewRiskSignal {
  RiskSignalId id;
  PartnerId partner_id;
  RiskKind kind{};
  std::string subject_kind;
  Uuid subject_id;
  std::optional<std::string> period;
  std::int32_t score = 0;
  JsonObject evidence;
  RiskAction action{};
};
/// Queues the rows of signals. Role money.
void store_signals(db::Tx& tx, const std::vector<NewRiskSignal>& signals);

/// The signals of a batch of conversions, and the holds of what they earn. An earning that is held from its
/// first moment needs no move: it is inserted as held.
class ConversionRisks {
 public:
  /// One statement for any number of conversions; none when nobody's lead is among them.
  Task<> look(db::Tx& tx, const std::vector<attribution::RecordedConversion>& conversions);
  /// The signals that hold what this partner earns of this conversion.
  std::vector<RiskSignalId> holding(attribution::ConversionId conversion_id, PartnerId partner_id) const;
  void hold(EarningId id, PartnerId partner_id, const std::vector<RiskSignalId>& signals);
  const std::vector<NewRiskSignal>& signals() const { return signals_; }
  /// Queues the holds, after the signals and the earnings.
  void store_holds(db::Tx& tx) const;

 private:
  std::vector<NewRiskSignal> signals_;
  std::vector<EarningId> held_;
  std::vector<PartnerId> partners_;
  std::vector<RiskSignalId> by_;
};

void declare_risk_rules(http::Routes& routes);

}  // namespace tandem::earnings
