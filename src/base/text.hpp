// Text values that are valid by construction: parsed once at the edge, trusted inside.
// A text value has `static optional<T> parse(string_view)`, `append_to(string&)`, `str()` and `kFormat`.
#pragma once
#include <compare>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tandem {

template <class T>
concept TextValue = requires(const T& t, std::string_view s, std::string& out) {
  { T::parse(s) } -> std::same_as<std::optional<T>>;
  { t.append_to(out) };
  { T::kFormat } -> std::convertible_to<std::string_view>;
};

/// True for UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
/// At most the first `bytes` bytes, without a part of a character at the end.
std::string_view head_of(std::string_view text, std::size_t bytes);
/// True for valid UTF-8 without control characters (C0, DEL, C1), bidirectional overrides (U+202A to U+202E,
/// U+2066 to U+2069) and NUL. Line feed and tab are allowed when `multiline`.
bool is_clean_text(std::string_view text, bool multiline = false);
/// Number of Unicode code points of valid UTF-8.
std::size_t code_points(std::string_view text);

/// Valid UTF-8 of Min to Max code points, no control or direction-override characters (line feeds and tabs
/// when Multiline), no space at either end when Min > 0.
template <std::size_t Min, std::size_t Max, bool Multiline = false>
class Text {
 public:
  static constexpr std::string_view kFormat = "";
  static constexpr std::size_t kMin = Min, kMax = Max;
  Text() = default;
  static std::optional<Text> parse(std::string_view text) {
    if (text.size() > Max * 4 || !is_clean_text(text, Multiline)) return std::nullopt;
    const auto length = code_points(text);
    if (length < Min || length > Max) return std::nullopt;
    if (Min > 0 && (text.front() == ' ' || text.back() == ' ')) return std::nullopt;
    Text out;
    out.value_ = std::string(text);
    return out;
  }
  const std::string& str() const& { return value_; }
  std::string str() && { return std::move(value_); }
  void append_to(std::string& out) const { out += value_; }
  auto operator<=>(const Text&) const = default;

 private:
  std::string value_;
};

/// A text of several lines.
template <std::size_t Max>
using Lines = Text<1, Max, true>;

/// Common body of the text values below.
template <class Derived>
class TextBase {
 public:
  const std::string& str() const& { return value_; }
  std::string str() && { return std::move(value_); }
  void append_to(std::string& out) const { out += value_; }
  auto operator<=>(const TextBase&) const = default;

 protected:
  std::string value_;
};

/// An e-mail address: one @, at most 254 bytes (RFC 5321), a dotted domain, printable, no spaces. Kept as
/// given.
class Email : public TextBase<Email> {
 public:
  static constexpr std::string_view kFormat = "email";
  static std::optional<Email> parse(std::string_view text);
  /// Lower-cased; the key under which a contact is found.
  std::string normalised() const;
  auto operator<=>(const Email&) const = default;
};

/// An absolute http or https URL of at most 2,048 ASCII characters, without user info and white space.
class Url : public TextBase<Url> {
 public:
  static constexpr std::string_view kFormat = "uri";
  static std::optional<Url> parse(std::string_view text);
  auto operator<=>(const Url&) const = default;
};

/// A public code (link, coupon, endpoint address): 1 to 64 of A-Z a-z 0-9 - _ . ; compared without regard to
/// case.
class Code : public TextBase<Code> {
 public:
  static constexpr std::string_view kFormat = "code";
  static std::optional<Code> parse(std::string_view text);
  /// Lower-cased; what the registry of codes holds.
  std::string normalised() const;
  auto operator<=>(const Code&) const = default;
};

/// A name in an address: 2 to 63 of a-z 0-9 -, beginning with a letter or digit.
class Slug : public TextBase<Slug> {
 public:
  static constexpr std::string_view kFormat = "slug";
  static std::optional<Slug> parse(std::string_view text);
  /// The nearest slug of any text: ASCII letters lowered, everything else to '-'; "x" + hash when nothing is
  /// left.
  static Slug from(std::string_view text);
  auto operator<=>(const Slug&) const = default;
};

/// A visitor's id as the tracking script makes it: 8 to 64 of A-Z a-z 0-9 - _ .
class VisitorId : public TextBase<VisitorId> {
 public:
  static constexpr std::string_view kFormat = "visitor-id";
  static std::optional<VisitorId> parse(std::string_view text);
  auto operator<=>(const VisitorId&) const = default;
};

/// ISO 3166-1 alpha-2, upper case (form only: two letters).
class Country : public TextBase<Country> {
 public:
  static constexpr std::string_view kFormat = "country";
  static std::optional<Country> parse(std::string_view text);
  auto operator<=>(const Country&) const = default;
};

/// An IANA time zone known to this machine's tz database, such as Europe/London.
class TimeZone : public TextBase<TimeZone> {
 public:
  static constexpr std::string_view kFormat = "time-zone";
  static std::optional<TimeZone> parse(std::string_view text);
  auto operator<=>(const TimeZone&) const = default;
};

/// A language as BCP 47 writes it, in the forms en and pt-BR (form only).
class Locale : public TextBase<Locale> {
 public:
  static constexpr std::string_view kFormat = "locale";
  static std::optional<Locale> parse(std::string_view text);
  auto operator<=>(const Locale&) const = default;
};

/// A telephone number with its country (ITU-T E.164): + and 7 to 15 digits. Spaces, dashes, dots, slashes and
/// brackets are dropped, so that one number has one spelling: +998901234567.
class Phone : public TextBase<Phone> {
 public:
  static constexpr std::string_view kFormat = "phone";
  static std::optional<Phone> parse(std::string_view text);
  auto operator<=>(const Phone&) const = default;
};

/// A JSON object as text, at most 8 KiB, kept as given (metadata, traces, explanations).
class JsonObject : public TextBase<JsonObject> {
 public:
  static constexpr std::size_t kMaxBytes = 8192;
  JsonObject() { value_ = "{}"; }
  /// Trusts the caller: `text` is a JSON object (from the database or from our own writer).
  static JsonObject trusted(std::string text) {
    JsonObject out;
    out.value_ = std::move(text);
    return out;
  }
  auto operator<=>(const JsonObject&) const = default;
};

}  // namespace tandem
