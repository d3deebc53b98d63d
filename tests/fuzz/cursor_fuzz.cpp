// Cursors come back from clients: whatever they send, a cursor that is taken is written and taken again as
// the same.
#include <cstdint>
#include <cstdlib>

#include "base/page.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto cursor = Cursor::parse(bytes))
    if (const auto again = Cursor::parse(cursor->str()); !again || again->str() != cursor->str())
      std::abort();
  (void)PageLimit::parse(bytes);
  return 0;
}
