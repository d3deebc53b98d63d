// Values that must not reach a log by accident. They have no conversion to text: whoever needs what is inside
// says so with reveal(), which a reviewer can search for. Used for keys and passwords (Secret) and personal
// data (Personal).
#pragma once
#include <string>
#include <utility>

namespace tandem {

namespace detail {
template <class Tag>
class Hidden {
 public:
  Hidden() = default;
  explicit Hidden(std::string value) : value_(std::move(value)) {}
  /// What is inside, for the one place that needs it; never for a log, a problem's detail or an exception's
  /// text.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};
}  // namespace detail

/// A password, key, token or session.
using Secret = detail::Hidden<struct SecretTag>;
/// A name, address, answer or whatever else belongs to a person.
using Personal = detail::Hidden<struct PersonalTag>;

}  // namespace tandem
