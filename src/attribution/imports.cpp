// The marks of imports: how many rows of a file are stored.
#include "attribution/api.hpp"

namespace tandem::attribution {
namespace {

struct MarkRow {
  std::int64_t rows_done;
};
BOOST_DESCRIBE_STRUCT(MarkRow, (), (rows_done))
const db::Query<MarkRow(db::Bytes)> kMark{"attribution.import_mark", R"sql(
  select rows_done from app.imports where organization_id = $1 and key = $2
)sql"};
const db::Query<db::Nothing(db::Bytes, std::int64_t)> kSetMark{"attribution.set_import_mark", R"sql(
  insert into app.imports (organization_id, key, rows_done)
  values ($1, $2, $3)
  on conflict (organization_id, key) do update set rows_done = excluded.rows_done
)sql"};

}  // namespace

Task<std::int64_t> import_mark(db::Tx& tx, std::string key) {
  const auto row = co_await tx.maybe(kMark, db::Bytes{std::move(key)});
  co_return row ? row->rows_done : 0;
}

void set_import_mark(db::Tx& tx, std::string key, std::int64_t rows_done) {
  tx.later(kSetMark, db::Bytes{std::move(key)}, rows_done);
}

}  // namespace tandem::attribution
