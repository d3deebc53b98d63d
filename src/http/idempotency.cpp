#include "http/idempotency.hpp"

#include <algorithm>

#include "crypto/hmac.hpp"
#include "http/problems.hpp"

namespace tandem::http {

// The body is kept as a JSON string, so that a replayed answer is the same to the byte: jsonb would reorder
// its members.
const db::Query<ClaimedRow(ActorId, std::string, std::string, db::Bytes)> kClaimKey{"http.claim_key", R"sql(
  insert into app.idempotency (organization_id, actor_id, key, route, req_hash)
  values ($1, $2, $3, $4, $5)
  on conflict (organization_id, actor_id, key) do nothing
  returning key
)sql"};

const db::Query<db::Nothing(ActorId, std::string, std::int32_t, std::string)> kStoreAnswer{
    "http.store_answer", R"sql(
  update app.idempotency set state = 'done', status = $4, body = to_jsonb($5::text)
  where organization_id = $1 and actor_id = $2 and key = $3
)sql"};

const db::Query<ClaimedRow(ActorId, std::string, std::string, db::Bytes, std::int32_t, std::string)>
    kStoreRefusal{"http.store_refusal", R"sql(
  insert into app.idempotency (organization_id, actor_id, key, route, req_hash, state, status, body)
  values ($1, $2, $3, $4, $5, 'done', $6, to_jsonb($7::text))
  on conflict (organization_id, actor_id, key) do nothing
  returning key
)sql"};

const db::Query<StoredAnswer(ActorId, std::string)> kStoredAnswer{"http.stored_answer", R"sql(
  select req_hash, state, status, body #>> '{}' as body from app.idempotency
  where organization_id = $1 and actor_id = $2 and key = $3
)sql"};

std::optional<std::string> read_idempotency_key(std::string_view header) {
  constexpr std::size_t kKeyMax = 255;
  std::string key;
  if (header.starts_with('"')) {
    bool closed = false;
    for (std::size_t i = 1; i < header.size(); ++i) {
      if (closed) return std::nullopt;
      char c = header[i];
      if (c == '"') {
        closed = true;
        continue;
      }
      if (c == '\\') {
        // RFC 8941 section 3.3.3: only a quote and a backslash can be escaped.
        ++i;
        if (i >= header.size() || (header[i] != '"' && header[i] != '\\')) return std::nullopt;
        c = header[i];
      }
      if (c < 0x20 || c > 0x7e) return std::nullopt;
      key += c;
    }
    if (!closed) return std::nullopt;
  } else {
    for (const char c : header)
      if (c < 0x21 || c > 0x7e || c == '"' || c == ',') return std::nullopt;
    key = header;
  }
  if (key.empty() || key.size() > kKeyMax) return std::nullopt;
  return key;
}

std::string canonical_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      out += c;
      in_string = c == '"';
    }
  }
  return out;
}

namespace {

/// Every part with its length before it, so that no two requests give the same text.
void append_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

}  // namespace

Claim claim_of(const Route& route, const Request& request, const PathArgs& args) {
  const auto header = request.header("idempotency-key");
  if (!header)
    throw Problem(kKeyMissing, {}, {{"header:Idempotency-Key", "required", "1 to 255 visible characters"}});
  auto key = read_idempotency_key(*header);
  const auto count = std::count_if(request.headers.begin(), request.headers.end(),
                                   [](const auto& pair) { return pair.first == "idempotency-key"; });
  if (!key || count != 1)
    throw Problem(kKeyMalformed, {},
                  {{"header:Idempotency-Key", "malformed", "1 to 255 visible characters"}});
  Claim claim;
  claim.key = *std::move(key);
  claim.route = std::string(method_name(route.method)) + " " + route.pattern;
  std::string text;
  append_part(text, claim.route);
  for (const auto& arg : args) append_part(text, arg);
  for (const auto& [name, value] : request.query) {
    append_part(text, name);
    append_part(text, value);
  }
  text += '\n';
  append_part(text, route.byte_types.empty() ? canonical_json(request.body) : request.body);
  const auto digest = crypto::sha256(text);
  claim.fingerprint.value.assign(digest.begin(), digest.end());
  return claim;
}

bool is_stored_status(int status) {
  return (status >= 200 && status < 300) || status == 409 || status == 410 || status == 412 || status == 422;
}

}  // namespace tandem::http
