// Payouts as files that a person takes to the bank, and what the bank says of them: CSV of our own form, and
// SEPA's pain.001, pain.002 and camt.053.
#include <algorithm>
#include <map>

#include "http/file_answer.hpp"
#include "identity/api.hpp"
#include "payouts/adapters/bank_answers.hpp"
#include "payouts/adapters/provider_call.hpp"
#include "payouts/adapters/sepa.hpp"
#include "payouts/bank_results.hpp"
#include "payouts/methods.hpp"
#include "payouts/payouts.hpp"
#include "payouts/rail_accounts.hpp"
#include "payouts/runs.hpp"
#include "payouts/submission.hpp"

namespace tandem::payouts {

namespace {

inline constexpr ProblemKind kBadFile{422, "bad_file", "This is not a file of the bank's answers"};

constexpr std::size_t kResultBytesMax = 10 << 20;

struct FileRow {
  PayoutId id;
  std::int64_t amount;
  Currency currency;
  PayoutMethodId payout_method_id;
  std::string holder_name;
  db::Bytes account;
  std::optional<std::string> bank_code, bank_name, bic;
  std::optional<std::string> country, tax_id;
};
BOOST_DESCRIBE_STRUCT(FileRow, (),
                      (id, amount, currency, payout_method_id, holder_name, account, bank_code, bank_name,
                       bic, country, tax_id))
const db::Query<FileRow(PayoutRunId, Rail)> kForFile{"payouts.for_file", R"sql(
  select p.id, coalesce(p.sent_amount, p.amount) as amount, coalesce(p.sent_currency, p.currency) as currency,
    p.payout_method_id, m.holder_name, m.account, m.bank_code, m.bank_name, m.bic,
    m.country, a.tax_id
  from app.payouts p
  join app.payout_methods m on m.organization_id = p.organization_id and m.id = p.payout_method_id
  join app.partners a on a.organization_id = p.organization_id and a.id = p.partner_id
  where p.organization_id = $1 and p.payout_run_id = $2 and p.rail = $3 and p.state = 'submitted'
  order by p.id
)sql"};

struct KnownRow {
  PayoutId id;
  std::int64_t amount;
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(KnownRow, (), (id, amount, currency))
const db::Query<KnownRow(PayoutRunId, Rail)> kOfRun{"payouts.of_run_and_rail", R"sql(
  select p.id, coalesce(p.sent_amount, p.amount) as amount, coalesce(p.sent_currency, p.currency) as currency
  from app.payouts p
  where p.organization_id = $1 and p.payout_run_id = $2 and p.rail = $3
)sql"};

http::Response file(std::string type, std::string name, std::string body) {
  auto out = http::file_answer(std::move(type), name, std::move(body));
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

Task<http::Response> bank_csv(db::Tx& tx, PayoutRunId id) {
  const auto run = co_await get_run(tx, id);
  std::string body =
      "\"payout_id\",\"beneficiary_name\",\"account_number\",\"bank_code\",\"bank_name\",\"country\",\"amount\","
      "\"currency\",\"reference\",\"tax_id\"\r\n";
  for (const auto& row : co_await tx.all(kForFile, id, Rail::bank)) {
    const std::string account = open_account(tx.scope().organization_id, row.payout_method_id, row.account);
    for (const std::string& cell :
         {row.id.str(), row.holder_name, account, row.bank_code.value_or(""), row.bank_name.value_or(""),
          row.country.value_or(""), major_units({row.amount, row.currency}), row.currency.str(),
          reference_of(row.id), row.tax_id.value_or("")}) {
      if (body.back() != '\n') body += ',';
      json::csv_cell(cell, body);
    }
    body += "\r\n";
  }
  identity::record_audit(tx, "download_bank_csv", id.uuid(), JsonObject{});
  co_return file("text/csv; charset=utf-8", "payouts-" + id.str() + ".csv", std::move(body));
}

struct SepaQuery {
  std::optional<Day> execute_on;  // today unless told
};
BOOST_DESCRIBE_STRUCT(SepaQuery, (), (execute_on))
Task<http::Response> sepa_xml(db::Tx& tx, PayoutRunId id, SepaQuery query) {
  const auto run = co_await get_run(tx, id);
  const auto payer = co_await rail_account(tx, Rail::sepa);
  const auto rows = co_await tx.all(kForFile, id, Rail::sepa);
  if (!payer || payer->payer_account.empty() || payer->payer_name.empty())
    throw Problem(kRailNotReady, "sepa");
  if (rows.empty()) throw Problem(kState, "No payout of this run waits for a SEPA file.");
  const auto settings = co_await identity::payout_settings(tx);
  std::string message = id.str();
  std::erase(message, '-');
  SepaFile out{.format = payer->sepa_format,
               .message_id = std::move(message),
               .created_at = run.submitted_at.value_or(run.updated_at),
               .execute_on = query.execute_on.value_or(day_in_zone(tx.now(), settings.time_zone)),
               .payer_name = payer->payer_name,
               .payer_iban = payer->payer_account,
               .payer_bic = payer->payer_bic.empty() ? std::nullopt : std::optional(payer->payer_bic),
               .remittance = "Commission " + run.period.value_or(run.cutoff_at.str().substr(0, 10)) + " " +
                             settings.organization,
               .payments = {}};
  for (const auto& row : rows)
    out.payments.push_back({reference_of(row.id), row.holder_name,
                            open_account(tx.scope().organization_id, row.payout_method_id, row.account),
                            row.bic, row.amount});
  identity::record_audit(tx, "download_sepa_file", id.uuid(), JsonObject{});
  co_return file("application/xml", "payouts-" + id.str() + ".xml", write_pain001(out));
}

/// What a file of answers did.
struct ImportedResults {
  std::int64_t paid = 0, failed = 0, returned = 0, pending = 0;
  std::int64_t unchanged = 0;          // were there already
  std::vector<std::string> not_found;  // references that are no payouts of this run and rail, at most 100
  std::vector<std::string>
      different;  // references of payouts of another amount, left as they are; at most 100
};
BOOST_DESCRIBE_STRUCT(ImportedResults, (), (paid, failed, returned, pending, unchanged, not_found, different))

struct Result {
  std::string reference;             // a payout's id, with or without dashes
  std::optional<Outcome> outcome;    // nullopt: not decided yet
  std::optional<Money> amount = {};  // where the answer names one
};

Task<ImportedResults> apply(db::Tx& tx, PayoutRunId id, Rail rail, std::vector<Result> results) {
  constexpr std::size_t kShown = 100;
  co_await get_run(tx, id);
  std::map<std::string, KnownRow> known;
  for (const auto& row : co_await tx.all(kOfRun, id, rail)) known.emplace(reference_of(row.id), row);
  ImportedResults out;
  const auto name = [](std::vector<std::string>& in, std::string_view reference) {
    if (in.size() < kShown) in.emplace_back(head_of(reference, 40));
  };
  for (auto& result : results) {
    std::erase(result.reference, '-');
    const auto payout = known.find(result.reference);
    if (payout == known.end()) {
      name(out.not_found, result.reference);
    } else if (result.amount && *result.amount != Money{payout->second.amount, payout->second.currency}) {
      name(out.different, result.reference);
    } else if (!result.outcome) {
      ++out.pending;
    } else {
      const auto to = result.outcome->state;
      const bool moved = co_await conclude(tx, payout->second.id, *std::move(result.outcome));
      ++(!moved                        ? out.unchanged
         : to == PayoutState::paid     ? out.paid
         : to == PayoutState::returned ? out.returned
                                       : out.failed);
    }
  }
  co_return out;
}

/// Of an account's statement what names payouts as we do: it has much that is not ours.
std::vector<Result> results_of(std::vector<AccountEntry> entries) {
  std::vector<Result> out;
  for (auto& entry : entries) {
    if (!is_payout_reference(entry.reference) || (!entry.is_debit && !entry.is_return)) continue;
    Result result{.reference = std::move(entry.reference),
                  .outcome = std::nullopt,
                  .amount = entry.amount.value_or(Money{})};
    if (entry.is_booked && entry.is_debit)
      result.outcome = Outcome{.state = PayoutState::paid,
                               .fee = entry.fee,
                               .bank_reference = std::move(entry.bank_reference),
                               .executed_on = entry.booked_on};
    else if (entry.is_booked)
      result.outcome = Outcome{.state = PayoutState::returned, .reason = entry.reason.value_or("returned")};
    out.push_back(std::move(result));
  }
  return out;
}

Task<ImportedResults> import_sepa(db::Tx& tx, PayoutRunId id, http::Bytes body) {
  if (auto statement = read_camt053(body.value))
    co_return co_await apply(tx, id, Rail::sepa, results_of(*std::move(statement)));
  const auto read = read_pain002(body.value);
  if (!read) throw Problem(kBadFile, "neither a pain.002 nor a camt.053");
  std::vector<Result> results;
  for (const auto& one : *read) {
    Result result{.reference = one.reference, .outcome = std::nullopt};
    // Accepted and settled is paid; accepted alone is on its way.
    if (one.status == "ACSC" || one.status == "ACCC")
      result.outcome = Outcome{.state = PayoutState::paid};
    else if (one.status == "RJCT")
      result.outcome = Outcome{.state = PayoutState::failed, .reason = one.reason.value_or("RJCT")};
    results.push_back(std::move(result));
  }
  co_return co_await apply(tx, id, Rail::sepa, std::move(results));
}

Task<ImportedResults> import_bank_csv(db::Tx& tx, PayoutRunId id, http::Bytes body) {
  auto read = read_bank_results(body.value);
  if (!read) throw Problem(kBadFile, read.error());
  std::vector<Result> results;
  for (auto& one : *read) results.push_back({std::move(one.reference), std::move(one.outcome)});
  co_return co_await apply(tx, id, Rail::bank, std::move(results));
}

}  // namespace

void declare_files(http::Routes& routes) {
  using http::Access;
  using http::Permission;
  routes.tag("payouts");
  const auto download = [&](std::string_view name, auto handler, std::string summary) {
    return &routes.get(fmt::format("/api/payout-runs/{{payout_run_id}}/{}", name), handler)
                .says(std::move(summary))
                .allow(Access::staff)
                .needs(Permission::payouts_manage)
                .sensitive()
                .as(db::Role::write);
  };
  download("bank.csv", bank_csv, "Download the submitted bank payouts of a run, with whole accounts")
      ->answers_type("text/csv");
  download("sepa.xml", sepa_xml, "Download the submitted SEPA payouts of a run as pain.001")
      ->answers_type("application/xml")
      .refuses({&kState, &kRailNotReady});
  const auto import = [&](std::string_view name, auto handler, std::string type, std::string summary) {
    routes.post(fmt::format("/api/payout-runs/{{payout_run_id}}/{}", name), handler)
        .says(std::move(summary))
        .explains("What was there already stays as it is.")
        .allow(Access::staff)
        .needs(Permission::payouts_approve)
        .sensitive()
        .as(db::Role::money)
        .answers(200)
        .takes_bytes({std::move(type)})
        .body_up_to(kResultBytesMax)
        .refuses({&kBadFile});
  };
  import("bank-results", import_bank_csv, "text/csv", "Take in what the bank says of a run's bank payouts");
  import("sepa-results", import_sepa, "application/xml",
         "Take in a pain.002 or a camt.053 about a run's SEPA payouts");
}

}  // namespace tandem::payouts
