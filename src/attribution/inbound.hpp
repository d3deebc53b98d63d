// Inbound billing events: stored raw, verified, deduplicated, committed, answered, then applied by a job in
// one transaction with their effect. Events may come late, twice, out of order, or before their lead.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "attribution/api.hpp"
#include "attribution/ids.hpp"
#include "attribution/inbound_endpoints.hpp"
#include "customers/ids.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"

namespace tandem::attribution {

/// What an event asks for, in our words. `ignore` says why nothing is done.
struct LeadAlias {
  AttributionHint who;
  std::string provider, external_id;
};
/// Two names of one payment: everything known under one is known under the other.
struct ReferenceLink {
  std::string provider, known, also;
};
/// Something happened at a provider that is asked instead of telling: ask it soon.
struct PollSource {};
struct Ignore {
  std::string reason;
};
using Action =
    std::variant<ConversionFacts, ReversalFacts, DisputeFacts, LeadAlias, ReferenceLink, PollSource, Ignore>;

/// The outcome of reading one event. A malformed event is parked with this reason.
struct Malformed {
  std::string reason;
};
using Actions = std::vector<Action>;

/// Headers of a delivery, lower-case names.
struct Delivery {
  const http::Pairs& headers;
  std::string_view body;
  Timestamp now;
};
/// What a verified delivery is called: the provider's event id.
struct Verified {
  std::string event_id;
};

/// One provider's wire format. Stateless; made once.
class ProviderAdapter {
 public:
  virtual ~ProviderAdapter() = default;
  /// The signature over the raw bytes with any of the live secrets, within 300 s; nullopt when it does not
  /// hold.
  virtual std::optional<Verified> verify(const Delivery& delivery,
                                         const std::vector<std::string>& secrets) const = 0;
  /// Reads a stored event.
  virtual std::expected<Actions, Malformed> read(std::string_view body) const = 0;
};
const ProviderAdapter& generic_adapter();
const ProviderAdapter& stripe_adapter();
const ProviderAdapter& chartmogul_adapter();
const ProviderAdapter& adapter_of(Provider provider);

/// The job kind that applies stored events.
jobs::Kind apply_inbound_job();

void declare_inbound(http::Routes& routes);

/// erase_inbound.cpp: blanks what billing systems told of a person who is erased in this transaction.
void erase_inbound_later(db::Tx& tx, customers::ContactId contact);
/// "attribution.erase_inbound".
jobs::Kind erase_inbound_job();

}  // namespace tandem::attribution
