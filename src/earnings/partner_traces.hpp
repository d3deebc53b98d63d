// What a partner's own people leave behind: the network and the browser that they sign in from, the accounts
// that the partner is paid to. Kept as keyed hashes (HMAC-SHA256 under a key of the installation), and of
// networks and browsers for 90 days, so that a buyer who is the partner is seen without anybody being
// watched.
#pragma once
#include <map>
#include <vector>

#include "attribution/ids.hpp"
#include "db/pool.hpp"
#include "earnings/risk.hpp"
#include "http/dispatch.hpp"

namespace tandem::earnings {

enum class TraceKind : int { address, device, account };
BOOST_DESCRIBE_ENUM(TraceKind, address, device, account)

/// A partner whom a conversion is to earn something, and the lead that it came from.
struct TracedConversion {
  attribution::ConversionId conversion_id;
  PartnerId partner_id;
  attribution::LeadId lead_id;
};

struct TouchRow {
  attribution::ConversionId conversion_id;
  PartnerId partner_id;
  TraceKind kind{};
  std::string value;  // an address, a visitor id, an e-mail
  std::optional<Timestamp> at;
};
BOOST_DESCRIBE_STRUCT(TouchRow, (), (conversion_id, partner_id, kind, value, at))
struct TraceRow {
  PartnerId partner_id;
  TraceKind kind{};
  db::Bytes hash;
  Timestamp seen_from, seen_to;
};
BOOST_DESCRIBE_STRUCT(TraceRow, (), (partner_id, kind, hash, seen_from, seen_to))

/// What the buyers of these conversions left behind, where the partner has traces at all; and those traces.
/// Both are for Tx::together.
db::Call<TouchRow> touches_of(const std::vector<attribution::ConversionId>& conversions,
                              const std::vector<PartnerId>& partners,
                              const std::vector<attribution::LeadId>& leads);
db::Call<TraceRow> traces_of(const std::vector<PartnerId>& partners);

/// A touch that is the partner's own: the same account, or the same network or browser within a day.
struct TraceMatch {
  attribution::ConversionId conversion_id;
  PartnerId partner_id;
  TraceKind kind{};
  auto operator<=>(const TraceMatch&) const = default;
};
std::vector<TraceMatch> matches(OrganizationId organization_id, const std::vector<TouchRow>& touches,
                                const std::vector<TraceRow>& traces);

/// Whether an address tells people apart: not that of this machine or of a private network, which everybody
/// has behind a proxy that is not configured.
bool tells_people_apart(const std::string& ip);

/// Forgets networks and browsers that were not seen for 90 days. Role money; queued.
void forget_old_traces(db::Tx& tx);

}  // namespace tandem::earnings
