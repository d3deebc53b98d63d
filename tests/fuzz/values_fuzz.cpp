// Any text through every value's parser: what is accepted must come back from its own text, unchanged.
#include <cstdint>
#include <string_view>

#include "base/encoding.hpp"
#include "base/money.hpp"
#include "base/page.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace {

template <class T>
void round_trip(std::string_view text) {
  const auto value = T::parse(text);
  if (!value) return;
  std::string written;
  value->append_to(written);
  const auto again = T::parse(written);
  if (!again) __builtin_trap();
  std::string rewritten;
  again->append_to(rewritten);
  if (written != rewritten) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip<Text<1, 50>>(text);
  round_trip<Email>(text);
  round_trip<Url>(text);
  round_trip<Code>(text);
  round_trip<Slug>(text);
  round_trip<VisitorId>(text);
  round_trip<TimeZone>(text);
  round_trip<Timestamp>(text);
  round_trip<Day>(text);
  round_trip<Decimal>(text);
  round_trip<Currency>(text);
  round_trip<Cursor>(text);
  round_trip<PageLimit>(text);
  if (!Slug::parse(Slug::from(text).str())) __builtin_trap();
  if (const auto bytes = from_base64(text); bytes && to_base64(*bytes) != text) __builtin_trap();
  if (const auto bytes = from_base64url(text); bytes && to_base64url(*bytes) != text) __builtin_trap();
  const auto colon = text.find('\n');
  if (colon != std::string_view::npos) (void)parse_local(text.substr(0, colon), text.substr(colon + 1));
  return 0;
}
