// The database's side of an import: partners found or made, rows stored through attribution's own doors, the
// mark moved in the same transaction. Everything is idempotent: the same file again changes nothing.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/import/reader.hpp"
#include "base/money.hpp"
#include "db/pool.hpp"
#include "db/tx.hpp"

namespace tandem::app {

struct ImportTotals {
  Decimal sales, credits;                   // exact, major units; credits are not positive
  std::int64_t earned = 0, taken_back = 0;  // minor units; taken_back is not positive
};
struct ImportCounts {
  std::int64_t sales = 0, sales_zero = 0, sales_unchanged = 0, credits = 0, credits_unchanged = 0;
  std::int64_t visits = 0, visits_unchanged = 0, crawlers = 0, duplicates = 0;
  std::int64_t leads = 0, leads_unchanged = 0, leads_attributed = 0;
  std::int64_t partners_created = 0;
  std::map<Currency, ImportTotals> totals;  // of what this run stored
};

class ImportStore {
 public:
  /// `key`: 32 bytes that name file and mapping. With `dry_run` every transaction is rolled back.
  ImportStore(db::Pool& pool, OrganizationId organization_id, importing::ImportReader& reader,
              std::string key, bool dry_run);
  /// Finds or makes the partners that the file names, goes to the mark, and stores what is left, batch by
  /// batch, each in a transaction with its mark. A dry run is one transaction, rolled back. What the database
  /// does not take is refused on the reader. `progress` hears how many rows are done. True when an import
  /// that was stopped went on; one that had come to its end begins anew and changes nothing that it stored.
  Task<bool> run(std::function<void(std::size_t)> progress);
  const ImportCounts& counts() const { return counts_; }

 private:
  Task<std::int64_t> prepare(db::Tx& tx);
  Task<> write(db::Tx& tx, const importing::Batch& batch, ImportCounts& counts);
  Task<> run_dry(const std::function<void(std::size_t)>& progress);
  void settle();
  Task<> write_conversions(db::Tx& tx, const importing::Batch& batch, ImportCounts& counts);
  Task<> write_leads(db::Tx& tx, const importing::Batch& batch, ImportCounts& counts);
  Task<> write_visits(db::Tx& tx, const importing::Batch& batch, ImportCounts& counts);
  void count_sale(const importing::ConversionRow& row, attribution::Outcome outcome,
                  const attribution::ConversionFacts& sale, ImportCounts& counts);
  void count_credit(const importing::ConversionRow& row, attribution::Outcome outcome,
                    const attribution::ReversalFacts& credit, ImportCounts& counts);
  void refuse(const importing::ConversionRow& row, attribution::Outcome outcome);
  std::optional<PartnerId> partner_of(const std::optional<importing::PartnerName>& name) const;

  struct Refused {
    std::size_t row;
    std::string_view code;
    std::string column, reason;
  };
  db::Pool& pool_;
  OrganizationId organization_id_;
  importing::ImportReader& reader_;
  std::string key_;
  bool dry_run_;
  std::map<std::string, PartnerId, std::less<>> partners_;  // by slug
  std::vector<Refused> refused_;                            // of the batch at hand
  ImportCounts counts_;
};

}  // namespace tandem::app
