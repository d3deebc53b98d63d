// The subcommands, one file each. Each returns the exit status: 0 done, 1 done with refusals or differences,
// 2 nothing done. main.cpp reads the flags into these structs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/demo_shop.hpp"

namespace tandem::app {

/// How data is printed: text for people, json for programs.
enum class Format { text, json };

struct ServeOptions {
  bool with_demo = false;  // load the demo first, when the organization is not there yet
  bool with_shop = false;  // serve the demo's client website too, on the next port
};
int serve(const Config& config, const ServeOptions& options);

int migrate(const Config& config, Format format);

struct DemoOptions {
  bool serve = false;
};
int demo(const Config& config, const DemoOptions& options, Format format);
/// What the demo's client website was given; nullopt before the demo is loaded.
std::optional<ShopKeys> shop_keys(const Config& config);

struct ImportOptions {
  std::string kind;  // visits, leads, conversions; rates: by import_rates
  std::string file, organization, mapping, report;
  bool dry_run = false;
};
int import(const Config& config, const ImportOptions& options, Format format);
/// Exchange rates of a central bank's file; they are every organization's.
int import_rates(const Config& config, const std::string& file, Format format);

struct ExportOptions {
  std::string what, organization, output;  // output: a file, or - for standard output
};
int export_data(const Config& config, const ExportOptions& options);

struct ReportOptions {
  std::string what = "earnings", organization, group_by = "partner";
  std::optional<std::string> from, to, partner;
  bool platform = false;  // a statement of all organizations instead of one's
};
int report(const Config& config, const ReportOptions& options, Format format);

/// Makes the rollups anew, of one organization or of all.
int rebuild_rollups(const Config& config, const std::optional<std::string>& organization);
struct ReconcileOptions {
  std::optional<std::string> organization;  // all, unless told
  std::string report, report_format;        // of a bank about one organization's payouts: a file
};
int reconcile(const Config& config, const ReconcileOptions& options, Format format);
int isolation_check(const Config& config, Format format);
int doctor(const Config& config, Format format);
/// Prints the OpenAPI document, or the catalogue of problems.
int openapi(bool problems);

struct OrganizationOptions {
  std::string slug, name, time_zone = "UTC", currency = "USD";
};
/// Makes an organization and prints its first staff key.
int create_organization(const Config& config, const OrganizationOptions& options, Format format);
struct MoveOptions {
  std::string slug, status, plan, reason;  // status and plan: empty stays
};
/// Suspends, ends or resumes an organization, or moves it to another plan.
int move_organization(const Config& config, const MoveOptions& options);
/// A new staff key, or one of a partner (its id or slug).
int create_key(const Config& config, const std::string& organization,
               const std::optional<std::string>& partner, Format format);
struct UserOptions {
  std::string email, organization, role, name;
  std::optional<std::string> partner;  // slug or name; a member of its team instead of the staff
};
/// Makes a user with a membership, and prints the first password.
int create_user(const Config& config, const UserOptions& options, Format format);
struct EraseOptions {
  std::string organization, reapply;  // reapply: a file
  bool from_audit = false;
};
/// Erases again everybody of a list.
int erase(const Config& config, const EraseOptions& options, Format format);
int audit_verify(const Config& config, const std::string& organization, Format format);

}  // namespace tandem::app
