// The life of a partner: its moves (the table is in rules.cpp), and what its own actors may do meanwhile.
#include "partners/moves.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <mutex>

#include "base/timed_cache.hpp"
#include "events/event.hpp"
#include "http/problems.hpp"
#include "identity/api.hpp"
#include "partners/deals.hpp"
#include "partners/partners.hpp"
#include "partners/rules.hpp"

namespace tandem::partners {

namespace {

const db::Query<db::Nothing(PartnerId, PartnerState, std::vector<PartnerState>, std::optional<Text<1, 500>>,
                            Timestamp)>
    kMovePartner{"partners.move_partner", R"sql(
  update app.partners as p set status = $3, state_reason = $5, state_changed_at = $6
  where p.organization_id = $1 and p.id = $2 and p.status = any ($4)
)sql"};

struct StateRow {
  PartnerState state{};
};
BOOST_DESCRIBE_STRUCT(StateRow, (), (state))
const db::Query<StateRow(PartnerId)> kPartnerState{"partners.partner_state", R"sql(
  select p.status as state from app.partners p where p.organization_id = $1 and p.id = $2
)sql"};

// Which partners' own actors are free to read, as last seen: a read asks the database twice a second, a
// change each time, in its transaction. What another server moves is so seen within half a second, as a
// revoked key; what this process moves at once, for then each read asks until the move's transaction has
// surely ended. Safe from any thread.
class Readers {
 public:
  bool is_free(const std::string& partner) {
    const std::scoped_lock lock(mutex_);
    const bool* found = known_.find(partner);
    return found != nullptr && *found;
  }
  void saw_free(const std::string& partner) {
    const std::scoped_lock lock(mutex_);
    if (known_.find(partner) == nullptr) known_.put(partner, true, std::chrono::milliseconds{500});
  }
  void moves(const std::string& partner) {
    const std::scoped_lock lock(mutex_);
    known_.put(partner, false, std::chrono::seconds{30});
  }

 private:
  std::mutex mutex_;
  TimedCache<bool> known_{10'000};
};
Readers& readers() {
  static Readers instance;
  return instance;
}

void record_move(db::Tx& tx, const Partner& partner, PartnerMove move) {
  events::OutboxRow row;
  row.kind = fmt::format("partner.{}", json::enum_name(move));
  row.partner_id = partner.id;
  row.subject_id = partner.id.uuid();
  row.body = fmt::format(R"({{"state":"{}"}})", json::enum_name(partner.state));
  events::record(tx, std::array{std::move(row)});
}

Task<Partner> move_partner(db::Tx& tx, PartnerId id, PartnerMove move, std::optional<Reason> why = {}) {
  const auto rule = allowed(move);
  readers().moves(id.str());
  bool moved = false;
  tx.later_checked(
      kMovePartner, [&moved](const db::Result& result) { moved = result.affected() == 1; }, id, rule.to,
      rule.from, why ? std::optional{why->reason} : std::nullopt, tx.now());
  Partner partner = co_await get_partner(tx, id);
  if (!moved) throw wrong_state(move, partner.state);
  Partner before = partner;
  before.state = rule.from.front();  // a partner's moves begin in one state each
  identity::note_change(tx, before, partner);
  record_move(tx, partner, move);
  if (rule.to == PartnerState::archived) co_await identity::revoke_keys_of(tx, id);
  co_return partner;
}

Task<Partner> suspend(db::Tx& tx, PartnerId id, Reason why) {
  return move_partner(tx, id, PartnerMove::suspension, std::move(why));
}
Task<Partner> reactivate(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::reactivation); }
Task<Partner> archive(db::Tx& tx, PartnerId id) { return move_partner(tx, id, PartnerMove::archiving); }

struct SuspendPayload {
  PartnerId partner_id;
  Text<1, 500> reason;
};
BOOST_DESCRIBE_STRUCT(SuspendPayload, (), (partner_id, reason))

/// As a person would; nothing of a partner that is not active any more.
Task<> suspend_partners(db::Tx& tx, std::span<const jobs::Job> batch) {
  for (const auto& job : batch) {
    auto payload = json::parse<SuspendPayload>(job.payload);
    if (co_await is_active(tx, payload.partner_id))
      co_await suspend(tx, payload.partner_id, {std::move(payload.reason)});
  }
}

}  // namespace

jobs::Kind suspend_partners_job() {
  jobs::Kind kind;
  kind.name = "partners.suspend";
  kind.run = suspend_partners;
  return kind;
}

Task<Partner> approve_partner(db::Tx& tx, PartnerId id) {
  Partner partner = co_await move_partner(tx, id, PartnerMove::approval);
  co_await give_default_deal(tx, id);
  co_return partner;
}
Task<Partner> reject_partner(db::Tx& tx, PartnerId id, Reason why) {
  return move_partner(tx, id, PartnerMove::rejection, std::move(why));
}

Task<std::optional<PartnerState>> state_of(db::Tx& tx, PartnerId partner_id) {
  const auto row = co_await tx.maybe(kPartnerState, partner_id);
  if (!row) co_return std::nullopt;
  co_return row->state;
}

Task<bool> is_active(db::Tx& tx, PartnerId partner_id) {
  co_return co_await state_of(tx, partner_id) == PartnerState::active;
}

Task<> require_active(db::Tx& tx, PartnerId partner_id) {
  const auto state = co_await state_of(tx, partner_id);
  if (!state) throw Problem(kNotFound);
  if (*state != PartnerState::active)
    throw Problem(kPartnerNotActive, fmt::format("The partner is {}.", json::enum_name(*state)));
}

void admit(db::Tx& tx, const http::Request& request) {
  const auto& scope = tx.scope();
  if (scope.actor_kind != db::ActorKind::partner || !scope.partner_id) return;
  const bool changes = http::changes_state(request.method);
  const std::string partner = scope.partner_id->str();
  if (!changes && readers().is_free(partner)) return;
  tx.later_checked(
      kPartnerState,
      [changes, partner](const db::Result& result) {
        const auto state = result.rows() == 0 ? PartnerState::archived
                                              : db::PgCodec<PartnerState>::from(result.cell(0, 0).value());
        if (state == PartnerState::archived || state == PartnerState::rejected) throw Problem(kForbidden);
        readers().saw_free(partner);
        if (state == PartnerState::suspended && changes) throw Problem(http::kPartnerSuspended);
      },
      *scope.partner_id);
}

void declare_moves(http::Routes& routes) {
  const auto move = [&](std::string_view name, auto handler, std::string summary) {
    routes.post(fmt::format("/api/partners/{{partner_id}}/{}", name), handler)
        .says(std::move(summary))
        .allow(http::Access::staff)
        .needs(http::Permission::partners_manage)
        .as(db::Role::write)
        .answers(200)
        .refuses({&kState});
  };
  move("approval", approve_partner, "Approve a partner that applied");
  move("rejection", reject_partner, "Reject a partner that applied, with a reason");
  move("suspension", suspend,
       "Suspend an active partner: its own people only read, its links no longer count, at once");
  move("reactivation", reactivate, "Make a suspended partner active again");
  move("archiving", archive, "Archive a suspended partner for good; its keys are revoked");
}

}  // namespace tandem::partners
