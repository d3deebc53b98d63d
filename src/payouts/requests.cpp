#include "payouts/requests.hpp"

#include <array>

#include "events/event.hpp"
#include "payouts/candidates.hpp"
#include "payouts/runs.hpp"

namespace tandem::payouts {

namespace {

constexpr std::string_view kTakeJob = "payouts.take_request";

inline constexpr ProblemKind kNotPayableNow{409, "not_payable", "Nothing can be paid in this currency now"};
inline constexpr ProblemKind kCoolingDown{409, "cooling_down",
                                          "The payout method was changed less than 72 hours ago"};
inline constexpr ProblemKind kRequestWaits{409, "request_waits", "A request in this currency waits already"};

const db::Query<PayoutRequest(PayoutRequestId)> kRequest{"payouts.request", R"sql(
  select r.id, r.partner_id, r.currency, r.state, r.reason, r.payout_id, r.created_at, r.updated_at
  from app.payout_requests r
  where r.organization_id = $1 and r.id = $2
)sql"};
const db::ListQuery<PayoutRequest(std::optional<PartnerId>, std::optional<RequestState>)> kListRequests{
    "payouts.list_requests",
    R"sql(
  select r.id, r.partner_id, r.currency, r.state, r.reason, r.payout_id, r.created_at, r.updated_at
  from app.payout_requests r
  where r.organization_id = $1
    and ($2::uuid is null or r.partner_id = $2)
    and ($3::text is null or r.state = $3)
)sql",
    "r.id",
    {{"created_at", "r.created_at", "timestamptz"}}};

struct PartnerRow {
  PartnerId id;
};
BOOST_DESCRIBE_STRUCT(PartnerRow, (), (id))
const db::Query<PartnerRow(PartnerId)> kPartner{"payouts.partner_of_request", R"sql(
  select p.id from app.partners p where p.organization_id = $1 and p.id = $2
)sql"};

struct IdRow {
  PayoutRequestId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(PayoutRequestId, PartnerId, Currency, ActorId)> kInsertRequest{"payouts.insert_request",
                                                                                     R"sql(
  insert into app.payout_requests (organization_id, id, partner_id, currency, requested_by)
  values ($1, $2, $3, $4, $5)
  on conflict (organization_id, partner_id, currency) where state = 'waiting' do nothing
  returning id
)sql"};

// So that of two requests at once the second joins the run that the first began.
const db::Query<db::Nothing()> kLockRequests{"payouts.lock_requests", R"sql(
  select pg_advisory_xact_lock(hashtextextended('payout_requests/' || $1::uuid::text, 0))
)sql"};
const db::Query<PayoutRequest(PayoutRequestId)> kWaiting{"payouts.waiting_request", R"sql(
  select r.id, r.partner_id, r.currency, r.state, r.reason, r.payout_id, r.created_at, r.updated_at
  from app.payout_requests r
  where r.organization_id = $1 and r.id = $2 and r.state = 'waiting'
)sql"};
const db::Query<db::Nothing(PayoutRequestId, RequestState, std::optional<std::string>,
                            std::optional<PayoutRunId>, std::optional<PayoutId>)>
    kDecide{"payouts.decide_request", R"sql(
  update app.payout_requests set state = $3, reason = $4, payout_run_id = $5, payout_id = $6
  where organization_id = $1 and id = $2 and state = 'waiting'
)sql"};

void record(db::Tx& tx, const PayoutRequest& request, RequestState state) {
  const auto name = state == RequestState::waiting ? "created" : json::enum_name(state);
  events::record(tx, std::array{events::OutboxRow{fmt::format("payout_request.{}", name), request.partner_id,
                                                  request.id.uuid(), "{}"}});
}

Task<PayoutRequest> get_request(db::Tx& tx, PayoutRequestId id) {
  auto found = co_await tx.maybe(kRequest, id);
  if (!found) throw Problem(kNotFound);
  co_return *std::move(found);
}

/// Why a partner cannot be paid now; nullopt: it can.
Task<std::optional<std::string>> hindrance(db::Tx& tx, PartnerId partner_id, Currency currency) {
  const auto found =
      co_await candidates(tx, {currency, tx.now(), std::vector{partner_id}}, std::nullopt, PageLimit{1});
  if (found.empty()) co_return "nothing_due";
  if (!found.front().reason) co_return std::nullopt;
  co_return std::string(json::enum_name(*found.front().reason));
}

Task<PayoutRequest> create_request(db::Tx& tx, PartnerId partner_id, CreatePayoutRequest request) {
  if (!co_await tx.maybe(kPartner, partner_id)) throw Problem(kNotFound);
  if (const auto reason = co_await hindrance(tx, partner_id, request.currency)) {
    if (*reason == json::enum_name(NotPayable::cooling_down)) throw Problem(kCoolingDown);
    throw Problem(kNotPayableNow, *reason);
  }
  const auto id = tx.new_id<PayoutRequestId>();
  if (!co_await tx.maybe(kInsertRequest, id, partner_id, request.currency, tx.scope().actor_id))
    throw Problem(kRequestWaits);
  jobs::enqueue(tx, kTakeJob, fmt::format(R"({{"payout_request_id":"{}"}})", id.str()));
  auto made = co_await get_request(tx, id);
  record(tx, made, made.state);
  co_return made;
}

struct ListPayoutRequests {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<PartnerId> partner_id;
  std::optional<RequestState> state;
};
BOOST_DESCRIBE_STRUCT(ListPayoutRequests, (), (cursor, limit, partner_id, state))
Task<Page<PayoutRequest>> list_requests(db::Tx& tx, ListPayoutRequests query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  co_return co_await tx.page(kListRequests, "-created_at", query.cursor, query.limit.value_or(PageLimit{}),
                             partner_id, query.state);
}

struct TakePayload {
  PayoutRequestId payout_request_id;
};
BOOST_DESCRIBE_STRUCT(TakePayload, (), (payout_request_id))

Task<> take(db::Tx& tx, std::span<const jobs::Job> batch) {
  const auto id = json::parse<TakePayload>(batch.front().payload).payout_request_id;
  co_await tx.exec(kLockRequests);
  const auto request = co_await tx.maybe(kWaiting, id);
  if (!request) co_return;
  auto reason = co_await hindrance(tx, request->partner_id, request->currency);
  std::optional<PayoutRunId> run_id;
  std::optional<PayoutId> payout_id;
  if (!reason) {
    const auto run = co_await open_run_of_requests(tx, request->currency);
    payout_id = co_await take_partner(tx, run, request->partner_id);
    // Between the two looks a refund may have taken what was due.
    if (payout_id)
      run_id = run.id;
    else
      reason = "nothing_due";
  }
  const auto state = payout_id ? RequestState::drafted : RequestState::refused;
  tx.later(kDecide, id, state, reason, run_id, payout_id);
  record(tx, *request, state);
}

}  // namespace

jobs::Kind take_request_job() {
  jobs::Kind kind;
  kind.name = kTakeJob;
  kind.runs_as = db::Role::money;
  kind.run = take;
  return kind;
}

void declare_requests(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payouts");
  routes.post("/api/partners/{partner_id}/payout-requests", create_request)
      .says("Ask for what is due in a currency, above the minimum, without waiting for the month")
      .explains(
          "It is taken into a run on demand together with other requests; people of the organization who did not ask "
          "for it approve it. Refused as `cooling_down` while the payout method is too new, and as `not_payable` with the "
          "reason that payout candidates give.")
      .allow(Access::partner)
      .needs(Permission::payouts_manage)
      .sensitive()
      .as(db::Role::write)
      .refuses({&kNotPayableNow, &kCoolingDown, &kRequestWaits});
  routes.get("/api/payout-requests", list_requests)
      .says("List payout requests, the latest first; a partner's own")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
  routes.get("/api/payout-requests/{payout_request_id}", get_request)
      .says("Get a payout request")
      .allow(Access::partner)
      .needs(Permission::payouts_read)
      .as(db::Role::read);
}

}  // namespace tandem::payouts
