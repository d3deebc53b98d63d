// Many rows as one parameter: `unnest($1::app.visit_row[])`. For the statements of collectors, whose cost is
// mostly what PostgreSQL does for each row: an array of composites in binary is one set to unnest and nothing
// to parse, about half of what an array of text for each column costs.
//
//   create type app.visit_row as (organization_id uuid, …);            -- in a migration
//   struct VisitRow { static constexpr std::string_view kPgArray = "_visit_row"; … };  // described, same
//   order const ServiceQuery<Written(RowArray<VisitRow>)> kInsert{"…", "… from unnest($1::app.visit_row[]) as
//   u …"};
//
// The binary forms are those of array_recv and record_recv in PostgreSQL's src/backend/utils/adt.
#pragma once
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "db/codec.hpp"

namespace tandem::db {

template <class I>
std::array<char, sizeof(I)> big_endian(I v) {
  if constexpr (std::endian::native == std::endian::little) v = std::byteswap(v);
  return std::bit_cast<std::array<char, sizeof(I)>>(v);
}
template <class I>
void append_big_endian(I v, std::string& out) {
  out.append(big_endian(v).data(), sizeof(I));
}

/// Number of a built-in type (pg_type.dat) and the binary form of its value.
template <class T>
struct PgBinary;
template <>
struct PgBinary<std::string_view> {
  static constexpr std::uint32_t kOid = 25;
  static void to(std::string_view v, std::string& out) { out += v; }
};
template <>
struct PgBinary<std::int64_t> {
  static constexpr std::uint32_t kOid = 20;
  static void to(std::int64_t v, std::string& out) { append_big_endian(v, out); }
};
template <class Tag>
struct PgBinary<Id<Tag>> {
  static constexpr std::uint32_t kOid = 2950;
  static void to(const Id<Tag>& v, std::string& out) {
    const auto& bytes = v.uuid().bytes();
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};
template <>
struct PgBinary<Timestamp> {
  static constexpr std::uint32_t kOid = 1184;
  /// Microseconds since 2000-01-01 UTC.
  static void to(Timestamp v, std::string& out) { append_big_endian(v.unix_us() - 946'684'800'000'000, out); }
};
template <class E>
  requires std::is_enum_v<E>
struct PgBinary<E> {
  static constexpr std::uint32_t kOid = 25;
  static void to(E v, std::string& out) { out += json::enum_name(v); }
};

/// Whether a parameter of this SQL type is a RowArray, which travels in binary.
constexpr bool is_row_array(std::string_view type) { return type.starts_with('_') && type.ends_with("_row"); }

/// Where an array's binary form names its elements' type. The number of a composite type differs between
/// databases, so the connection writes it there.
inline constexpr std::size_t kRowTypeAt = 8;

/// Rows, encoded as they are added; what they point to need not outlive add().
template <class Row>
class RowArray {
 public:
  void add(const Row& row) {
    ++size_;
    const auto begin = rows_.size();
    append_big_endian(std::int32_t{0}, rows_);
    using Members = boost::describe::describe_members<Row, boost::describe::mod_public>;
    append_big_endian(static_cast<std::int32_t>(boost::mp11::mp_size<Members>::value), rows_);
    boost::mp11::mp_for_each<Members>([&](auto d) { add_member(row.*d.pointer); });
    set_length(begin);
  }
  void append_to(std::string& out) const {
    out.reserve(20 + rows_.size());
    append_big_endian(std::int32_t{1}, out);  // dimensions
    append_big_endian(std::int32_t{0}, out);  // no row is NULL
    append_big_endian(std::int32_t{0}, out);  // their type
    append_big_endian(size_, out);
    append_big_endian(std::int32_t{1}, out);  // lower bound
    out += rows_;
  }

 private:
  template <class M>
  void add_member(const M& member) {
    using T = typename Unwrap<M>::type;
    append_big_endian(PgBinary<T>::kOid, rows_);
    if constexpr (Unwrap<M>::nullable) {
      if (!member) return append_big_endian(std::int32_t{-1}, rows_);
    }
    const auto begin = rows_.size();
    append_big_endian(std::int32_t{0}, rows_);
    if constexpr (Unwrap<M>::nullable)
      PgBinary<T>::to(*member, rows_);
    else
      PgBinary<T>::to(member, rows_);
    set_length(begin);
  }
  /// Writes how many bytes follow the four at `begin`.
  void set_length(std::size_t begin) {
    const auto length = big_endian(static_cast<std::int32_t>(rows_.size() - begin - 4));
    rows_.replace(begin, length.size(), length.data(), length.size());
  }

  std::int32_t size_ = 0;
  std::string rows_;
};

template <class Row>
struct PgCodec<RowArray<Row>> {
  static constexpr std::string_view kType = Row::kPgArray;
  static_assert(is_row_array(kType));
  static void to(const RowArray<Row>& v, std::string& out) { v.append_to(out); }
};

}  // namespace tandem::db
