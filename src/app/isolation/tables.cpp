// Every table × role × context. Each statement runs as the role itself, logged in, with the settings that a
// request has; every transaction is rolled back. The organization stands in each statement, as it must on
// Citus.
#include <algorithm>

#include "app/isolation/isolation.hpp"
#include "db/conninfo.hpp"
#include "identity/ids.hpp"

namespace tandem::app::isolation {
namespace {

constexpr std::array<std::string_view, 3> kRoles{"app_read", "app_write", "app_money"};

/// Who speaks to the table. `kind` empty: no setting at all.
struct Context {
  std::string name, kind;
  bool has_organization = true, is_partner = false;
  bool is_staff() const { return kind == "staff"; }
};
const std::vector<Context> kContexts{{"nobody", "", false, false},
                                     {"no actor", "", true, false},
                                     {"staff of A", "staff", true, false},
                                     {"partner 1 of A", "partner", true, true},
                                     {"partner without id", "partner", true, false},
                                     {"customer of A", "customer", true, false},
                                     {"respondent of A", "respondent", true, false},
                                     {"nonsense of A", "superuser", true, false}};

/// What a policy gives on purpose beyond "own rows of a partner, all rows of staff".
struct Given {
  std::string_view table, command, role, kinds, rows, why;  // empty role or kinds: any
};
constexpr std::array<Given, 11> kGiven{{
    {"organizations", "select", "", "partner", "", "the name, zone and currency of its own organization"},
    {"organization_logos", "select", "", "partner", "", "the picture on the statements that it gets"},
    {"accounts", "select", "app_money", "partner", "partner_id is null",
     "a partner's posting names the organization's accounts on its other side; they carry no balance"},
    {"rollup_states", "select", "app_read", "partner", "", "whether its report finds rollups to read"},
    {"idempotency", "", "", "", "actor_id = {actor}", "a caller's own keys"},
    {"outbox", "insert", "", "partner customer respondent", "",
     "what an actor's request tells; never read back"},
    {"jobs", "insert", "", "partner customer respondent", "",
     "what an actor's request leaves to do; never read back"},
    {"mails", "insert", "", "partner customer respondent", "",
     "what an actor's request sends; sealed, never read back"},
    {"audit", "insert", "", "partner customer respondent", "", "what an actor did; never read back"},
    {"code_registry", "insert", "app_write", "partner", "kind in ('link', 'api_key')",
     "a partner registers the codes of its links and the hashes of its keys"},
    {"materials", "select", "", "partner", "{partner} = any (partner_ids)",
     "what the organization gives this partner to sell with"},
}};

/// Tables whose rows are all the platform's: no organization has any, so none may see any.
constexpr std::array<std::string_view, 4> kOfPlatform{"users", "login_sessions", "user_tokens",
                                                      "user_identities"};
bool is_of_platform(const Table& table) {
  return std::ranges::find(kOfPlatform, table.name) != kOfPlatform.end();
}

class Prober {
 public:
  Prober(const Target& target, const World& world, Findings& findings)
      : target_(target), world_(world), findings_(findings), administrator_(target.administrator) {}

  void run() {
    const auto tables = tables_of(administrator_);
    findings_.tables = static_cast<std::int64_t>(tables.size());
    std::vector<const Table*> covered;
    for (const auto& table : tables)
      if (is_covered(table)) covered.push_back(&table);
    for (const auto role : kRoles) {
      role_ = role;
      session_ =
          std::make_unique<db::AdminConnection>(db::conninfo_with(target_.pool.conninfo, {{"user", role}}));
      for (const auto& context : kContexts)
        for (const Table* table : covered) probe(context, *table);
    }
  }

 private:
  const Organization& a() const { return world_.organizations[0]; }
  const Organization& b() const { return world_.organizations[1]; }
  static std::string of(const Organization& organization) {
    return "organization_id = " + db::quote_literal(organization.id.str());
  }
  /// Rows that are nobody's in A.
  std::string elsewhere(const Table& table) const {
    if (!is_of_platform(table)) return of(b());
    return "organization_id = " + db::quote_literal(identity::kPlatform.str());
  }
  static std::string of_partner(const Table& table, const Things& partner) {
    return table.partner_column + " = " + db::quote_literal(partner.partner_id.str());
  }

  /// A table without rows of each side proves nothing.
  bool is_covered(const Table& table) {
    bool covered = true;
    const auto need = [&](const std::string& where, std::string_view of_whom) {
      if (administrator_.value(fmt::format("select 1 from app.{} where {} limit 1", table.name, where)))
        return;
      findings_.leak(fmt::format("not covered: {} has no row of {}; seed it in app/isolation/seed.cpp",
                                 table.name, of_whom));
      covered = false;
    };
    need(elsewhere(table), is_of_platform(table) ? "the platform" : "organization B");
    if (is_of_platform(table)) return covered;
    need(of(a()), "organization A");
    if (table.partner_column.empty()) return covered;
    need(of(a()) + " and " + of_partner(table, a().partners[0]), "partner 1");
    need(of(a()) + " and " + of_partner(table, a().partners[1]), "partner 2");
    return covered;
  }

  struct Outcome {
    std::int64_t rows = 0;  // touched, or counted by a select
    std::string sqlstate;   // of a refusal
    bool is_wall() const { return sqlstate == "42501" || sqlstate == "25006"; }  // no right; read-only
  };
  Outcome attempt(const Context& context, std::string_view sql) {
    std::string script = "begin;";
    if (context.has_organization)
      script += fmt::format("set local app.organization_id = '{}';", a().id.str());
    if (!context.kind.empty()) script += fmt::format("set local app.actor_kind = '{}';", context.kind);
    script += fmt::format("set local app.actor_id = '{}';", actor_);
    if (context.is_partner)
      script += fmt::format("set local app.partner_id = '{}';", a().partners[0].partner_id.str());
    ++findings_.statements;
    Outcome out;
    try {
      const auto results = session_->script(script + std::string(sql));
      const auto& last = results.back();
      out.rows = last.columns() > 0 ? std::atoll(std::string(last.cell(0, 0).value_or("0")).c_str())
                                    : last.affected();
    } catch (const db::DbError& error) {
      out.sqlstate = error.sqlstate();
    }
    session_->script("rollback");
    return out;
  }

  /// The condition on rows that a policy gives here; nullopt: nothing. Empty: all of the organization.
  std::optional<std::string> given(const Context& context, const Table& table,
                                   std::string_view command) const {
    for (const auto& one : kGiven) {
      const bool is_it = one.table == table.name && (one.command.empty() || one.command == command) &&
                         (one.role.empty() || one.role == role_) &&
                         (one.kinds.empty() || (!context.kind.empty() && one.kinds.contains(context.kind)));
      if (!is_it || !context.has_organization) continue;
      std::string rows(one.rows);
      if (const auto at = rows.find("{actor}"); at != std::string::npos)
        rows.replace(at, 7, db::quote_literal(actor_));
      if (const auto at = rows.find("{partner}"); at != std::string::npos)
        rows.replace(at, 9,
                     context.is_partner ? db::quote_literal(a().partners[0].partner_id.str()) : "null::uuid");
      return rows;
    }
    return std::nullopt;
  }

  /// Rows of A that this context must not see or touch; empty: it may all.
  std::string forbidden(const Context& context, const Table& table, std::string_view command) const {
    if (context.is_staff()) return {};
    std::string where = of(a());
    if (context.is_partner && !table.partner_column.empty())
      where += fmt::format(" and {} is distinct from '{}'", table.partner_column,
                           a().partners[0].partner_id.str());
    if (const auto rows = given(context, table, command)) {
      if (rows->empty()) return {};
      where += fmt::format(" and ({}) is not true", *rows);
    }
    return where;
  }

  void report(const Context& context, const Table& table, std::string_view what, const Outcome& outcome) {
    findings_.leak(fmt::format(
        "{} as {} on {}: {}: {}", role_, context.name, table.name, what,
        outcome.sqlstate.empty() ? fmt::format("{} rows", outcome.rows) : "reached " + outcome.sqlstate));
  }
  /// No row, or the wall's own refusal: anything else got past it.
  void expect_nothing(const Context& context, const Table& table, std::string_view what,
                      const std::string& sql) {
    const auto outcome = attempt(context, sql);
    if (outcome.rows > 0 || (!outcome.sqlstate.empty() && !outcome.is_wall()))
      report(context, table, what, outcome);
  }
  void expect_refused(const Context& context, const Table& table, std::string_view what,
                      const std::string& sql) {
    const auto outcome = attempt(context, sql);
    if (!outcome.is_wall()) report(context, table, what, outcome);
  }

  void probe(const Context& context, const Table& table) {
    expect_nothing(context, table, "select sees another organization's rows",
                   fmt::format("select count(*) from app.{} where {}", table.name, elsewhere(table)));
    if (const auto where = forbidden(context, table, "select"); !where.empty())
      expect_nothing(context, table, "select sees rows that are not the actor's",
                     fmt::format("select count(*) from app.{} where {}", table.name, where));
    if (context.is_staff() && !is_of_platform(table)) see_own(context, table);
    for (const auto& where : {elsewhere(table), forbidden(context, table, "update")}) {
      if (where.empty()) continue;
      const std::string column = updatable(table);
      expect_nothing(context, table, "update touches foreign rows",
                     fmt::format("update app.{0} set {1} = {1} where {2}", table.name, column, where));
      expect_nothing(context, table, "delete touches foreign rows",
                     fmt::format("delete from app.{} where {}", table.name, where));
    }
    moves(context, table);
    inserts(context, table);
  }

  /// The wall has a door: who reads the table at all sees the organization's rows.
  void see_own(const Context& context, const Table& table) {
    const auto outcome =
        attempt(context, fmt::format("select count(*) from app.{} where {}", table.name, of(a())));
    findings_.rows_seen += outcome.rows;
    if (outcome.sqlstate.empty() && outcome.rows == 0)
      report(context, table, "not covered: sees nothing at all", outcome);
  }

  /// A column that this role may change; the key where it may change none.
  std::string updatable(const Table& table) {
    const auto column = administrator_.value(
        "select quote_ident(attname) from pg_attribute where attrelid = ('app.' || $1)::regclass and attnum > 0 "
        "and not attisdropped and has_column_privilege($2, attrelid, attnum, 'update') order by attnum limit 1",
        {table.name, std::string(role_)});
    return column.value_or("organization_id");
  }

  /// Giving an own row away.
  void moves(const Context& context, const Table& table) {
    expect_nothing(
        context, table, "update moves a row to another organization",
        fmt::format("update app.{} set organization_id = '{}' where {}", table.name, b().id.str(), of(a())));
    if (!table.partner_column.empty() && context.is_partner)
      expect_nothing(context, table, "update gives a row to another partner",
                     fmt::format("update app.{} set {} = '{}' where {}", table.name, table.partner_column,
                                 a().partners[1].partner_id.str(), of(a())));
  }

  /// A row that is there already: behind the wall its key would be taken, so whatever is not the wall's
  /// refusal tells that the wall let it pass.
  std::string insert(const Table& table, const std::string& where) {
    std::string names;
    for (const auto& column : table.columns)
      if (std::ranges::find(table.generated, column) == table.generated.end())
        names += (names.empty() ? "" : ", ") + db::quote_name(column);
    const auto& row = rows_[table.name + where];
    return fmt::format(
        "insert into app.{0} ({1}) select {1} from jsonb_populate_record(null::app.{0}, {2}) "
        "on conflict do nothing",
        table.name, names, db::quote_literal(row));
  }
  bool fetch(const Table& table, const std::string& where) {
    const auto key = table.name + where;
    if (!rows_.contains(key))
      rows_[key] =
          administrator_
              .value(fmt::format("select to_jsonb(t) from app.{} t where {} limit 1", table.name, where))
              .value_or("");
    return !rows_[key].empty();
  }
  void inserts(const Context& context, const Table& table) {
    if (fetch(table, elsewhere(table)))
      expect_refused(context, table, "insert into another organization", insert(table, elsewhere(table)));
    const auto where = forbidden(context, table, "insert");
    if (!where.empty() && fetch(table, where))
      expect_refused(context, table, "insert of a row that is not the actor's", insert(table, where));
  }

  const Target& target_;
  const World& world_;
  Findings& findings_;
  db::AdminConnection administrator_;
  std::unique_ptr<db::AdminConnection> session_;
  std::string_view role_;
  const std::string actor_ = new_uuid().str();
  std::map<std::string, std::string> rows_;  // as JSON, by table and condition
};

}  // namespace

void check_tables(const Target& target, const World& world, Findings& findings) {
  Prober(target, world, findings).run();
}

}  // namespace tandem::app::isolation
