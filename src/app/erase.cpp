// `tandem erase`: erases again who was erased, after an older backup was restored: everybody of a list that
// was kept outside the database (the log, an export of /api/erasures), or of the organization's own audit.
#include <fmt/format.h>

#include <fstream>
#include <set>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/local_api.hpp"
#include "app/print.hpp"
#include "base/json.hpp"

namespace tandem::app {
namespace {

struct Subject {
  OrganizationId organization;
  Uuid contact;
  auto operator<=>(const Subject&) const = default;
};

struct Erased {
  std::int64_t erased = 0;
  std::int64_t missing = 0;  // the restored database does not know them
};
BOOST_DESCRIBE_STRUCT(Erased, (), (erased, missing))

/// Every id in a line, in order.
std::vector<Uuid> ids_in(std::string_view line) {
  constexpr std::size_t kLength = 36;
  std::vector<Uuid> out;
  for (std::size_t at = 0; at + kLength <= line.size();) {
    if (const auto id = Uuid::parse(line.substr(at, kLength))) {
      out.push_back(*id);
      at += kLength;
    } else {
      ++at;
    }
  }
  return out;
}

/// One subject a line. Of the log: `{"event":"contact.erased","organization":…,"contact":…}`, other lines
/// mean nothing. Of an export, for one organization: the contact's id comes first.
std::set<Subject> subjects_of(const std::string& file, std::optional<OrganizationId> organization) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UserError(file + ": cannot be read");
  std::set<Subject> out;
  std::string line;
  while (std::getline(in, line)) {
    const auto document = json::Document::parse(line);
    if (document && document->root()["event"].exists()) {
      const auto root = document->root();
      if (root["event"].text() != "contact.erased") continue;
      const auto of = OrganizationId::parse(root["organization"].text().value_or(""));
      const auto contact = Uuid::parse(root["contact"].text().value_or(""));
      if (of && contact && (!organization || *organization == *of)) out.insert({*of, *contact});
      continue;
    }
    const auto ids = ids_in(line);
    if (ids.empty()) continue;
    if (!organization) throw UserError("--organization: needed for a list that names none");
    out.insert({*organization, ids.front()});
  }
  return out;
}

/// Whom the organization's audit names as erased.
std::set<Subject> subjects_in_audit(Session& session, LocalApi& api, OrganizationId organization) {
  api.act_as_staff(organization);
  std::set<Subject> out;
  std::string cursor;
  do {
    http::Pairs query{{"action", "post_contacts_erasure"}, {"limit", "200"}};
    if (!cursor.empty()) query.emplace_back("cursor", cursor);
    const auto answer =
        session.run(api.call(session.pool, http::Method::get, "/api/audit", std::move(query)));
    const auto document = json::Document::parse(answer.body, answer.body.size());
    if (answer.status != 200 || !document) throw UserError("the audit cannot be read: " + answer.body);
    for (const auto& entry : document->root()["items"].items())
      if (const auto contact = Uuid::parse(entry["subject_id"].text().value_or("")))
        out.insert({organization, *contact});
    cursor = document->root()["next_cursor"].text().value_or("");
  } while (!cursor.empty());
  return out;
}

}  // namespace

int erase(const Config& config, const EraseOptions& options, Format format) {
  if (options.reapply.empty() != options.from_audit)
    throw UserError("--reapply FILE or --from-audit is expected");
  Session session(config);
  LocalApi api;
  std::optional<OrganizationId> organization;
  if (!options.organization.empty()) organization = session.organization(options.organization);
  if (options.from_audit && !organization) throw UserError("--organization: needed with --from-audit");
  const auto subjects = options.from_audit ? subjects_in_audit(session, api, *organization)
                                           : subjects_of(options.reapply, organization);
  Erased out;
  for (const auto& subject : subjects) {
    api.act_as_staff(subject.organization);
    const auto answer = session.run(api.call(session.pool, http::Method::post,
                                             fmt::format("/api/contacts/{}/erasure", subject.contact.str()),
                                             {}, {}, {{"idempotency-key", new_uuid().str()}}));
    if (answer.status == 200)
      ++out.erased;
    else if (answer.status == 404 || answer.status == 409)
      ++out.missing;
    else
      throw UserError(fmt::format("{} cannot be erased: {}", subject.contact.str(), answer.body));
  }
  if (format == Format::json)
    fmt::print("{}\n", json::print(out));
  else
    fmt::print("{} erased again, {} not in this database\n", out.erased, out.missing);
  return 0;
}

}  // namespace tandem::app
