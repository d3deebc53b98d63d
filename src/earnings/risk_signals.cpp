#include "earnings/risk_signals.hpp"

#include <fmt/format.h>

#include <array>

#include "earnings/adjustments.hpp"
#include "earnings/api.hpp"
#include "earnings/holds.hpp"
#include "earnings/positions.hpp"
#include "events/event.hpp"

namespace tandem::earnings {

namespace {

using Ids = std::vector<EarningId>;

const db::Query<RiskSignal(RiskSignalId, bool)> kSignal{"earnings.risk_signal", R"sql(
  select s.id, s.partner_id, s.kind, s.subject_kind, s.subject_id, s.period, s.score, s.evidence, s.action, s.state,
    s.decided_by, s.decided_at, s.decision, s.appeal, s.appeal_state, s.appealed_at, s.appeal_decided_by,
    s.appeal_decided_at, s.appeal_decision, s.created_at, s.updated_at
  from app.risk_signals s
  where s.organization_id = $1 and s.id = $2 and (not $3::boolean or s.action <> 'signal')
)sql"};
const db::ListQuery<RiskSignal(std::optional<PartnerId>, std::optional<RiskState>, std::optional<RiskKind>,
                               std::optional<AppealState>, bool)>
    kList{"earnings.list_risk_signals",
          R"sql(
  select s.id, s.partner_id, s.kind, s.subject_kind, s.subject_id, s.period, s.score, s.evidence, s.action, s.state,
    s.decided_by, s.decided_at, s.decision, s.appeal, s.appeal_state, s.appealed_at, s.appeal_decided_by,
    s.appeal_decided_at, s.appeal_decision, s.created_at, s.updated_at
  from app.risk_signals s
  where s.organization_id = $1
    and ($2::uuid is null or s.partner_id = $2)
    and ($3::text is null or s.state = $3)
    and ($4::text is null or s.kind = $4)
    and ($5::text is null or s.appeal_state = $5)
    and (not $6::boolean or s.action <> 'signal'))sql",
          "s.id",
          {{"created_at", "s.created_at", "timestamptz"}}};

struct IdRow {
  RiskSignalId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
// An appeal that waits is answered by a dismissal.
const db::Query<IdRow(RiskSignalId, RiskState, ActorId, Timestamp, Lines<2000>)> kDecide{
    "earnings.decide_risk_signal", R"sql(
  update app.risk_signals as s set state = $3::text, decided_by = $4::uuid, decided_at = $5::timestamptz,
    decision = $6::text,
    appeal_state = case when $3::text = 'dismissed' and s.appeal is not null then 'accepted' else s.appeal_state end,
    appeal_decided_by = case when $3::text = 'dismissed' and s.appeal is not null then $4::uuid end,
    appeal_decided_at = case when $3::text = 'dismissed' and s.appeal is not null then $5::timestamptz end,
    appeal_decision = case when $3::text = 'dismissed' and s.appeal is not null then $6::text end
  where s.organization_id = $1 and s.id = $2 and s.state = 'open'
  returning s.id
)sql"};
const db::Query<IdRow(RiskSignalId, Lines<4000>, Timestamp)> kAppeal{"earnings.appeal_risk_signal", R"sql(
  update app.risk_signals set appeal = $3, appeal_state = 'filed', appealed_at = $4
  where organization_id = $1 and id = $2 and state in ('open', 'confirmed') and action <> 'signal' and appeal is null
  returning id
)sql"};
const db::Query<IdRow(RiskSignalId, AppealState, ActorId, Timestamp, Lines<2000>)> kDecideAppeal{
    "earnings.decide_risk_appeal", R"sql(
  update app.risk_signals set appeal_state = $3, appeal_decided_by = $4, appeal_decided_at = $5, appeal_decision = $6
  where organization_id = $1 and id = $2 and state = 'confirmed' and appeal_state = 'filed'
  returning id
)sql"};

struct EarningIdRow {
  EarningId id;
};
BOOST_DESCRIBE_STRUCT(EarningIdRow, (), (id))
const db::Query<EarningIdRow(RiskSignalId)> kHeldBy{"earnings.held_by_risk_signal", R"sql(
  select distinct earning_id as id
  from app.earning_holds
  where organization_id = $1 and risk_signal_id = $2 and released_at is null
)sql"};

struct HeldRow {
  EarningId id;
  PartnerId partner_id;
  EarningKind kind{};
  std::optional<attribution::ConversionId> conversion_id;
  std::optional<EarningId> overrides_id;
  std::optional<attribution::LinkId> link_id;
  std::optional<partners::TermId> term_id;
  std::optional<partners::DealVersionId> deal_version_id;
  std::optional<ClaimId> claim_id;
  std::optional<PartnerId> split_from;
  std::int64_t amount = 0, left = 0;  // left: with what was taken back of it
  Currency currency;
  std::optional<RatePpm> rate_ppm;
  std::int64_t weight = 1, weight_total = 1;
  Timestamp hold_until;
};
BOOST_DESCRIBE_STRUCT(HeldRow, (),
                      (id, partner_id, kind, conversion_id, overrides_id, link_id, term_id, deal_version_id,
                       claim_id, split_from, amount, left, currency, rate_ppm, weight, weight_total,
                       hold_until))
const db::Query<HeldRow(Ids)> kHeld{"earnings.held_earnings", R"sql(
  select e.id, e.partner_id, e.kind, e.conversion_id, e.overrides_id, e.link_id, e.term_id, e.deal_version_id,
    e.claim_id, e.split_from, e.amount,
    (e.amount + coalesce((select sum(r.amount) from app.earnings r
      where r.organization_id = $1 and r.reverses_id = e.id), 0))::bigint as left,
    e.currency, e.rate_ppm, e.weight, e.weight_total, e.hold_until
  from app.earnings e
  where e.organization_id = $1 and e.id = any($2) and e.state = 'held'
  order by e.id
)sql"};
const db::Query<HeldRow(RiskSignalId)> kTaken{"earnings.taken_by_risk_signal", R"sql(
  select e.id, e.partner_id, e.kind, e.conversion_id, e.overrides_id, e.link_id, e.term_id, e.deal_version_id,
    e.claim_id, e.split_from, e.amount, -b.amount as left, e.currency, e.rate_ppm, e.weight, e.weight_total,
    e.hold_until
  from app.earnings b
  join app.earnings e on e.organization_id = $1 and e.id = b.reverses_id
  where b.organization_id = $1 and b.risk_signal_id = $2 and b.amount < 0
  order by e.id
)sql"};
const db::Query<db::Nothing(Ids)> kCancel{"earnings.cancel_held", R"sql(
  update app.earnings set state = 'cancelled'
  where organization_id = $1 and (id = any($2) or reverses_id = any($2)) and state = 'held'
)sql"};

bool is_partner(const db::Tx& tx) { return tx.scope().partner_id.has_value(); }

RiskSignal shown(const db::Tx& tx, RiskSignal signal) {
  if (!is_partner(tx)) return signal;
  signal.score.reset();
  signal.evidence.reset();
  signal.decided_by = signal.appeal_decided_by = std::nullopt;
  return signal;
}

Task<RiskSignal> get_signal(db::Tx& tx, RiskSignalId id) {
  auto signal = co_await tx.maybe(kSignal, id, is_partner(tx));
  if (!signal) throw Problem(kNotFound);
  co_return shown(tx, *std::move(signal));
}

Task<Page<RiskSignal>> list_signals(db::Tx& tx, ListRiskSignals query) {
  const auto partner_id = is_partner(tx) ? tx.scope().partner_id : query.partner_id;
  auto page = co_await tx.page(kList, query.sort ? query.sort->str() : "-created_at", query.cursor,
                               query.limit.value_or(PageLimit{}), partner_id, query.state, query.kind,
                               query.appeal_state, is_partner(tx));
  for (auto& signal : page.items) signal = shown(tx, std::move(signal));
  co_return page;
}

/// The signal after a move, told to whoever listens; throws kState for the one that was not made.
Task<RiskSignal> moved(db::Tx& tx, RiskSignalId id, bool was_moved, std::string_view to) {
  auto signal = co_await get_signal(tx, id);
  if (!was_moved)
    throw Problem(kState,
                  fmt::format("The signal is {}, its appeal {}.", json::enum_name(signal.state),
                              signal.appeal_state ? json::enum_name(*signal.appeal_state) : "not filed"));
  events::record(tx, std::array{events::OutboxRow{fmt::format("risk_signal.{}", to), signal.partner_id,
                                                  id.uuid(), "{}"}});
  co_return signal;
}

Task<Ids> held_by(db::Tx& tx, RiskSignalId id) {
  co_await get_signal(tx, id);
  Ids out;
  for (const auto& row : co_await tx.all(kHeldBy, id)) out.push_back(row.id);
  co_return out;
}

/// Takes back what is left of held earnings and cancels them. Their partners' accounts are locked.
Task<> cancel_held(db::Tx& tx, RiskSignalId signal_id, Ids ids) {
  EarningRows rows;
  for (const auto& row : co_await tx.all(kHeld, ids)) {
    if (row.left == 0) continue;
    NewEarning back;
    back.id = tx.new_id<EarningId>();
    back.partner_id = row.partner_id;
    back.kind = row.kind;
    back.conversion_id = row.conversion_id;
    back.reverses_id = row.id;
    back.overrides_id = row.overrides_id;
    back.link_id = row.link_id;
    back.term_id = row.term_id;
    back.deal_version_id = row.deal_version_id;
    back.claim_id = row.claim_id;
    back.split_from = row.split_from;
    back.risk_signal_id = signal_id;
    back.state = "cancelled";
    back.amount = -row.left;
    back.currency = row.currency;
    back.rate = row.rate_ppm;
    back.weight = row.weight;
    back.weight_total = row.weight_total;
    back.occurred_at = back.hold_until = tx.now();
    back.explanation = fmt::format(R"({{"rule":"risk","risk_signal_id":"{}"}})", signal_id.str());
    const auto id = back.id.uuid();
    rows.add(std::move(back),
             ledger::commission_taken_back_in_hold(id, row.partner_id, {row.left, row.currency}));
  }
  rows.store(tx);
  tx.later(kCancel, ids);
  close_holds(tx, std::move(ids));
}

Task<RiskSignal> confirm_signal(db::Tx& tx, RiskSignalId id, DecideRisk request) {
  const auto ids = co_await held_by(tx, id);
  Positions positions;
  co_await positions.lock_of(tx, ids);
  const auto row =
      co_await tx.maybe(kDecide, id, RiskState::confirmed, tx.scope().actor_id, tx.now(), request.reason);
  auto signal = co_await moved(tx, id, row.has_value(), "confirmed");
  if (!ids.empty()) co_await cancel_held(tx, id, ids);
  co_return signal;
}

Task<RiskSignal> dismiss_signal(db::Tx& tx, RiskSignalId id, DecideRisk request) {
  co_await release_of_risk(tx, co_await held_by(tx, id), id);
  const auto row =
      co_await tx.maybe(kDecide, id, RiskState::dismissed, tx.scope().actor_id, tx.now(), request.reason);
  co_return co_await moved(tx, id, row.has_value(), "dismissed");
}

Task<RiskSignal> appeal_signal(db::Tx& tx, RiskSignalId id, AppealRisk request) {
  co_await get_signal(tx, id);
  const auto row = co_await tx.maybe(kAppeal, id, request.text, tx.now());
  co_return co_await moved(tx, id, row.has_value(), "appealed");
}

Task<RiskSignal> decide_appeal(db::Tx& tx, RiskSignalId id, AppealState state, DecideRisk request) {
  if ((co_await get_signal(tx, id)).decided_by == tx.scope().actor_id) throw Problem(kSamePerson);
  const auto row = co_await tx.maybe(kDecideAppeal, id, state, tx.scope().actor_id, tx.now(), request.reason);
  co_return co_await moved(tx, id, row.has_value(), fmt::format("appeal_{}", json::enum_name(state)));
}

/// What the signal took back is earned again, as adjustments of the same conversions, held as long as it was.
Task<RiskSignal> accept_appeal(db::Tx& tx, RiskSignalId id, DecideRisk request) {
  auto signal = co_await decide_appeal(tx, id, AppealState::accepted, std::move(request));
  for (const auto& row : co_await tx.all(kTaken, id)) {
    NewEarning again;
    again.id = tx.new_id<EarningId>();
    again.partner_id = row.partner_id;
    again.conversion_id = row.conversion_id;
    again.overrides_id = row.overrides_id;
    again.link_id = row.link_id;
    again.term_id = row.term_id;
    again.deal_version_id = row.deal_version_id;
    again.risk_signal_id = id;
    again.split_from = row.split_from;
    // Of the whole conversion, because what was refunded of it is taken back again; without one what was
    // left.
    again.amount = row.conversion_id ? row.amount : row.left;
    again.currency = row.currency;
    again.rate = row.rate_ppm;
    again.weight = row.weight;
    again.weight_total = row.weight_total;
    again.occurred_at = tx.now();
    again.hold_until = std::max(row.hold_until, tx.now());
    again.explanation =
        fmt::format(R"({{"rule":"appeal","risk_signal_id":"{}","earning_id":"{}"}})", id.str(), row.id.str());
    co_await store_adjustment(tx, std::move(again));
  }
  co_return signal;
}

Task<RiskSignal> reject_appeal(db::Tx& tx, RiskSignalId id, DecideRisk request) {
  return decide_appeal(tx, id, AppealState::rejected, std::move(request));
}

}  // namespace

void declare_risk_signals(http::Routes& routes) {
  using http::Access, http::Permission;
  routes.tag("Risk");
  routes.get("/api/risk-signals", list_signals)
      .says("List signals of risk")
      .explains("A partner's own are those that hold something, without score and evidence.")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(db::Role::read);
  routes.get("/api/risk-signals/{risk_signal_id}", get_signal)
      .says("Get a signal of risk")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(db::Role::read);
  routes.post("/api/risk-signals/{risk_signal_id}/appeal", appeal_signal)
      .says("Appeal against what a signal holds or took back")
      .explains("Once. Another person than who confirmed the signal decides; a dismissal answers it, too.")
      .allow(Access::partner)
      .needs(Permission::leads_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  const auto decision = [&](std::string_view path, auto handler, const char* summary) -> http::Route& {
    return routes.post(fmt::format("/api/risk-signals/{{risk_signal_id}}/{}", path), handler)
        .says(summary)
        .allow(Access::staff)
        .needs(Permission::earnings_manage)
        .as(db::Role::money)
        .answers(200);
  };
  decision("appeal/acceptance", accept_appeal, "Accept an appeal: what was taken back is earned again")
      .refuses({&kState, &kSamePerson});
  decision("appeal/rejection", reject_appeal, "Reject an appeal").refuses({&kState, &kSamePerson});
  decision("confirmation", confirm_signal, "Confirm a signal: what it holds is taken back")
      .refuses({&kState});
  decision("dismissal", dismiss_signal, "Dismiss a signal: what it holds goes on").refuses({&kState});
}

}  // namespace tandem::earnings
