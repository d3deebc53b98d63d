// What other modules may ask of attribution: recording conversions and their reversals, in batches. A single
// event is a batch of one; the importer and the inbound worker pass hundreds. Everything happens in the
// caller's transaction (role money), with the earnings and postings that listeners make of it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attribution/events.hpp"
#include "attribution/ids.hpp"
#include "base/money.hpp"
#include "base/task.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "db/pool.hpp"
#include "db/tx.hpp"
#include "partners/api.hpp"

namespace tandem::attribution {

/// Who brought it. The first that is set decides, and a lead id that stands beside a partner must be a lead
/// of that partner's or nobody's, else nothing is found; `lead_*` are looked up by the lead's external id, a
/// provider's name of the customer, or the contact's e-mail.
struct AttributionHint {
  std::optional<PartnerId> partner_id;
  std::optional<std::string> link_code;    // normalised
  std::optional<std::string> coupon_code;  // normalised
  std::optional<LeadId> lead_id;
  std::optional<std::string> lead_external_id;
  std::optional<std::string> lead_alias;  // under the facts' source, e.g. a Stripe customer
  std::optional<std::string> email;       // normalised
  bool names_somebody() const {
    return partner_id || link_code || coupon_code || lead_id || lead_external_id || lead_alias || email;
  }
};

struct ConversionFacts {
  std::string source;       // generic, stripe, chartmogul, import:<mapping>, api
  std::string external_id;  // 1 to 255 bytes; unique with source
  ConversionKind kind{};
  AttributionHint who;
  /// True: without a lead (or partner, link, coupon) found the batch reports `no_lead` and stores nothing of
  /// it.
  bool needs_attribution = true;
  Decimal gross, tax, discount, cost;  // major units, exact
  Currency currency;
  std::optional<std::string> product, plan, country;
  std::vector<std::pair<std::string, std::string>> metadata;
  Timestamp occurred_at;
  std::vector<std::string> references;  // other names: invoice, charge, payment intent
};

struct ReversalFacts {
  std::string source;
  std::string external_id;
  ReversalKind kind{};
  std::optional<std::string>
      conversion;       // external id or reference, under `source`; unset: it stands for itself
  AttributionHint who;  // of a reversal that stands for itself: partner_id, link_code or coupon_code
  Decimal amount;       // major units, > 0
  /// True when `amount` is the total taken back so far (Stripe's amount_refunded), not this reversal's own
  /// part.
  bool is_cumulative = false;
  Currency currency;
  Timestamp occurred_at;
};

enum class Outcome {
  recorded,
  known,
  known_differently,
  no_lead,
  no_conversion,
  currency_differs,
  nothing_left
};
struct Recorded {
  Outcome outcome{};
  Uuid id;  // conversion or reversal; nil unless recorded, known or known_differently (the same name, other
            // content)
};

/// Records each conversion once (source, external_id) and emits ConversionsRecorded for the new ones. Results
/// are in the order of `facts`. About six round trips for any size up to 1,000.
Task<std::vector<Recorded>> record_conversions(db::Tx& tx, std::vector<ConversionFacts> facts);
/// Records each reversal once and emits ReversalsRecorded. A reversal of more than what is left of its
/// conversion is cut to what is left. Reversals of one conversion in one batch are applied in order.
Task<std::vector<Recorded>> record_reversals(db::Tx& tx, std::vector<ReversalFacts> facts);

/// Locks a conversion for the transaction, as every reversal of it does, and gives its reversals so far in
/// their order, as they were recorded.
Task<std::vector<RecordedReversal>> reversals_of(db::Tx& tx, ConversionId conversion_id);

enum class DisputeState : int { open, won, lost };
BOOST_DESCRIBE_ENUM(DisputeState, open, won, lost)
struct DisputeFacts {
  std::string source, external_id;
  std::string conversion;  // external id or reference, under `source`
  DisputeState state{};
  Timestamp occurred_at;
};
/// Records what became of a dispute. Open holds the earnings, won releases them, lost takes back all that is
/// left. A closed dispute stays closed, whatever arrives later.
Task<Recorded> record_dispute(db::Tx& tx, DisputeFacts facts);

// ------------------------------------------------------------------ leads

enum class LeadSource : int { script, api, import_ };
BOOST_DESCRIBE_ENUM(LeadSource, script, api, import_)

/// A lead as create_leads takes it, from whatever door.
struct LeadFacts {
  std::optional<Email> email;  // this or the phone, or both
  std::optional<Phone> phone;
  std::optional<std::string> name, external_id, visitor_id, coupon_code, link_code;  // codes normalised
  std::optional<VisitId> click_visit_id;  // of a click id that verified
  std::optional<PartnerId> partner_id;    // named by an importer
  LeadSource source = LeadSource::api;
  Timestamp occurred_at;
};
struct LeadResult {
  LeadId id;
  bool is_new = false;
  bool is_attributed = false;  // of new ones
};
/// Creates each lead once (by contact, or by external id), in order. Needs Role::money: a deal may pay for
/// leads.
Task<std::vector<LeadResult>> create_leads(db::Tx& tx, std::vector<LeadFacts> facts);

/// Names a lead in a provider's words (Stripe customer). Queued on the transaction; a name that is taken
/// stays.
void add_lead_alias(db::Tx& tx, const std::string& provider, const std::string& external_id, LeadId lead_id);

/// Whose a lead would be if every deal had this model, by the trace that was frozen on it: the same touches
/// count, and who was named or gave the coupon that won stays. Pure.
std::vector<EarningShare> shares_under(const JsonObject& trace, partners::Model model);

// ------------------------------------------------------------------ visits

/// inactive: through a link of a partner that was not active then.
enum class VisitStatus : int { counted, duplicate, crawler, inactive };
BOOST_DESCRIBE_ENUM(VisitStatus, counted, duplicate, crawler, inactive)
enum class VisitSource : int { script, redirect, import_ };
BOOST_DESCRIBE_ENUM(VisitSource, script, redirect, import_)

/// A visit as it goes to the database.
struct VisitFacts {
  OrganizationId organization_id;
  VisitId id;
  PartnerId partner_id;
  LinkId link_id;
  std::string visitor_id;
  bool is_crawler = false;
  bool is_inactive = false;  // its partner is not active
  VisitSource source = VisitSource::script;
  Timestamp at;
  std::optional<std::string> landing_url, referrer, user_agent, ip;
};

/// Writes visits of any organizations in one statement on the service role and tells what each became. Visits
/// of one visitor, link and half hour count once, also between servers (unique index visits_once).
Task<std::vector<VisitStatus>> write_visits(db::Pool& pool, const std::vector<VisitFacts>& visits);

/// The same for visits of the past, in the caller's transaction (Role::write): nullopt for a visit whose id
/// is stored.
Task<std::vector<std::optional<VisitStatus>>> import_visits(db::Tx& tx,
                                                            const std::vector<VisitFacts>& visits);
struct LinkOwner {
  LinkId link_id;
  PartnerId partner_id;
};
/// Links of the organization by their normalised codes, archived ones too.
Task<std::map<std::string, LinkOwner>> links_by_code(db::Tx& tx, std::vector<std::string> codes);
/// True for an agent of the published list of crawlers.
bool is_crawler(std::string_view user_agent);
/// The visit of a signed click id that this installation gave out.
std::optional<VisitId> verify_click_id(std::string_view text);

// ------------------------------------------------------------------ imports

/// How many rows of this import are stored; the key is 32 bytes.
Task<std::int64_t> import_mark(db::Tx& tx, std::string key);
/// Moves the mark, in the transaction of the rows. Queued.
void set_import_mark(db::Tx& tx, std::string key, std::int64_t rows_done);

}  // namespace tandem::attribution
