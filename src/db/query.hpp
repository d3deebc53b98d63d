// A Query is a named SQL statement with a C++ signature: Query<Row(Params…)>, a constant beside the function
// that runs it. $1 is always the organization, bound by the Tx; Params are $2, $3 …. Every Query registers
// itself, so that one test prepares them all on the migrated schema and compares parameter count and types,
// column names and types.
//
//   const Query<Link(LinkId)> kLink{"attribution.link", R"sql(select id, … from app.links
//       where organization_id = $1 and id = $2)sql"};
//
// Row is a described struct whose members are the columns in order, or Nothing.
#pragma once
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/page.hpp"
#include "db/codec.hpp"

namespace tandem::db {

struct ColumnSpec {
  std::string_view name, type;
  bool nullable;
};

class QueryBase {
 public:
  QueryBase(std::string name, std::string sql, std::vector<std::string_view> params,
            std::vector<ColumnSpec> columns);
  ~QueryBase();
  QueryBase(const QueryBase&) = delete;
  QueryBase& operator=(const QueryBase&) = delete;
  const std::string& name() const { return name_; }  // "module.verb_noun": prepared statement, logs, metrics
  const std::string& sql() const { return sql_; }
  std::span<const std::string_view> params() const { return params_; }
  std::span<const ColumnSpec> columns() const { return columns_; }
  /// What the prepared statement is called: the name behind a number that no other Query of this process ever
  /// had.
  const std::string& statement() const { return statement_; }
  /// That number; small, so that a connection can remember what it has prepared in a bit each.
  std::size_t number() const { return number_; }
  /// Every Query of the program, in the order of their making. Not while other threads still make some.
  static std::span<const QueryBase* const> all();

 private:
  std::size_t number_;
  std::string name_, sql_, statement_;
  std::vector<std::string_view> params_;
  std::vector<ColumnSpec> columns_;
};

/// The row of a statement that returns none.
struct Nothing {};

template <class Row>
std::vector<ColumnSpec> columns_of() {
  std::vector<ColumnSpec> out;
  if constexpr (!std::is_same_v<Row, Nothing>) {
    using Members =
        boost::describe::describe_members<Row, boost::describe::mod_public | boost::describe::mod_inherited>;
    boost::mp11::mp_for_each<Members>([&](auto d) {
      using M = Unwrap<std::remove_cvref_t<decltype(std::declval<Row&>().*d.pointer)>>;
      out.push_back({json::wire_name(d.name), pg_type<typename M::type>(), M::nullable});
    });
  }
  return out;
}

template <class Signature>
class Query;
template <class Row, class... Params>
class Query<Row(Params...)> : public QueryBase {
 public:
  Query(std::string name, std::string sql)
      : QueryBase(std::move(name), std::move(sql), {"uuid", pg_type<typename Unwrap<Params>::type>()...},
                  columns_of<Row>()) {}
};

/// A statement of the service role that crosses organizations or comes before one is known: Params begin at
/// $1.
template <class Signature>
class ServiceQuery;
template <class Row, class... Params>
class ServiceQuery<Row(Params...)> : public QueryBase {
 public:
  ServiceQuery(std::string name, std::string sql)
      : QueryBase(std::move(name), std::move(sql), {pg_type<typename Unwrap<Params>::type>()...},
                  columns_of<Row>()) {}
};

/// The statement for when no optional filter is asked for: "($2::text is null or …)" is true before anything
/// is planned.
std::string without_filters(const std::string& sql);

/// A list in keyset order. `sql` selects with filters (… where organization_id = $1 and …, optional ones as
/// `($2::text is null or …)`) and must not end in an order; for each sort column six statements are made: up
/// and down, first and later pages, and the first page as most ask for it, without a filter and of the usual
/// length, whose plan PostgreSQL keeps: planning for each request costs as much as reading the page. Sort
/// columns are expressions over the FROM list, compared together with the id: (column, id) > ($n, $m).
struct SortColumn {
  std::string_view name;  // as in ?sort=name or ?sort=-name
  std::string_view expression;
  std::string_view type;  // SQL type of the expression, for the cursor's cast
};

template <class Signature>
class ListQuery;
template <class Row, class... Params>
class ListQuery<Row(Params...)> {
 public:
  /// `id_expression` such as "l.id". The limit and the cursor are bound by Tx::page.
  ListQuery(std::string_view name, std::string_view sql, std::string_view id_expression,
            std::initializer_list<SortColumn> sorts) {
    constexpr std::size_t n = sizeof...(Params) + 1;
    const std::string unfiltered = without_filters(std::string(sql));
    for (const auto& sort : sorts) {
      for (const bool down : {false, true}) {
        const std::string_view direction = down ? "desc" : "asc";
        const std::string full = fmt::format("{}.{}_{}", name, sort.name, direction);
        const std::string order = fmt::format(" order by {} {}, {} {} limit ${}", sort.expression, direction,
                                              id_expression, direction, n + 1);
        const std::string after = fmt::format(" and ({}, {}) {} (${}::{}, ${}::uuid)", sort.expression,
                                              id_expression, down ? '<' : '>', n + 2, sort.type, n + 3);
        const std::string usual = fmt::format(" order by {} {}, {} {} limit {}", sort.expression, direction,
                                              id_expression, direction, PageLimit::kDefault + 1);
        variants_.push_back(
            Variant{std::string(down ? "-" : "") + std::string(sort.name),
                    std::make_unique<Query<Row(Params...)>>(full + "_usual", unfiltered + usual),
                    std::make_unique<Query<Row(Params..., std::int32_t)>>(full, std::string(sql) + order),
                    std::make_unique<Query<Row(Params..., std::int32_t, std::string, Uuid)>>(
                        full + "_after", std::string(sql) + after_cast(after) + order)});
      }
    }
  }
  struct Variant {
    std::string sort;
    std::unique_ptr<Query<Row(Params...)>> usual;
    std::unique_ptr<Query<Row(Params..., std::int32_t)>> first;
    std::unique_ptr<Query<Row(Params..., std::int32_t, std::string, Uuid)>> after;
  };
  /// The variant of "name" or "-name"; nullptr when the list cannot be sorted so.
  const Variant* find(std::string_view sort) const {
    for (const auto& variant : variants_)
      if (variant.sort == sort) return &variant;
    return nullptr;
  }
  const Variant& front() const { return variants_.front(); }

 private:
  /// The cursor's key travels as text and is cast to the sort column's type: "$5::text::timestamptz".
  static std::string after_cast(std::string text) {
    const auto at = text.rfind("($");
    const auto colons = text.find("::", at);
    text.insert(colons, "::text");
    return text;
  }
  std::vector<Variant> variants_;
};

}  // namespace tandem::db
