// The file of audit anchors, data/audit-anchors.jsonl: how far each organization's chain had come, a line
// whenever it has grown. It lies outside the database, so that somebody who rewrites the whole chain there is
// found out; copy it to another machine to be safe from one who rewrites both.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "identity/api.hpp"

namespace tandem::app {

class AuditAnchors {
 public:
  /// Reads what the file in this data folder holds; a line that was cut off by a crash is skipped.
  explicit AuditAnchors(const std::filesystem::path& data);
  /// Appends those that are further than what is known, and brings them to the disk. Throws
  /// std::system_error.
  void add(const std::vector<identity::AuditAnchor>& heads);
  /// The furthest of an organization.
  std::optional<identity::AuditAnchor> of(OrganizationId organization_id) const;

 private:
  std::filesystem::path file_;
  std::map<OrganizationId, identity::AuditAnchor> latest_;
};

}  // namespace tandem::app
