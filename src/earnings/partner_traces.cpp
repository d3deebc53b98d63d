#include "earnings/partner_traces.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>

#include <set>

#include "base/timed_cache.hpp"
#include "crypto/hmac.hpp"
#include "crypto/installation.hpp"
#include "earnings/api.hpp"
#include "earnings/module.hpp"
#include "http/address_limit.hpp"

namespace tandem::earnings {

namespace {

using attribution::ConversionId;
using attribution::LeadId;

constexpr std::chrono::hours kSame{24}, kKept{24 * 90};
constexpr std::chrono::minutes kNotedEvery{10};
constexpr std::size_t kNotedMost = 10'000;

// A trace that was missed for a day begins anew.
const db::Query<db::Nothing(PartnerId, TraceKind, db::Bytes, Timestamp)> kNote{"earnings.note_trace", R"sql(
  insert into app.partner_traces as t (organization_id, partner_id, kind, hash, seen_from, seen_to)
  values ($1, $2, $3, $4, $5, $5)
  on conflict (organization_id, partner_id, kind, hash) do update
  set seen_from = case when t.seen_to < excluded.seen_to - interval '24 hours' then excluded.seen_to
        else t.seen_from end,
      seen_to = greatest(t.seen_to, excluded.seen_to)
)sql"};

const db::Query<db::Nothing(Timestamp)> kForget{"earnings.forget_traces", R"sql(
  delete from app.partner_traces as t where t.organization_id = $1 and t.seen_to < $2 and t.kind <> 'account'
)sql"};

// Of the visits that the lead's attribution looked at the latest, and the latest of its visitor.
const db::Query<TouchRow(std::vector<ConversionId>, std::vector<PartnerId>, std::vector<LeadId>)> kTouches{
    "earnings.touches_of_buyers", R"sql(
  with asked as (
    select u.conversion_id, u.partner_id, l.visitor_id, l.trace, c.email_normalised
    from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as u(conversion_id, partner_id, lead_id)
    join app.leads l on l.organization_id = $1 and l.id = u.lead_id
    join app.contacts c on c.organization_id = $1 and c.id = l.contact_id
    where exists (
      select 1 from app.partner_traces t where t.organization_id = $1 and t.partner_id = u.partner_id))
  select a.conversion_id, a.partner_id, 'account' as kind, a.email_normalised as value, null::timestamptz as at
  from asked a
  where a.email_normalised is not null
  union all
  select a.conversion_id, a.partner_id, k.kind, k.value, v.at
  from asked a
  cross join lateral (
    (select m.ip, m.visitor_id, m.at
     from app.visits m
     where m.organization_id = $1 and m.visitor_id = a.visitor_id and m.status = 'counted'
     order by m.at desc
     limit 20)
    union
    (select m.ip, m.visitor_id, m.at
     from jsonb_array_elements(a.trace -> 'candidates') e
     join app.visits m on m.organization_id = $1 and m.id = (e ->> 'visit_id')::uuid
     order by m.at desc
     limit 20)) v
  cross join lateral (values ('address', host(v.ip)), ('device', v.visitor_id)) as k(kind, value)
  where k.value is not null
)sql"};

const db::Query<TraceRow(std::vector<PartnerId>)> kTraces{"earnings.traces_of_partners", R"sql(
  select t.partner_id, t.kind, t.hash, t.seen_from, t.seen_to
  from app.partner_traces t
  where t.organization_id = $1 and t.partner_id = any($2)
)sql"};

/// What a mailbox reads: lower case, without what follows a plus.
std::string mailbox(std::string_view email) {
  std::string out;
  const auto at = email.rfind('@');
  for (const char c : email.substr(0, std::min(email.find('+'), at)))
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const char c : email.substr(std::min(at, email.size())))
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string plain(TraceKind kind, const std::string& value) {
  switch (kind) {
    case TraceKind::address: return http::network_of(value);
    case TraceKind::device: break;
    case TraceKind::account: return value.contains('@') ? mailbox(value) : value;
  }
  return value;
}

std::string hash_of(OrganizationId organization_id, TraceKind kind, const std::string& value) {
  return crypto::hmac_sha256(
      crypto::installed_envelope().key_for("partner-traces"),
      fmt::format("{}\n{}\n{}", organization_id.str(), json::enum_name(kind), plain(kind, value)));
}

void note(db::Tx& tx, PartnerId partner_id, TraceKind kind, const std::string& value) {
  tx.later(kNote, partner_id, kind, db::Bytes{hash_of(tx.scope().organization_id, kind, value)}, tx.now());
}

}  // namespace

bool tells_people_apart(const std::string& ip) {
  namespace net = boost::asio::ip;
  boost::system::error_code error;
  const auto address = net::make_address(ip, error);
  if (error || address.is_loopback() || address.is_unspecified()) return false;
  if (address.is_v6()) {
    const auto bytes = address.to_v6().to_bytes();
    return !address.to_v6().is_link_local() && (bytes[0] & 0xfe) != 0xfc;  // fc00::/7
  }
  constexpr std::array kPrivate{"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12",
                                "192.168.0.0/16"};
  return std::ranges::none_of(kPrivate, [&](const char* text) {
    const auto network = net::make_network_v4(text);
    return net::make_network_v4(address.to_v4(), network.prefix_length()).canonical() == network;
  });
}

db::Call<TouchRow> touches_of(const std::vector<ConversionId>& conversions,
                              const std::vector<PartnerId>& partners, const std::vector<LeadId>& leads) {
  return db::call(kTouches, conversions, partners, leads);
}
db::Call<TraceRow> traces_of(const std::vector<PartnerId>& partners) { return db::call(kTraces, partners); }

std::vector<TraceMatch> matches(OrganizationId organization_id, const std::vector<TouchRow>& touches,
                                const std::vector<TraceRow>& traces) {
  std::set<TraceMatch> out;
  std::map<std::tuple<PartnerId, TraceKind, std::string>, const TraceRow*> known;
  for (const auto& trace : traces) known[{trace.partner_id, trace.kind, trace.hash.value}] = &trace;
  for (const auto& touch : touches) {
    if (touch.kind == TraceKind::address && !tells_people_apart(touch.value)) continue;
    const auto found =
        known.find({touch.partner_id, touch.kind, hash_of(organization_id, touch.kind, touch.value)});
    if (found == known.end()) continue;
    const TraceRow& trace = *found->second;
    if (touch.at && (*touch.at < trace.seen_from - kSame || *touch.at > trace.seen_to + kSame)) continue;
    out.insert({touch.conversion_id, touch.partner_id, touch.kind});
  }
  return {out.begin(), out.end()};
}

void note_payout_account(db::Tx& tx, PartnerId partner_id, const std::string& account) {
  note(tx, partner_id, TraceKind::account, account);
}

Task<> note_member(db::Pool& pool, const http::Principal& principal, const http::Request& request) {
  if (principal.kind != http::Principal::Kind::user || !principal.scope.partner_id) co_return;
  const PartnerId partner_id = *principal.scope.partner_id;
  const auto device = request.cookie("tdm_vid");
  const bool has_address = tells_people_apart(request.client_ip);
  if (!device && !has_address) co_return;
  thread_local TimedCache<bool> noted{kNotedMost};
  const std::string key = fmt::format("{} {} {}", partner_id.str(), request.client_ip, device.value_or(""));
  if (noted.find(key) != nullptr) co_return;
  noted.put(key, true, kNotedEvery);
  const db::Scope scope{principal.scope.organization_id, db::ActorKind::system, {}, {}};
  co_await db::run_tx(pool, scope, db::Role::write, [&](db::Tx& tx) -> Task<> {
    if (has_address) note(tx, partner_id, TraceKind::address, request.client_ip);
    if (device) note(tx, partner_id, TraceKind::device, std::string(*device));
    co_return;
  });
}

void forget_old_traces(db::Tx& tx) { tx.later(kForget, tx.now() - kKept); }

}  // namespace tandem::earnings
