// Small commands of the administrator: migrate, openapi, organization create, key create, user create, audit
// verify.
#include <cstdio>

#include "app/audit_anchors.hpp"
#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/new_password.hpp"
#include "app/wiring.hpp"
#include "db/migrate.hpp"
#include "http/openapi.hpp"
#include "http/platform_routes.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::app {
namespace {

struct MigrateResult {
  std::vector<std::string> applied;
  std::int64_t already = 0;
};
BOOST_DESCRIBE_STRUCT(MigrateResult, (), (applied, already))
struct KeyResult {
  std::string organization, key;
  std::optional<std::string> partner;
};
BOOST_DESCRIBE_STRUCT(KeyResult, (), (organization, key, partner))
struct UserResult {
  std::string email, organization, role;
  std::optional<std::string> partner, password;  // of a new user
};
BOOST_DESCRIBE_STRUCT(UserResult, (), (email, organization, role, partner, password))
struct AuditResult {
  std::string organization;
  std::vector<identity::AuditProblem> problems;
  std::optional<std::int64_t>
      anchored;  // the entry up to which the chain was compared with the anchor's file
};
BOOST_DESCRIBE_STRUCT(AuditResult, (), (organization, problems, anchored))

template <class T>
T parsed(const std::string& text, std::string_view what) {
  auto value = T::parse(text);
  if (!value) throw UserError(fmt::format("{}: '{}' is not one", what, text));
  return *std::move(value);
}

PartnerId partner_of(Session& session, OrganizationId organization, const std::string& slug) {
  const partners::NamedPartner named{parsed<Slug>(slug, "--partner"), *Text<1, 200>::parse("-")};
  const auto found = session.tx(organization, db::Role::read,
                                [&](db::Tx& tx) { return partners::find_partners(tx, {named}); });
  if (found.empty()) throw UserError("there is no partner '" + slug + "'");
  return found.front().id;
}

}  // namespace

int migrate(const Config& config, Format format) {
  MigrateResult result;
  if (config.text("database_url").empty()) {
    const Database database = open_database(config);
    result.already = static_cast<std::int64_t>(db::migration_state(database.administrator).applied.size());
  } else {
    const std::string& administrator = config.text("database_url");
    result.already = static_cast<std::int64_t>(db::migration_state(administrator).applied.size());
    db::migrate(administrator, [&](std::string_view name) {
      result.applied.emplace_back(name);
      if (format == Format::text) fmt::print("applied {}\n", name);
    });
    set_role_passwords(administrator, config.text("role_password"));
  }
  if (format == Format::json)
    fmt::print("{}\n", json::print(result));
  else
    fmt::print("the database is up to date: {} migrations\n",
               result.already + static_cast<std::int64_t>(result.applied.size()));
  return 0;
}

int openapi(bool problems) {
  http::Routes routes;
  declare_routes(routes);
  http::declare_platform_routes(routes, {});
  routes.check();
  fmt::print("{}", problems ? http::problems_document(routes) : http::openapi_document(routes));
  return 0;
}

int create_organization(const Config& config, const OrganizationOptions& options, Format format) {
  identity::NewOrganization organization{
      .slug = parsed<Slug>(options.slug, "slug"),
      .name = parsed<Text<1, 120>>(options.name.empty() ? options.slug : options.name, "--name"),
      .time_zone = parsed<TimeZone>(options.time_zone, "--time-zone"),
      .currency = parsed<Currency>(options.currency, "--currency")};
  Session session(config);
  OrganizationId id;
  try {
    id = session.run(identity::create_organization(session.pool, std::move(organization)));
  } catch (const Problem& problem) {
    throw UserError(fmt::format("{}: {}", options.slug, problem.kind().title));
  }
  const std::string key = session.tx(id, db::Role::write, [](db::Tx& tx) {
    return identity::issue_api_key(tx, *Text<1, 120>::parse("first key"), std::nullopt);
  });
  if (format == Format::json)
    fmt::print("{}\n", json::print(KeyResult{options.slug, key, std::nullopt}));
  else
    fmt::print("organization {} is made. Its first staff key, shown this once:\n  {}\n", options.slug, key);
  return 0;
}

int move_organization(const Config& config, const MoveOptions& options) {
  const auto status = json::enum_from<identity::OrganizationStatus>(options.status);
  const auto plan = json::enum_from<identity::Plan>(options.plan);
  if (!options.status.empty() && !status) throw UserError("--status is active, suspended or cancelled");
  if (!options.plan.empty() && !plan) throw UserError("--plan is free, starter, professional or enterprise");
  if (!status && !plan) throw UserError("--status or --plan says what to change");
  Session session(config);
  const auto id = session.organization(options.slug);
  session.tx(id, db::Role::write,
             [&](db::Tx& tx) { return identity::move_organization(tx, status, plan, options.reason); });
  fmt::print("{}{}{}\n", options.slug, status ? " is " + options.status : "",
             plan ? " is on plan " + options.plan : "");
  return 0;
}

int create_key(const Config& config, const std::string& organization,
               const std::optional<std::string>& partner, Format format) {
  Session session(config);
  const auto id = session.organization(organization);
  std::optional<PartnerId> partner_id;
  if (partner) partner_id = partner_of(session, id, *partner);
  const std::string key = session.tx(id, db::Role::write, [&](db::Tx& tx) {
    return identity::issue_api_key(tx, *Text<1, 120>::parse("made by the command line"), partner_id);
  });
  if (format == Format::json)
    fmt::print("{}\n", json::print(KeyResult{organization, key, partner}));
  else
    fmt::print("{}\n", key);
  return 0;
}

int create_user(const Config& config, const UserOptions& options, Format format) {
  const auto role = json::enum_from<identity::MemberRole>(options.role);
  if (!role) throw UserError(fmt::format("--role: '{}' is not one", options.role));
  identity::NewLogin login{
      .email = parsed<Email>(options.email, "--email"),
      .name = parsed<Text<1, 120>>(options.name.empty() ? options.email : options.name, "--name"),
      .role = *role,
      .partner_id = {}};
  Session session(config);
  const auto organization = session.organization(options.organization);
  if (options.partner) login.partner_id = partner_of(session, organization, *options.partner);
  const Secret password(new_password());
  identity::LoginMade made{};
  try {
    made = session.run(identity::make_login(session.pool, organization, login, password));
  } catch (const Problem& problem) {
    throw UserError(problem.errors().empty() ? std::string(problem.kind().title)
                                             : problem.errors().front().detail);
  }
  if (made == identity::LoginMade::nothing) throw UserError(options.email + " is a member already");
  UserResult result{options.email, options.organization, options.role, options.partner, {}};
  if (made == identity::LoginMade::user) result.password = password.reveal();
  if (format == Format::json)
    fmt::print("{}\n", json::print(result));
  else if (result.password)
    fmt::print("{} may sign in as {}. The password, shown this once:\n  {}\n", options.email, options.role,
               *result.password);
  else
    fmt::print("{} is {} now; the password stays as it is\n", options.email, options.role);
  return 0;
}

int audit_verify(const Config& config, const std::string& organization, Format format) {
  Session session(config);
  const auto id = session.organization(organization);
  const auto anchor = AuditAnchors(config.text("data")).of(id);
  const AuditResult result{
      organization,
      session.tx(id, db::Role::read, [&](db::Tx& tx) { return identity::verify_audit(tx, anchor); }),
      anchor ? std::optional(anchor->seq) : std::nullopt};
  if (format == Format::json) {
    fmt::print("{}\n", json::print(result));
  } else if (result.problems.empty()) {
    fmt::print("the audit of {} holds{}\n", organization,
               anchor ? fmt::format(", and with it what was anchored at entry {}", anchor->seq) : "");
  } else {
    for (const auto& problem : result.problems)
      fmt::print("{} at {}\n", problem.problem, problem.at_seq ? std::to_string(*problem.at_seq) : "the end");
  }
  return result.problems.empty() ? 0 : 1;
}

}  // namespace tandem::app
