// The scratch database, and what the catalogue says of its tables.
#include <unistd.h>

#include "app/isolation/isolation.hpp"
#include "db/conninfo.hpp"
#include "db/migrate.hpp"

namespace tandem::app::isolation {
namespace {

std::vector<std::string> texts(const db::Result& rows) {
  std::vector<std::string> out;
  for (int r = 0; r < rows.rows(); ++r) out.emplace_back(rows.cell(r, 0).value_or(""));
  return out;
}

std::vector<std::string> columns(db::AdminConnection& administrator, const std::string& table,
                                 std::string_view which) {
  return texts(administrator.exec(
      fmt::format("select attname from pg_attribute where attrelid = ('app.' || $1)::regclass and attnum > 0 "
                  "and not attisdropped and {} order by attnum",
                  which),
      {table}));
}

}  // namespace

Scratch::Scratch(const std::string& administrator, const db::PoolOptions& pool)
    : administrator_(administrator),
      name_(fmt::format("tandem_isolation_{}_{}", getpid(), new_uuid().str().substr(24))),
      target_{db::conninfo_with(administrator, {{"dbname", name_}}), pool} {
  target_.pool.conninfo = db::conninfo_with(pool.conninfo, {{"dbname", name_}});
  db::AdminConnection(administrator_)
      .exec(fmt::format("create database {} template template0 encoding 'UTF8' locale 'C.UTF-8'",
                        db::quote_name(name_)));
  try {
    db::migrate(target_.administrator);
  } catch (...) {
    drop();
    throw;
  }
}

Scratch::~Scratch() { drop(); }

void Scratch::drop() noexcept {
  try {
    db::AdminConnection(administrator_)
        .exec(fmt::format("drop database if exists {} with (force)", db::quote_name(name_)));
  } catch (const std::exception& error) {
    fmt::print(stderr, "tandem: the scratch database {} was not dropped: {}\n", name_, error.what());
  }
}

std::vector<Table> tables_of(db::AdminConnection& administrator) {
  std::vector<Table> out;
  for (
      const auto& name : texts(administrator.exec(
          "select table_name from app.table_kinds where kind in ('tenant', 'lookup') order by table_name"))) {
    Table table{name, "", columns(administrator, name, "true"),
                columns(administrator, name, "attgenerated <> ''"),
                columns(administrator, name, "atttypid = 'uuid'::regtype")};
    if (name == "partners")
      table.partner_column = "id";
    else if (std::ranges::find(table.columns, "partner_id") != table.columns.end())
      table.partner_column = "partner_id";
    out.push_back(std::move(table));
  }
  return out;
}

}  // namespace tandem::app::isolation
