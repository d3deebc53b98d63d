#include "earnings/claims.hpp"

#include <fmt/format.h>

#include "earnings/adjustments.hpp"
#include "earnings/api.hpp"
#include "earnings/rules.hpp"
#include "events/event.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::earnings {

namespace {

using attribution::ConversionId;
using attribution::LeadId;
using partners::PartnerDocumentId;

constexpr std::size_t kReferencesMax = 20;

inline constexpr ProblemKind kClaimOpen{409, "claim_open", "A claim about this waits for its decision"};

const db::Query<Claim(ClaimId, Timestamp)> kClaim{"earnings.claim", R"sql(
  select c.id, c.partner_id, c.kind, c.state, c.conversion_id, c.lead_id, c.earning_id, c.order_reference, c.amount,
    c.currency, c.evidence, c.evidence_references, c.document_id, c.decide_by,
    c.state in ('open', 'under_review') and c.decide_by < $3 as is_overdue, c.reviewed_by, c.decided_by, c.decided_at,
    c.decision, e.id as adjustment_id, c.created_at, c.updated_at
  from app.claims c
  left join app.earnings e on e.organization_id = $1 and e.claim_id = c.id and e.amount > 0
  where c.organization_id = $1 and c.id = $2
)sql"};
const db::ListQuery<Claim(Timestamp, std::optional<PartnerId>, std::optional<ClaimState>,
                          std::optional<ClaimKind>, std::optional<bool>)>
    kListClaims{"earnings.list_claims",
                R"sql(
  select c.id, c.partner_id, c.kind, c.state, c.conversion_id, c.lead_id, c.earning_id, c.order_reference, c.amount,
    c.currency, c.evidence, c.evidence_references, c.document_id, c.decide_by,
    c.state in ('open', 'under_review') and c.decide_by < $2 as is_overdue, c.reviewed_by, c.decided_by, c.decided_at,
    c.decision, e.id as adjustment_id, c.created_at, c.updated_at
  from app.claims c
  left join app.earnings e on e.organization_id = $1 and e.claim_id = c.id and e.amount > 0
  where c.organization_id = $1
    and ($3::uuid is null or c.partner_id = $3)
    and ($4::text is null or c.state = $4)
    and ($5::text is null or c.kind = $5)
    and ($6::boolean is null or (c.state in ('open', 'under_review') and c.decide_by < $2) = $6))sql",
                "c.id",
                {{"created_at", "c.created_at", "timestamptz"}, {"decide_by", "c.decide_by", "timestamptz"}}};

struct Seen {
  bool all = false;
};
BOOST_DESCRIBE_STRUCT(Seen, (), (all))
// A partner sees its own conversions and leads alone; an earning and a document are the claiming partner's.
const db::Query<Seen(PartnerId, std::optional<ConversionId>, std::optional<LeadId>, std::optional<EarningId>,
                     std::optional<PartnerDocumentId>)>
    kSees{"earnings.claim_sees", R"sql(
  select ($3::uuid is null or exists (select 1 from app.conversions c where c.organization_id = $1 and c.id = $3))
    and ($4::uuid is null or exists (select 1 from app.leads l where l.organization_id = $1 and l.id = $4))
    and ($5::uuid is null or exists (
      select 1 from app.earnings e where e.organization_id = $1 and e.id = $5 and e.partner_id = $2))
    and ($6::uuid is null or exists (
      select 1 from app.partner_documents d where d.organization_id = $1 and d.id = $6 and d.partner_id = $2)) as all
)sql"};

struct DeadlineRow {
  TimeZone time_zone;
  std::int32_t claim_days = 0;
};
BOOST_DESCRIBE_STRUCT(DeadlineRow, (), (time_zone, claim_days))
const db::Query<DeadlineRow()> kDeadline{"earnings.claim_deadline", R"sql(
  select o.time_zone, coalesce((o.settings->>'claim_days')::int, 30) as claim_days
  from app.organizations o
  where o.organization_id = $1
)sql"};

struct IdRow {
  ClaimId id;
};
BOOST_DESCRIBE_STRUCT(IdRow, (), (id))
const db::Query<IdRow(ClaimId, PartnerId, ClaimKind, std::optional<ConversionId>, std::optional<LeadId>,
                      std::optional<EarningId>, std::optional<Text<1, 255>>, std::optional<std::int64_t>,
                      std::optional<Currency>, Lines<4000>, std::vector<Text<1, 500>>,
                      std::optional<PartnerDocumentId>, ActorId, Timestamp)>
    kInsert{"earnings.file_claim", R"sql(
  insert into app.claims (organization_id, id, partner_id, kind, conversion_id, lead_id, earning_id, order_reference,
    amount, currency, evidence, evidence_references, document_id, filed_by, decide_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  on conflict do nothing
  returning id
)sql"};
const db::Query<IdRow(ClaimId, ActorId)> kReview{"earnings.review_claim", R"sql(
  update app.claims set state = 'under_review', reviewed_by = $3
  where organization_id = $1 and id = $2 and state = 'open'
  returning id
)sql"};
const db::Query<IdRow(ClaimId)> kWithdraw{"earnings.withdraw_claim", R"sql(
  update app.claims set state = 'withdrawn'
  where organization_id = $1 and id = $2 and state in ('open', 'under_review')
  returning id
)sql"};
const db::Query<IdRow(ClaimId, ClaimState, ActorId, Timestamp, Lines<2000>)> kDecide{"earnings.decide_claim",
                                                                                     R"sql(
  update app.claims set state = $3, decided_by = $4, decided_at = $5, decision = $6
  where organization_id = $1 and id = $2 and state in ('open', 'under_review')
  returning id
)sql"};

struct FiledRow {
  ActorId filed_by;
  std::optional<ConversionId> conversion_id;
};
BOOST_DESCRIBE_STRUCT(FiledRow, (), (filed_by, conversion_id))
const db::Query<FiledRow(ClaimId)> kFiled{"earnings.claim_filed", R"sql(
  select c.filed_by, coalesce(c.conversion_id, e.conversion_id) as conversion_id
  from app.claims c
  left join app.earnings e on e.organization_id = $1 and e.id = c.earning_id
  where c.organization_id = $1 and c.id = $2
)sql"};
struct ConversionRow {
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(ConversionRow, (), (currency))
const db::Query<ConversionRow(ConversionId)> kConversion{"earnings.conversion_of_claim", R"sql(
  select currency from app.conversions where organization_id = $1 and id = $2
)sql"};

Task<Claim> get_claim(db::Tx& tx, ClaimId id) {
  auto claim = co_await tx.maybe(kClaim, id, tx.now());
  if (!claim) throw Problem(kNotFound);
  if (tx.scope().partner_id) claim->reviewed_by = claim->decided_by = std::nullopt;
  co_return *std::move(claim);
}

Task<Page<Claim>> list_claims(db::Tx& tx, ListClaims query) {
  const auto partner_id = tx.scope().partner_id ? tx.scope().partner_id : query.partner_id;
  auto page = co_await tx.page(kListClaims, query.sort ? query.sort->str() : "-created_at", query.cursor,
                               query.limit.value_or(PageLimit{}), tx.now(), partner_id, query.state,
                               query.kind, query.is_overdue);
  if (tx.scope().partner_id)
    for (auto& claim : page.items) claim.reviewed_by = claim.decided_by = std::nullopt;
  co_return page;
}

/// The claim after a move, told to whoever listens; throws kState for the one that was not made.
Task<Claim> moved(db::Tx& tx, ClaimId id, bool was_moved, std::string_view to) {
  auto claim = co_await get_claim(tx, id);
  if (!was_moved)
    throw Problem(kState, fmt::format("The claim is {} and does not become {} any more.",
                                      json::enum_name(claim.state), to));
  events::record(
      tx, std::array{events::OutboxRow{fmt::format("claim.{}", to), claim.partner_id, id.uuid(), "{}"}});
  co_return claim;
}

Task<Claim> file_claim(db::Tx& tx, PartnerId partner_id, FileClaim request) {
  const int about = int{request.conversion_id.has_value()} + int{request.lead_id.has_value()} +
                    int{request.earning_id.has_value()} + int{request.order_reference.has_value()};
  if (about != 1)
    throw Problem(kInvalid, {},
                  {{"/order_reference", "out_of_range",
                    "one of conversion_id, lead_id, earning_id and order_reference is expected"}});
  if (request.amount && request.amount->amount < 1)
    throw invalid_field("/amount/amount", "out_of_range", "above 0");
  const auto references = request.evidence_references.value_or(std::vector<Text<1, 500>>{});
  if (references.size() > kReferencesMax)
    throw invalid_field("/evidence_references", "out_of_range", "at most 20");
  if (!co_await partners::state_of(tx, partner_id)) throw Problem(kNotFound);
  const auto seen = co_await tx.one(kSees, partner_id, request.conversion_id, request.lead_id,
                                    request.earning_id, request.document_id);
  if (!seen.all) throw Problem(kNotFound);
  const auto deadline = co_await tx.one(kDeadline);
  std::optional<std::int64_t> amount;
  std::optional<Currency> currency;
  if (request.amount) {
    amount = request.amount->amount;
    currency = request.amount->currency;
  }
  const auto id = tx.new_id<ClaimId>();
  const auto decide_by = hold_until(tx.now(), deadline.claim_days, deadline.time_zone);
  const bool is_new =
      (co_await tx.maybe(kInsert, id, partner_id, request.kind, request.conversion_id, request.lead_id,
                         request.earning_id, request.order_reference, amount, currency, request.evidence,
                         references, request.document_id, tx.scope().actor_id, decide_by))
          .has_value();
  if (!is_new) throw Problem(kClaimOpen);
  co_return co_await moved(tx, id, true, "filed");
}

Task<Claim> review_claim(db::Tx& tx, ClaimId id) {
  const auto row = co_await tx.maybe(kReview, id, tx.scope().actor_id);
  co_return co_await moved(tx, id, row.has_value(), "under_review");
}

Task<Claim> withdraw_claim(db::Tx& tx, ClaimId id) {
  const auto row = co_await tx.maybe(kWithdraw, id);
  co_return co_await moved(tx, id, row.has_value(), "withdrawn");
}

/// Throws kNotFound, and kSamePerson for who filed it.
Task<FiledRow> claim_to_decide(db::Tx& tx, ClaimId id) {
  const auto filed = co_await tx.maybe(kFiled, id);
  if (!filed) throw Problem(kNotFound);
  if (filed->filed_by == tx.scope().actor_id) throw Problem(kSamePerson);
  co_return *filed;
}

Task<Claim> reject_claim(db::Tx& tx, ClaimId id, RejectClaim request) {
  co_await claim_to_decide(tx, id);
  const auto row =
      co_await tx.maybe(kDecide, id, ClaimState::rejected, tx.scope().actor_id, tx.now(), request.reason);
  co_return co_await moved(tx, id, row.has_value(), "rejected");
}

/// The earning of an accepted claim.
Task<> adjust(db::Tx& tx, ClaimId id, PartnerId partner_id, const AcceptClaim& request,
              std::optional<ConversionId> conversion_id) {
  if (conversion_id) {
    const auto conversion = co_await tx.maybe(kConversion, *conversion_id);
    if (!conversion) throw Problem(kNotFound);
    if (conversion->currency != request.amount.currency)
      throw invalid_field("/amount/currency", "out_of_range", "the conversion's currency is expected");
  }
  const auto settings = co_await identity::organization_defaults(tx);
  NewEarning row;
  row.id = tx.new_id<EarningId>();
  row.partner_id = partner_id;
  row.conversion_id = conversion_id;
  row.claim_id = id;
  row.amount = request.amount.amount;
  row.currency = request.amount.currency;
  row.occurred_at = tx.now();
  row.hold_until =
      hold_until(tx.now(), request.hold_days.value_or(settings.default_hold_days), settings.time_zone);
  row.explanation = fmt::format(R"({{"rule":"claim","claim_id":"{}"}})", id.str());
  co_await store_adjustment(tx, std::move(row));
}

Task<Claim> accept_claim(db::Tx& tx, ClaimId id, AcceptClaim request) {
  if (request.amount.amount < 1) throw invalid_field("/amount/amount", "out_of_range", "above 0");
  if (request.hold_days && (*request.hold_days < 0 || *request.hold_days > 365))
    throw invalid_field("/hold_days", "out_of_range", "0 to 365");
  const auto filed = co_await claim_to_decide(tx, id);
  const auto row =
      co_await tx.maybe(kDecide, id, ClaimState::accepted, tx.scope().actor_id, tx.now(), request.reason);
  const auto claim = co_await moved(tx, id, row.has_value(), "accepted");
  const auto conversion_id = request.conversion_id ? request.conversion_id : filed.conversion_id;
  co_await adjust(tx, id, claim.partner_id, request, conversion_id);
  co_return co_await get_claim(tx, id);
}

void declare_claims_of_partners(http::Routes& routes) {
  using http::Access, http::Permission;
  routes.post("/api/partners/{partner_id}/claims", file_claim)
      .says("File a claim of a partner: what is missing, or was credited to nobody or another")
      .explains(
          "About one conversion, lead or earning, or an order by its reference; with evidence, and a file that was sent "
          "as one of the partner's documents. It is decided within the days that the organization has set.")
      .allow(Access::partner)
      .needs(Permission::leads_manage)
      .as(db::Role::write)
      .refuses({&kClaimOpen});
  routes.get("/api/claims", list_claims)
      .says("List claims; a partner's own")
      .explains("With is_overdue=true those whose day has passed without a decision.")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(db::Role::read);
  routes.get("/api/claims/{claim_id}", get_claim)
      .says("Get a claim with its decision")
      .allow(Access::partner)
      .needs(Permission::earnings_read)
      .as(db::Role::read);
  routes.post("/api/claims/{claim_id}/withdrawal", withdraw_claim)
      .says("Withdraw a claim that is not decided")
      .allow(Access::partner)
      .needs(Permission::leads_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
}

}  // namespace

void declare_claims(http::Routes& routes) {
  using http::Access, http::Permission;
  routes.tag("Claims");
  declare_claims_of_partners(routes);
  routes.post("/api/claims/{claim_id}/review", review_claim)
      .says("Begin to look at a claim")
      .allow(Access::staff)
      .needs(Permission::earnings_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState});
  routes.post("/api/claims/{claim_id}/acceptance", accept_claim)
      .says("Accept a claim: the partner earns an adjustment")
      .explains(
          "The amount is that of the whole conversion: what was refunded of it before is taken back at once, later refunds "
          "as of any earning. It is held, due and paid like any other. By another person than who filed the claim.")
      .allow(Access::staff)
      .needs(Permission::earnings_manage)
      .as(db::Role::money)
      .answers(200)
      .refuses({&kState, &kSamePerson});
  routes.post("/api/claims/{claim_id}/rejection", reject_claim)
      .says("Reject a claim, with a reason that the partner reads")
      .allow(Access::staff)
      .needs(Permission::earnings_manage)
      .as(db::Role::write)
      .answers(200)
      .refuses({&kState, &kSamePerson});
}

}  // namespace tandem::earnings
