// Idempotency-Key: reading the header, the fingerprint of a request, and the statements on app.idempotency.
// Claim, work and stored answer are one transaction (security-and-correctness.md, section 5). Used by
// dispatch only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "db/query.hpp"
#include "http/message.hpp"
#include "http/routes.hpp"

namespace tandem::http {

/// One request's claim on its key.
struct Claim {
  std::string key;
  std::string route;      // "POST /api/partners/{partner_id}/links"
  db::Bytes fingerprint;  // SHA-256 of method, route, arguments, query and canonical body
};

/// The key of a header value: a quoted structured-field string (RFC 8941) or the bare text, 1 to 255 visible
/// ASCII characters (spaces too when quoted); nullopt when malformed.
std::optional<std::string> read_idempotency_key(std::string_view header);

/// JSON without the white space between its tokens; any other text is only shortened, never an error.
std::string canonical_json(std::string_view text);

/// The claim of a request on a route that repeats by key. Throws Problem kKeyMissing or kKeyMalformed.
Claim claim_of(const Route& route, const Request& request, const PathArgs& args);

/// True for answers that are kept: 2xx, and refusals that were decided by the state of things.
bool is_stored_status(int status);

struct ClaimedRow {
  std::string key;
};
BOOST_DESCRIBE_STRUCT(ClaimedRow, (), (key))
struct StoredAnswer {
  db::Bytes req_hash;
  std::string state;
  std::optional<std::int32_t> status;
  std::optional<std::string> body;
};
BOOST_DESCRIBE_STRUCT(StoredAnswer, (), (req_hash, state, status, body))

/// No row: somebody has this key already.
extern const db::Query<ClaimedRow(ActorId, std::string, std::string, db::Bytes)> kClaimKey;
/// The answer of the work that this transaction has done.
extern const db::Query<db::Nothing(ActorId, std::string, std::int32_t, std::string)> kStoreAnswer;
/// Claim and refusal at once, after the work was rolled back. No row: somebody else has the key by now.
extern const db::Query<ClaimedRow(ActorId, std::string, std::string, db::Bytes, std::int32_t, std::string)>
    kStoreRefusal;
extern const db::Query<StoredAnswer(ActorId, std::string)> kStoredAnswer;

}  // namespace tandem::http
