// Attribution as a pure function: candidates in, decision with its trace out. No I/O. leads.cpp gathers the
// candidates and freezes the decision on the lead; the simulator and the importer call the same function.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attribution/ids.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "partners/api.hpp"

namespace tandem::attribution {

/// One touch that might have brought the lead.
struct Candidate {
  enum class Kind {
    visit,
    click,
    coupon,
    partner
  };  // click: named by a valid click id; partner: named by the caller
  Kind kind = Kind::visit;
  PartnerId partner_id;
  std::optional<LinkId> link_id;
  std::optional<CouponId> coupon_id;
  std::optional<VisitId> visit_id;
  Timestamp at;
  bool partner_is_active = true;
  bool is_seen = true;  // false: a click whose page nobody saw, where it would have been told
  // of the partner's deal in force at the lead
  bool has_deal = true;
  int window_days = 90;
  partners::Model model = partners::Model::last;
  bool coupon_wins = true;
  std::optional<partners::DealVersionId> deal_version_id;
};

/// weight of the sum of all weights; one share for first, last and coupon.
struct Share {
  PartnerId partner_id;
  std::optional<LinkId> link_id;
  std::optional<CouponId> coupon_id;
  std::int64_t weight = 1;
};

struct Attribution {
  std::vector<Share> shares;          // empty: nobody's
  std::optional<std::size_t> winner;  // index into the candidates; of linear the latest touch
  std::string model;                  // "first", "last", "linear", "coupon", "named", "none"
  std::string reason;                 // one sentence for people
  std::vector<std::string>
      verdicts;  // for each candidate: "won", "shares", or why not ("outside the window of 90 days", …)
};

/// Decides. Rules: a candidate counts when its partner is active, has a deal, its page was seen, and its
/// touch is not after the lead and within the deal's window before it (half-open: exactly window_days before
/// still counts). A coupon whose deal says coupon_wins beats every visit; without it a coupon is a touch at
/// the lead's instant. A partner named by the caller beats all. Otherwise the model is that of the deal of
/// the latest eligible touch: first, last, or linear (each touch one weight; shares of the same partner and
/// link are added up). Ties of time go to the lower visit id.
Attribution attribute(std::span<const Candidate> candidates, Timestamp lead_at);

/// The trace that is frozen on the lead: JSON object with rule version, model, reason, winner and every
/// candidate with its verdict (ids and instants only, no personal data). At most 50 candidates are kept.
std::string trace_json(std::span<const Candidate> candidates, const Attribution& decision, Timestamp lead_at);

inline constexpr int kAttributionRuleVersion = 2;

}  // namespace tandem::attribution
