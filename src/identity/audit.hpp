// The audit log: one entry for everything that changed something, chained by hashes shortly afterwards.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "identity/api.hpp"

namespace tandem::identity {

struct AuditEntry {
  AuditEntryId id;
  Timestamp at;
  db::ActorKind actor_kind{};
  std::optional<ActorId> actor_id;
  std::string action;
  std::optional<AuditSubjectId> subject_id;
  JsonObject body;
  std::optional<std::int64_t> seq;  // place in the chain; null until it is sealed
};
BOOST_DESCRIBE_STRUCT(AuditEntry, (), (id, at, actor_kind, actor_id, action, subject_id, body, seq))

struct ListAudit {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Text<1, 120>> action;
  std::optional<ActorId> actor_id;
  std::optional<AuditSubjectId> subject_id;
  std::optional<Timestamp> from, to;  // half-open
};
BOOST_DESCRIBE_STRUCT(ListAudit, (), (cursor, limit, sort, action, actor_id, subject_id, from, to))

/// "post_partners_links" of POST /api/partners/{partner_id}/links.
std::string audit_action(std::string_view method, std::string_view pattern);
/// Of a JSON object that was parsed already: {"fields":[names],"ids":{name_id:uuid}}. No other value is kept.
std::string audit_body(std::string_view json);

void declare_audit(http::Routes& routes);

}  // namespace tandem::identity
