// The queue of risk signals: what was seen, what is held by it, who decided, and the partner's appeal. A
// confirmed signal takes back what it holds; a dismissed one lets it go on; an appeal that is accepted, by
// another person, gives it again.
#pragma once
#include "earnings/risk.hpp"

namespace tandem::earnings {

enum class RiskState : int { open, confirmed, dismissed };
BOOST_DESCRIBE_ENUM(RiskState, open, confirmed, dismissed)
enum class AppealState : int { filed, accepted, rejected };
BOOST_DESCRIBE_ENUM(AppealState, filed, accepted, rejected)
enum class RiskSubject : int { conversion, link, coupon, partner };
BOOST_DESCRIBE_ENUM(RiskSubject, conversion, link, coupon, partner)

/// A conversion, link, coupon or partner.
using RiskSubjectId = Id<struct RiskSubjectTag>;

/// A partner sees those that hold something of its own, without score, evidence and who decided.
struct RiskSignal {
  RiskSignalId id;
  PartnerId partner_id;
  RiskKind kind{};
  RiskSubject subject_kind{};
  RiskSubjectId subject_id;
  std::optional<std::string> period;  // of what is looked at day by day: the day
  std::optional<std::int32_t> score;  // 1 to 100
  std::optional<JsonObject> evidence;
  RiskAction action{};  // that was taken
  RiskState state{};
  std::optional<ActorId> decided_by;
  std::optional<Timestamp> decided_at;
  std::optional<std::string> decision;  // why, told to the partner
  std::optional<std::string> appeal;
  std::optional<AppealState> appeal_state;
  std::optional<Timestamp> appealed_at;
  std::optional<ActorId> appeal_decided_by;
  std::optional<Timestamp> appeal_decided_at;
  std::optional<std::string> appeal_decision;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(RiskSignal, (),
                      (id, partner_id, kind, subject_kind, subject_id, period, score, evidence, action, state,
                       decided_by, decided_at, decision, appeal, appeal_state, appealed_at, appeal_decided_by,
                       appeal_decided_at, appeal_decision, created_at, updated_at))

struct ListRiskSignals {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<RiskState> state;
  std::optional<RiskKind> kind;
  std::optional<AppealState> appeal_state;
};
BOOST_DESCRIBE_STRUCT(ListRiskSignals, (), (cursor, limit, sort, partner_id, state, kind, appeal_state))

struct DecideRisk {
  Lines<2000> reason;
};
BOOST_DESCRIBE_STRUCT(DecideRisk, (), (reason))
struct AppealRisk {
  Lines<4000> text;
};
BOOST_DESCRIBE_STRUCT(AppealRisk, (), (text))

void declare_risk_signals(http::Routes& routes);

}  // namespace tandem::earnings
