#include "identity/audit.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace tandem::identity {

namespace {

constexpr std::size_t kFieldsMax = 64;
constexpr std::int32_t kSealBatch = 2000;

const db::Query<db::Nothing(AuditEntryId, db::ActorKind, std::optional<ActorId>, std::string,
                            std::optional<Uuid>, JsonObject)>
    kInsertAudit{"identity.insert_audit", R"sql(
  insert into app.audit (organization_id, id, actor_kind, actor_id, action, subject_id, body)
  values ($1, $2, $3, $4, $5, $6, $7)
)sql"};

const db::ListQuery<AuditEntry(std::optional<Text<1, 120>>, std::optional<ActorId>,
                               std::optional<AuditSubjectId>, std::optional<Timestamp>,
                               std::optional<Timestamp>)>
    kListAudit{"identity.list_audit",
               R"sql(
  select a.id, a.at, a.actor_kind, a.actor_id, a.action, a.subject_id, a.body, a.seq
  from app.audit a
  where a.organization_id = $1
    and ($2::text is null or a.action = $2)
    and ($3::uuid is null or a.actor_id = $3)
    and ($4::uuid is null or a.subject_id = $4)
    and ($5::timestamptz is null or a.at >= $5)
    and ($6::timestamptz is null or a.at < $6)
)sql",
               "a.id",
               {{"at", "a.at", "timestamptz"}}};

constexpr std::int32_t kOrganizationsPage = 500;

struct OrganizationRow {
  OrganizationId organization_id;
};
BOOST_DESCRIBE_STRUCT(OrganizationRow, (), (organization_id))
// The service role may not read the log, so it cannot say where entries wait: each organization is asked.
const db::ServiceQuery<OrganizationRow(OrganizationId, std::int32_t)> kOrganizations{
    "identity.organizations_to_seal", R"sql(
  select o.organization_id from app.organizations o
  where o.organization_id > $1
  order by o.organization_id limit $2::int4
)sql"};

struct OpenEntry {
  AuditEntryId id;
};
BOOST_DESCRIBE_STRUCT(OpenEntry, (), (id))
const db::Query<OpenEntry()> kOpenEntry{"identity.open_audit_entry", R"sql(
  select a.id from app.audit a where a.organization_id = $1 and a.seq is null limit 1
)sql"};

struct Sealed {
  std::int32_t count = 0;  // -1: another sealer is at work
};
BOOST_DESCRIBE_STRUCT(Sealed, (), (count))

const db::Query<Sealed(std::int32_t)> kSeal{"identity.seal_audit", R"sql(
  select app.audit_seal($2) as count where $1 = app.organization_id()
)sql"};

const db::Query<AuditProblem(std::optional<std::int64_t>, std::optional<db::Bytes>)> kVerify{
    "identity.verify_audit", R"sql(
  select v.problem, v.at_seq from app.audit_verify($2, $3) v where $1 = app.organization_id()
)sql"};

const db::Query<AuditAnchor()> kHead{"identity.audit_head", R"sql(
  select h.organization_id, h.seq, encode(h.hash, 'hex') as hash
  from app.audit_heads h
  where h.organization_id = $1 and h.seq > 0
)sql"};

Task<Page<AuditEntry>> list_audit(db::Tx& tx, ListAudit query) {
  co_return co_await tx.page(kListAudit, query.sort ? query.sort->str() : "-at", query.cursor,
                             query.limit.value_or(PageLimit{}), query.action, query.actor_id,
                             query.subject_id, query.from, query.to);
}

/// Walks the members of a JSON object that is known to be well formed.
class Members {
 public:
  explicit Members(std::string_view json) : json_(json) { at_ = json_.find('{'); }
  /// The next member's name, and its value when that is a text (as written). False at the end.
  bool next(std::string_view& name, std::string_view& text) {
    if (at_ >= json_.size()) return false;
    at_ = json_.find_first_of("\"}", at_);
    if (at_ >= json_.size() || json_[at_] == '}') return false;
    name = string();
    at_ = json_.find(':', at_);
    if (at_ >= json_.size()) return false;
    at_ = json_.find_first_not_of(" \t\r\n", at_ + 1);
    text = {};
    if (at_ < json_.size() && json_[at_] == '"') text = string();
    skip_value();
    return true;
  }

 private:
  /// The string that begins at at_, without its quotes; at_ is behind it afterwards.
  std::string_view string() {
    const auto begin = ++at_;
    while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
    const auto length = std::min(at_, json_.size()) - begin;
    ++at_;
    return json_.substr(begin, length);
  }
  /// To the comma behind the value, or to the object's end.
  void skip_value() {
    int depth = 0;
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (c == '"') {
        string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && depth-- == 0) return;
      ++at_;
      if (c == ',' && depth == 0) return;
    }
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

/// Changes that note_change() was told of in this transaction: the members of a JSON object.
struct NotedChanges {
  std::string json;
};

/// The client's network: an address names a person, its /24 or /48 says where from.
std::string network_of(const std::string& client_ip) {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(client_ip, failed);
  if (failed) return {};
  namespace ip = boost::asio::ip;
  if (address.is_v4()) return ip::make_network_v4(address.to_v4(), 24).canonical().to_string();
  return ip::make_network_v6(address.to_v6(), 48).canonical().to_string();
}

/// Runs `work(id)` for one organization after another.
template <class Work>
Task<> each_organization(db::Pool& pool, Work work) {
  OrganizationId after;
  for (;;) {
    std::vector<OrganizationRow> page;
    {
      auto lease = co_await pool.acquire(db::Role::service);
      page = co_await db::service_all(*lease, kOrganizations, after, kOrganizationsPage);
    }
    for (const auto& row : page) co_await work(row.organization_id);
    if (page.size() < static_cast<std::size_t>(kOrganizationsPage)) co_return;
    after = page.back().organization_id;
  }
}

/// Seals one organization's entries; a look costs less than the lock of its chain, so it comes first.
Task<std::int64_t> seal_one(db::Pool& pool, OrganizationId organization_id) {
  const db::Scope scope{organization_id, db::ActorKind::system, {}, {}};
  const auto look = [](db::Tx& tx) { return tx.maybe(kOpenEntry); };
  const auto seal = [](db::Tx& tx) { return tx.one(kSeal, kSealBatch); };
  if (!co_await db::run_tx(pool, scope, db::Role::read, look)) co_return 0;
  const Sealed sealed = co_await db::run_tx(pool, scope, db::Role::write, seal);
  co_return std::max(sealed.count, 0);
}

}  // namespace

std::string audit_action(std::string_view method, std::string_view pattern) {
  std::string out;
  for (const char c : method) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (pattern.starts_with("/api/")) pattern.remove_prefix(4);
  while (!pattern.empty()) {
    const auto slash = pattern.find('/', 1);
    const auto part = pattern.substr(1, slash == std::string_view::npos ? slash : slash - 1);
    if (!part.starts_with('{')) {
      out += '_';
      for (const char c : part) out += c == '-' ? '_' : c;
    }
    pattern = slash == std::string_view::npos ? std::string_view{} : pattern.substr(slash);
  }
  return out;
}

std::string audit_body(std::string_view json) {
  std::string fields, ids;
  std::string_view name, text;
  std::size_t count = 0;
  for (Members members(json); members.next(name, text) && count < kFieldsMax; ++count) {
    if (count > 0) fields += ',';
    fields += fmt::format("\"{}\"", name);
    if (!name.ends_with("_id")) continue;
    if (const auto id = Uuid::parse(text))
      ids += fmt::format(R"({}"{}":"{}")", ids.empty() ? "" : ",", name, id->str());
  }
  return fmt::format(R"({{"fields":[{}],"ids":{{{}}}}})", fields, ids);
}

void note_change(db::Tx& tx, const json::Codec& codec, const void* before, const void* after,
                 std::span<const std::string_view> personal) {
  constexpr std::size_t kValueBytesMax = 400;
  std::string& changes = tx.local<NotedChanges>().json;
  for (const auto& field : codec.fields()) {
    if (field.name == "updated_at" || field.name == "created_at") continue;
    std::string was, is;
    json::print(*field.codec, field.member(const_cast<void*>(before)), was);
    json::print(*field.codec, field.member(const_cast<void*>(after)), is);
    if (was == is) continue;
    const bool is_told = std::ranges::find(personal, field.name) == personal.end() &&
                         was.size() <= kValueBytesMax && is.size() <= kValueBytesMax;
    changes += fmt::format(R"({}"{}":{})", changes.empty() ? "" : ",", field.name,
                           is_told ? fmt::format("[{},{}]", was, is) : "null");
  }
}

void audit(db::Tx& tx, const http::Route& route, const http::Request& request, std::optional<Uuid> subject) {
  std::string body = route.body != nullptr ? audit_body(request.body) : "{}";
  body.pop_back();
  const auto add = [&](std::string_view name, const std::string& json) {
    if (!json.empty()) body += fmt::format(R"({}"{}":{})", body.size() > 1 ? "," : "", name, json);
  };
  const std::string network = network_of(request.client_ip), &changes = tx.local<NotedChanges>().json;
  add("from", network.empty() ? "" : fmt::format(R"("{}")", network));
  add("changed", changes.empty() ? "" : "{" + changes + "}");
  add("request", fmt::format(R"("{}")", request.request_id));
  record_audit(tx, audit_action(http::method_name(route.method), route.pattern), subject,
               JsonObject::trusted(body + "}"));
}

void record_audit(db::Tx& tx, const std::string& action, std::optional<Uuid> subject,
                  const JsonObject& body) {
  const auto& scope = tx.scope();
  const auto actor = scope.actor_id == ActorId{} ? std::nullopt : std::optional{scope.actor_id};
  tx.later(kInsertAudit, tx.new_id<AuditEntryId>(), scope.actor_kind, actor, action, subject, body);
}

Task<std::int64_t> seal_all(db::Pool& pool) {
  std::int64_t total = 0;
  co_await each_organization(pool,
                             [&](OrganizationId id) -> Task<> { total += co_await seal_one(pool, id); });
  co_return total;
}

Task<std::vector<AuditAnchor>> audit_anchors(db::Pool& pool) {
  std::vector<AuditAnchor> out;
  co_await each_organization(pool, [&](OrganizationId id) -> Task<> {
    const db::Scope scope{id, db::ActorKind::system, {}, {}};
    const auto look = [](db::Tx& tx) { return tx.maybe(kHead); };
    if (auto head = co_await db::run_tx(pool, scope, db::Role::read, look)) out.push_back(*std::move(head));
  });
  co_return out;
}

Task<std::vector<AuditProblem>> verify_audit(db::Tx& tx, std::optional<AuditAnchor> anchor) {
  std::optional<std::int64_t> seq;
  std::optional<db::Bytes> hash;
  if (anchor) {
    seq = anchor->seq;
    hash = db::Bytes{from_hex(anchor->hash).value_or("")};
  }
  co_return co_await tx.all(kVerify, seq, hash);
}

void declare_audit(http::Routes& routes) {
  routes.tag("audit");
  routes.get("/api/audit", list_audit)
      .says("List what was changed, by whom and when; the latest first")
      .allow(http::Access::staff)
      .needs(http::Permission::audit_read)
      .as(db::Role::read);
}

}  // namespace tandem::identity
