// `tandem import`: reads the file (app/import), makes the partners that it names, stores batches with their
// effects and the mark in one transaction each, and reports every refused line. Works beside a running
// server.
#include <fstream>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/import/reader.hpp"
#include "app/import_store.hpp"
#include "app/print.hpp"
#include "app/wiring.hpp"
#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "identity/api.hpp"

namespace tandem::app {
namespace {

namespace files = importing;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string out((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in && out.empty()) throw UserError(path + ": cannot be read");
  return out;
}

struct Summary {
  std::string kind, source, file_sha256;
  bool dry_run = false, resumed = false;
  ImportCounts counts;
  files::Counts file;
  std::optional<std::string> report;
  double seconds = 0;
};

std::string totals_json(const ImportCounts& counts) {
  std::string out = "[";
  for (const auto& [currency, t] : counts.totals) {
    if (out.size() > 1) out += ", ";
    out += fmt::format(
        R"({{"currency": "{}", "sales": "{}", "credits": "{}", "earned": {}, "taken_back": {}, "net": {}}})",
        currency.code(), t.sales.str(), t.credits.str(), t.earned, t.taken_back, t.earned + t.taken_back);
  }
  return out + "]";
}

std::string as_json(const Summary& s) {
  std::string rules;
  for (const auto& rule : s.file.rules)
    rules += fmt::format(R"({}"{}": {})", rules.empty() ? "" : ", ", rule.name, rule.lines);
  const auto& lines = s.file.lines;
  std::string out = fmt::format(
      R"({{"kind": "{}", "source": "{}", "file_sha256": "{}", "dry_run": {}, "resumed": {},)"
      R"( "lines": {{"read": {}, "used": {}, "zero": {}, "skipped": {}, "refused": {}}}, "rules": {{{}}},)",
      s.kind, s.source, s.file_sha256, s.dry_run, s.resumed, lines.read, lines.used, lines.zero,
      lines.skipped, lines.refused, rules);
  const ImportCounts& c = s.counts;
  if (s.kind == "conversions") {
    out += fmt::format(
        R"( "sales": {{"stored": {}, "unchanged": {}, "zero": {}}}, "credits": {{"stored": {}, "unchanged": {}}},)",
        c.sales, c.sales_unchanged, c.sales_zero, c.credits, c.credits_unchanged);
    out += fmt::format(R"( "partners_created": {}, "totals": {},)", c.partners_created, totals_json(c));
  } else if (s.kind == "visits") {
    out += fmt::format(R"( "visits": {{"stored": {}, "unchanged": {}, "crawlers": {}, "duplicates": {}}},)",
                       c.visits, c.visits_unchanged, c.crawlers, c.duplicates);
  } else {
    out += fmt::format(R"( "leads": {{"stored": {}, "unchanged": {}, "attributed": {}}},)", c.leads,
                       c.leads_unchanged, c.leads_attributed);
  }
  out +=
      fmt::format(R"( "skipped": {}, "refused": {}, "report": {}, "seconds": {:.2f}}})", s.file.rows_skipped,
                  s.file.rows_refused, s.report ? "\"" + *s.report + "\"" : "null", s.seconds);
  return out + "\n";
}

std::string as_text(const Summary& s) {
  const ImportCounts& c = s.counts;
  std::string out = fmt::format("{} lines read in {:.1f} s{}{}.\n", s.file.lines.read, s.seconds,
                                s.resumed ? ", going on where it was stopped" : "",
                                s.dry_run ? "; dry run, nothing is stored" : "");
  if (s.kind == "conversions") {
    out += fmt::format(
        "{} sales stored ({} worth nothing), {} known already; {} credits stored, {} known already; {} partners made.\n",
        c.sales, c.sales_zero, c.sales_unchanged, c.credits, c.credits_unchanged, c.partners_created);
    std::vector<std::vector<std::string>> rows;
    for (const auto& [currency, t] : c.totals)
      rows.push_back({currency.str(), t.sales.str(), t.credits.str(),
                      amount_text(t.earned, currency.exponent()),
                      amount_text(t.taken_back, currency.exponent()),
                      amount_text(t.earned + t.taken_back, currency.exponent())});
    if (!rows.empty()) out += table({"currency", "sales", "credits", "earned", "taken back", "net"}, rows);
  } else if (s.kind == "visits") {
    out += fmt::format("{} visits stored ({} of crawlers, {} repeated), {} known already.\n", c.visits,
                       c.crawlers, c.duplicates, c.visits_unchanged);
  } else {
    out += fmt::format("{} leads stored ({} attributed), {} known already.\n", c.leads, c.leads_attributed,
                       c.leads_unchanged);
  }
  for (const auto& rule : s.file.rules)
    if (rule.lines > 0) out += fmt::format("rule {}: {} lines\n", rule.name, rule.lines);
  if (s.report) out += fmt::format("{} lines refused, see {}\n", s.file.lines.refused, *s.report);
  return out;
}

struct CountRow {
  std::int64_t organizations;
};
BOOST_DESCRIBE_STRUCT(CountRow, (), (organizations))
// The platform's own, to which its users belong, is nobody's.
const db::ServiceQuery<CountRow(OrganizationId)> kCountOrganizations{"app.count_organizations", R"sql(
  select count(*) as organizations from app.organizations where organization_id <> $1
)sql"};

Task<bool> is_empty(db::Pool& pool) {
  auto lease = co_await pool.acquire(db::Role::service);
  const auto rows = co_await db::service_all(*lease, kCountOrganizations, identity::kPlatform);
  co_return rows.front().organizations == 0;
}

/// The organization that is named; the first import into an empty installation makes it, in the mapping's
/// zone and currency.
OrganizationId organization_of(Session& session, const ImportOptions& options,
                               const files::Mapping& mapping) {
  const auto slug = Slug::parse(options.organization);
  if (!slug || !session.run(is_empty(session.pool))) return session.organization(options.organization);
  identity::NewOrganization organization{.slug = *slug,
                                         .name = *Text<1, 120>::parse(slug->str()),
                                         .time_zone = mapping.source.time_zone,
                                         .currency = {}};
  if (const auto* constant = std::get_if<files::Constant>(&mapping.place(files::Fact::currency)))
    organization.currency = Currency::parse(constant->text).value_or(Currency{});
  return session.run(identity::create_organization(session.pool, std::move(organization)));
}

}  // namespace

int import(const Config& config, const ImportOptions& options, Format format) {
  const auto begin = Monotonic::now();
  if (options.organization.empty() || options.mapping.empty())
    throw UserError("--organization and --mapping are needed to import " + options.kind);
  const std::string toml = read_file(options.mapping);
  const auto kind = json::enum_from<files::Kind>(options.kind).value();
  files::Mapping mapping = files::read_mapping(toml, options.mapping, kind);
  Summary summary{.kind = options.kind,
                  .source = mapping.source.name,
                  .file_sha256 = {},
                  .dry_run = options.dry_run,
                  .resumed = false,
                  .counts = {},
                  .file = {},
                  .report = std::nullopt,
                  .seconds = 0};
  const std::string digest = crypto::sha256(read_file(options.file));
  summary.file_sha256 = to_hex(digest);
  files::ImportReader reader(options.file, std::move(mapping));

  register_listeners();
  Session session(config);
  const auto organization_id = organization_of(session, options, reader.mapping());
  ImportStore store(session.pool, organization_id, reader, crypto::sha256(digest + toml), options.dry_run);
  Progress progress(options.kind, reader.rows());
  summary.resumed = session.run(store.run([&progress](std::size_t done) { progress.at(done); }));
  summary.counts = store.counts();
  if (!options.dry_run) session.refresh_statistics();
  summary.file = reader.counts();

  if (!reader.refusals().empty()) {
    summary.report = options.report.empty()
                         ? std::filesystem::path(options.file).filename().string() + ".refused.csv"
                         : options.report;
    std::ofstream(*summary.report, std::ios::binary) << files::report_csv(reader.refusals());
  }
  summary.seconds = std::chrono::duration<double>(Monotonic::now() - begin).count();
  fmt::print("{}", format == Format::json ? as_json(summary) : as_text(summary));
  return reader.refusals().empty() ? 0 : 1;
}

}  // namespace tandem::app
