// Public link codes, resolved: code → organization, link, partner, destination. Kept for two seconds a thread
// (unknown codes too), so that a hot link costs no query and a change is seen at once enough.
#pragma once
#include <memory>
#include <string>

#include "attribution/ids.hpp"
#include "base/ids.hpp"
#include "base/task.hpp"
#include "db/pool.hpp"

namespace tandem::attribution {

struct PublicLink {
  OrganizationId organization_id;
  LinkId link_id;
  PartnerId partner_id;
  std::string destination;
  /// The link is active or paused and the organization not suspended: visits are stored.
  bool stores = false;
  /// The link is active and its partner, too: they count.
  bool counts = false;
};

/// nullptr for an unknown code. `code` is normalised. Two round trips on a miss, none on a hit.
Task<std::shared_ptr<const PublicLink>> find_public_link(db::Pool& pool, std::string code);

}  // namespace tandem::attribution
