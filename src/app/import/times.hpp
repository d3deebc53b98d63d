// Times as files write them: RFC 3339, unix, or a pattern of local time in a zone. Used by the reader of
// files.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "app/import/mapping.hpp"
#include "base/time.hpp"

namespace tandem::app::importing {

/// rfc3339, unix, unix_ms, or a pattern of %Y %y %m %d %e %H %M %S %b %z %F %T %% and literal characters that
/// names a whole date.
bool is_time_format(std::string_view format);

enum class TimeFault { malformed, nonexistent, ambiguous };

/// Reads one column's cells. Remembers the last text, as neighbouring lines often have the same.
class TimeReader {
 public:
  TimeReader(std::string_view format, TimeZone zone, Ambiguous ambiguous);
  /// `text` without spaces around it. Instants from 1970 to 9999.
  std::expected<Timestamp, TimeFault> read(std::string_view text);

 private:
  std::expected<Timestamp, TimeFault> parse(std::string_view text) const;

  std::string format_;
  TimeZone zone_;
  Ambiguous ambiguous_;
  std::string last_text_;
  std::expected<Timestamp, TimeFault> last_ = std::unexpected(TimeFault::malformed);
};

}  // namespace tandem::app::importing
