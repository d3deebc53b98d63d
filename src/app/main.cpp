// The program's door: reads the command line and calls one command. The only unit that includes CLI11.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <string>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "log/log.hpp"

namespace {

using tandem::app::Format;

struct Flags {
  std::map<std::string, std::string> settings;
  std::string format = "text";
  Format as() const { return format == "json" ? Format::json : Format::text; }
};

/// Adds a flag for each setting, so that every command takes them all.
void add_settings(CLI::App& command, Flags& flags) {
  for (const auto& setting : tandem::app::settings()) {
    std::string flag = "--";
    for (const char c : setting.name) flag += c == '_' ? '-' : c;
    const std::string name(setting.name);
    command
        .add_option_function<std::string>(
            flag, [&flags, name](const std::string& value) { flags.settings[name] = value; },
            std::string(setting.help))
        ->group("Settings")
        ->default_str(std::string(setting.default_value));
  }
}

CLI::App* add_command(CLI::App& app, Flags& flags, const std::string& name, const std::string& help,
                      bool prints_data = false) {
  auto* command = app.add_subcommand(name, help);
  add_settings(*command, flags);
  if (prints_data)
    command->add_option("--format", flags.format, "text or json")->check(CLI::IsMember({"text", "json"}));
  return command;
}

struct Arguments {
  tandem::app::ServeOptions serve;
  tandem::app::DemoOptions demo;
  tandem::app::ImportOptions import;
  tandem::app::ExportOptions export_data;
  tandem::app::ReportOptions report;
  tandem::app::ReconcileOptions reconcile;
  tandem::app::OrganizationOptions organization;
  tandem::app::UserOptions user;
  tandem::app::MoveOptions move;
  tandem::app::EraseOptions erase;
  std::string slug, partner;
  bool problems = false;
};

void add_data_commands(CLI::App& app, Flags& flags, Arguments& a) {
  auto* import = add_command(app, flags, "import",
                             "Import visits, leads, conversions or exchange rates from a file", true);
  import->add_option("kind", a.import.kind, "visits, leads, conversions or rates")
      ->required()
      ->check(CLI::IsMember({"visits", "leads", "conversions", "rates"}));
  import->add_option("file", a.import.file, "CSV file (rates: also XML or JSON), plain or gzip")
      ->required()
      ->check(CLI::ExistingFile);
  import->add_option("--organization", a.import.organization, "slug of the organization; not for rates");
  import
      ->add_option("--mapping", a.import.mapping,
                   "TOML file that says what the columns mean (docs/import.md); not for rates")
      ->check(CLI::ExistingFile);
  import->add_option("--report", a.import.report, "CSV file for refused rows; default: FILE.refused.csv");
  import->add_flag("--dry-run", a.import.dry_run, "do everything, print what would be stored, roll back");

  auto* out = add_command(app, flags, "export", "Export rows as CSV");
  out->add_option("what", a.export_data.what,
                  "partners, links, leads, visits, conversions, reversals, earnings, audit or erasures")
      ->required()
      ->check(CLI::IsMember({"partners", "links", "leads", "visits", "conversions", "reversals", "earnings",
                             "audit", "erasures"}));
  out->add_option("--organization", a.export_data.organization, "slug of the organization")->required();
  out->add_option("--output", a.export_data.output, "file; default: standard output");

  auto* report =
      add_command(app, flags, "report",
                  "Print a report: what was earned and taken back, conversions, or a statement", true);
  report->add_option("what", a.report.what, "earnings, conversions or statement")
      ->check(CLI::IsMember({"earnings", "conversions", "statement"}))
      ->capture_default_str();
  report->add_option("--organization", a.report.organization, "slug of the organization");
  report->add_flag("--platform", a.report.platform, "a statement of all organizations together, days in UTC");
  report->add_option("--group-by", a.report.group_by, "partner, month, link or currency")
      ->check(CLI::IsMember({"partner", "month", "link", "currency"}))
      ->capture_default_str();
  report->add_option("--from", a.report.from, "first day, such as 2011-03-01, in the organization's zone");
  report->add_option("--to", a.report.to, "day after the last");
  report->add_option("--partner", a.report.partner, "id of one partner");

  auto* reconcile = add_command(
      app, flags, "reconcile",
      "Prove that ledger, earnings and conversions agree, and payouts with a bank's or provider's report",
      true);
  reconcile->add_option("--organization", a.slug, "slug of one organization; default: all");
  auto* outside =
      reconcile
          ->add_option(
              "--report", a.reconcile.report,
              "what a bank or provider says of the organization's payouts, a file; the first difference comes first")
          ->check(CLI::ExistingFile);
  reconcile
      ->add_option(
          "--report-format", a.reconcile.report_format,
          "camt053, bank_csv, paypal_csv or stripe_csv; default: camt053 of a file that is XML, else bank_csv")
      ->check(CLI::IsMember({"camt053", "bank_csv", "paypal_csv", "stripe_csv"}))
      ->needs(outside);
}

void add_rollup_commands(CLI::App& app, Flags& flags, Arguments& a) {
  auto* rollups = app.add_subcommand("rollups", "Sums that reports read")->require_subcommand(1);
  auto* rebuild = add_command(*rollups, flags, "rebuild", "Make them anew from the earnings");
  rebuild->add_option("--organization", a.slug, "slug of one organization; default: all");
}

void add_admin_commands(CLI::App& app, Flags& flags, Arguments& a) {
  add_command(app, flags, "migrate", "Bring the database's schema up to date", true);
  add_command(app, flags, "isolation-check", "Try every role, table and route against foreign rows", true);
  add_command(app, flags, "doctor", "List every setting, check everything, say how to mend what is wrong",
              true);
  auto* openapi = app.add_subcommand("openapi", "Print the OpenAPI document");
  openapi->add_flag("--problems", a.problems, "print the catalogue of refusals (Markdown) instead");

  auto* organization = app.add_subcommand("organization", "Organizations")->require_subcommand(1);
  auto* create =
      add_command(*organization, flags, "create", "Make an organization and print its first key", true);
  create->add_option("slug", a.organization.slug, "short name in addresses: a-z 0-9 -")->required();
  create->add_option("--name", a.organization.name, "name; default: the slug");
  create->add_option("--time-zone", a.organization.time_zone, "IANA time zone")->capture_default_str();
  create->add_option("--currency", a.organization.currency, "ISO 4217 code")->capture_default_str();

  auto* move = add_command(*organization, flags, "set",
                           "Suspend, end or resume an organization, or change its plan", true);
  move->add_option("slug", a.move.slug, "short name of the organization")->required();
  move->add_option("--status", a.move.status,
                   "active, suspended (read-only) or cancelled (as if it did not exist)");
  move->add_option("--plan", a.move.plan, "free, starter, professional or enterprise");
  move->add_option("--reason", a.move.reason, "why; it goes into the organization's audit")->required();

  auto* key = app.add_subcommand("key", "API keys")->require_subcommand(1);
  auto* new_key = add_command(*key, flags, "create", "Make an API key; it is shown once", true);
  new_key->add_option("--organization", a.slug, "slug of the organization")->required();
  new_key->add_option("--partner", a.partner, "slug of a partner; default: a key of the staff");

  auto* user = app.add_subcommand("user", "Users")->require_subcommand(1);
  auto* new_user =
      add_command(*user, flags, "create",
                  "Make a user with a role, or give an existing one a role; prints the first password", true);
  new_user->add_option("--email", a.user.email, "e-mail address, which is the login")->required();
  new_user
      ->add_option("--organization", a.user.organization,
                   "slug of the organization; tandem-platform: an operator of the installation")
      ->required();
  new_user
      ->add_option("--role", a.user.role,
                   "owner, admin, finance, support, viewer; of a partner: owner, manager, viewer")
      ->required();
  new_user->add_option("--partner", a.partner, "slug of a partner, whose team the user joins");
  new_user->add_option("--name", a.user.name, "name; default: the address");

  auto* erase = add_command(app, flags, "erase",
                            "Erase again who was erased, after an older backup was restored", true);
  erase->add_option("--organization", a.erase.organization, "slug of one organization; needed but for logs");
  erase->add_option("--reapply", a.erase.reapply, "the log of the server, or an export of /api/erasures")
      ->check(CLI::ExistingFile);
  erase->add_flag("--from-audit", a.erase.from_audit, "whom the organization's audit names");

  auto* audit = app.add_subcommand("audit", "The audit")->require_subcommand(1);
  auto* verify =
      add_command(*audit, flags, "verify", "Check the whole chain of an organization's audit", true);
  verify->add_option("--organization", a.slug, "slug of the organization")->required();
}

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

int run(CLI::App& app, const Flags& flags, const Arguments& a) {
  if (app.got_subcommand("openapi")) return tandem::app::openapi(a.problems);
  const auto config = tandem::app::Config::load(flags.settings);
  if (app.got_subcommand("serve")) return tandem::app::serve(config, a.serve);
  if (app.got_subcommand("migrate")) return tandem::app::migrate(config, flags.as());
  if (app.got_subcommand("demo")) return tandem::app::demo(config, a.demo, flags.as());
  if (app.got_subcommand("import"))
    return a.import.kind == "rates" ? tandem::app::import_rates(config, a.import.file, flags.as())
                                    : tandem::app::import(config, a.import, flags.as());
  if (app.got_subcommand("export")) return tandem::app::export_data(config, a.export_data);
  if (app.got_subcommand("report")) return tandem::app::report(config, a.report, flags.as());
  if (app.got_subcommand("reconcile")) {
    auto options = a.reconcile;
    options.organization = given(a.slug);
    return tandem::app::reconcile(config, options, flags.as());
  }
  if (app.got_subcommand("rollups")) return tandem::app::rebuild_rollups(config, given(a.slug));
  if (app.got_subcommand("isolation-check")) return tandem::app::isolation_check(config, flags.as());
  if (app.got_subcommand("doctor")) return tandem::app::doctor(config, flags.as());
  if (const auto* organization = app.get_subcommand("organization"); organization->parsed())
    return organization->got_subcommand("set")
               ? tandem::app::move_organization(config, a.move)
               : tandem::app::create_organization(config, a.organization, flags.as());
  if (app.got_subcommand("key")) return tandem::app::create_key(config, a.slug, given(a.partner), flags.as());
  if (app.got_subcommand("user")) {
    auto options = a.user;
    options.partner = given(a.partner);
    return tandem::app::create_user(config, options, flags.as());
  }
  if (app.got_subcommand("erase")) return tandem::app::erase(config, a.erase, flags.as());
  return tandem::app::audit_verify(config, a.slug, flags.as());
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // a closed pipe or socket is an error of one write, not the end of the program
  CLI::App app("Tandem, the self-hosted partner platform. One binary, one PostgreSQL.", "tandem");
  app.set_version_flag("--version", TANDEM_VERSION);
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every command");
  Flags flags;
  Arguments arguments;
  auto* serve = add_command(app, flags, "serve", "Serve the API, the tracking script and redirects");
  serve->add_flag("--with-demo", arguments.serve.with_demo, "load the demo first, if it is not there");
  auto* demo =
      add_command(app, flags, "demo", "Load a month of real orders into the organization 'demo'", true);
  demo->add_flag("--serve", arguments.demo.serve, "then serve it");
  add_data_commands(app, flags, arguments);
  add_rollup_commands(app, flags, arguments);
  add_admin_commands(app, flags, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(app, flags, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem: {}\n", error.what());
    return 2;
  }
}
