// The words of what callers may do. A route names the one that it needs (Routes, .needs), a principal brings
// those that it has. Which role has which is identity's (identity/roles.hpp); http compares words.
#pragma once
#include <boost/describe/enumerators.hpp>

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/json.hpp"

namespace tandem::http {

/// noun_verb; on the wire "noun.verb".
enum class Permission : int {
  partners_read,
  partners_manage,
  deals_read,
  deals_manage,
  customers_read,
  customers_manage,
  links_read,  // links, coupons and visits
  links_manage,
  leads_read,
  leads_manage,
  conversions_read,  // conversions and reversals
  conversions_manage,
  integrations_read,  // inbound endpoints and events
  integrations_manage,
  earnings_read,    // earnings, statements, balances, reports of them
  earnings_manage,  // holds and write-offs
  payouts_read,
  payouts_manage,   // payout methods, forms, runs; of a partner its own methods and forms
  payouts_approve,  // runs and forms; what came of a payout by hand
  members_read,
  members_manage,
  keys_manage,
  settings_read,
  settings_manage,
  audit_read
};
BOOST_DESCRIBE_ENUM(Permission, partners_read, partners_manage, deals_read, deals_manage, customers_read,
                    customers_manage, links_read, links_manage, leads_read, leads_manage, conversions_read,
                    conversions_manage, integrations_read, integrations_manage, earnings_read,
                    earnings_manage, payouts_read, payouts_manage, payouts_approve, members_read,
                    members_manage, keys_manage, settings_read, settings_manage, audit_read)

/// A set of permissions.
class Permissions {
 public:
  constexpr Permissions() = default;
  constexpr Permissions(std::initializer_list<Permission> list) {
    for (const Permission one : list) bits_ |= bit(one);
  }
  static Permissions of(const std::vector<Permission>& list) {
    Permissions out;
    for (const Permission one : list) out.bits_ |= bit(one);
    return out;
  }
  static constexpr Permissions all() {
    Permissions out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Permission>>(
        [&](auto d) { out.bits_ |= bit(d.value); });
    return out;
  }
  constexpr bool has(Permission one) const { return (bits_ & bit(one)) != 0; }
  /// True when each of `others` is here too.
  constexpr bool covers(Permissions others) const { return (others.bits_ & ~bits_) == 0; }
  constexpr Permissions operator&(Permissions other) const { return Permissions(bits_ & other.bits_); }
  constexpr Permissions operator|(Permissions other) const { return Permissions(bits_ | other.bits_); }
  constexpr Permissions without(Permissions others) const { return Permissions(bits_ & ~others.bits_); }
  constexpr bool operator==(const Permissions&) const = default;
  /// In the order of the enum.
  std::vector<Permission> list() const {
    std::vector<Permission> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Permission>>([&](auto d) {
      if (has(d.value)) out.push_back(d.value);
    });
    return out;
  }

 private:
  constexpr explicit Permissions(std::uint64_t bits) : bits_(bits) {}
  static constexpr std::uint64_t bit(Permission one) { return std::uint64_t{1} << static_cast<int>(one); }
  std::uint64_t bits_ = 0;
};

}  // namespace tandem::http

namespace tandem::json {
template <>
inline constexpr bool kHasDottedNames<http::Permission> = true;
}  // namespace tandem::json
