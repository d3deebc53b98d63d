// Reads a file of visits, leads or conversions by a mapping (docs/import.md): everything that can be said
// without a database. The whole file is read and checked when the reader is made; next() then hands out what
// may be stored, in order of time. Used by the import command, which looks partners up, stores batches and
// remembers the mark.
//
//   ImportReader reader(path, mapping);
//   reader.skip(mark);                                   // of an import that was stopped
//   while (auto batch = reader.next(500)) { … store …; mark = batch->mark; }
//   report_csv(reader.refusals())
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "app/import/mapping.hpp"
#include "app/import/records.hpp"
#include "app/import/report.hpp"
#include "attribution/api.hpp"

namespace tandem::app::importing {

/// Whose a conversion is, with partner.by = "column". `id` is set with match = "id", else `slug`; `name` is
/// the cell.
struct PartnerName {
  std::string slug, name;
  std::optional<PartnerId> id;
};

/// `row` is its number in the order of next(), `line` the first of its lines.
struct ConversionRow {
  std::size_t row = 0;
  std::int64_t line = 0;
  std::optional<PartnerName> partner;  // to be put into who.partner_id
  std::variant<attribution::ConversionFacts, attribution::ReversalFacts> facts;
};

struct VisitRow {
  std::size_t row = 0;
  std::int64_t line = 0;
  std::string external_id;  // "line:<number>" unless the file has one
  Timestamp at;
  std::string visitor_id;  // a UUID
  std::string link_code;   // normalised
  std::optional<std::string> landing_url, referrer, user_agent, ip_address;
  std::vector<std::pair<std::string, std::string>> metadata;
};

struct LeadRow {
  std::size_t row = 0;
  std::int64_t line = 0;
  std::string external_id;
  Timestamp at;
  std::optional<std::string> email;  // normalised
  std::optional<std::string> phone, name, customer_external_id;
  std::optional<std::string> visitor_id, click_id, coupon_code, link_code;
  std::optional<PartnerName> partner;
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Rows of one kind; the others are empty. `mark` is how many rows are done when this batch is.
struct Batch {
  std::vector<ConversionRow> conversions;
  std::vector<VisitRow> visits;
  std::vector<LeadRow> leads;
  std::size_t mark = 0;
};

inline constexpr std::size_t kMostPartners = 10'000;

class ImportReader {
 public:
  /// Reads and checks everything. `progress` hears the number of lines every 10,000. Throws ImportError for a
  /// file that cannot be read at all, lacks a column, has too many lines or names too many partners to be
  /// made.
  ImportReader(const std::filesystem::path& file, Mapping mapping,
               const std::function<void(std::int64_t lines)>& progress = {});
  ~ImportReader();
  ImportReader(const ImportReader&) = delete;
  ImportReader& operator=(const ImportReader&) = delete;

  const Mapping& mapping() const;
  /// How many rows next() hands out in all.
  std::size_t rows() const;
  /// Passes over rows that are stored already: the mark of a batch.
  void skip(std::size_t mark);
  /// At most `most` further rows in order of time, then of their first line; nullopt when all are done.
  std::optional<Batch> next(std::size_t most);
  /// The partners that the rows name (partner.by = "column"), each once, in order of their first row.
  std::vector<PartnerName> partners() const;

  /// Refuses a row that the database does not take: its first line with the code, its other lines with
  /// `group`.
  void refuse(std::size_t row, std::string_view code, std::string column, std::string reason);
  const std::vector<Refusal>& refusals() const;
  const Counts& counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::app::importing
