// From the cells of a Result to described structs: the columns in the order of the members. Used by Tx, by
// service_all and by whoever runs statements on a Connection of its own.
#pragma once
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <type_traits>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "db/connection.hpp"
#include "db/query.hpp"

namespace tandem::db {

/// Row `r` of the result. A null in a member that is no optional is our bug (AssertionFailed).
template <class Row>
Row row_at(const Result& result, int r) {
  Row row{};
  if constexpr (!std::is_same_v<Row, Nothing>) {
    int column = 0;
    using Members =
        boost::describe::describe_members<Row, boost::describe::mod_public | boost::describe::mod_inherited>;
    boost::mp11::mp_for_each<Members>([&](auto d) {
      using M = std::remove_cvref_t<decltype(row.*d.pointer)>;
      const auto cell = result.cell(r, column++);
      if constexpr (Unwrap<M>::nullable) {
        if (cell) row.*d.pointer = PgCodec<typename Unwrap<M>::type>::from(*cell);
      } else {
        TANDEM_ASSERT(cell, "column {} is null", d.name);
        row.*d.pointer = PgCodec<M>::from(*cell);
      }
    });
  }
  return row;
}

/// Every row of the result.
template <class Row>
std::vector<Row> decode_rows(const Result& result) {
  std::vector<Row> out;
  if constexpr (!std::is_same_v<Row, Nothing>) {
    out.reserve(static_cast<std::size_t>(result.rows()));
    for (int r = 0; r < result.rows(); ++r) out.push_back(row_at<Row>(result, r));
  }
  return out;
}

}  // namespace tandem::db
