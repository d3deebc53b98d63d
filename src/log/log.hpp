// The log: one JSON object a line, on standard error unless told otherwise. The only place that includes
// spdlog.
//
//   log::info("http.request", {{"request_id", id}, {"route", "/api/links"}, {"status", 201}, {"us", 830}});
//   {"at":"2026-01-02T03:04:05.678Z","level":"info","event":"http.request","request_id":"…","route":"…",…}
//
// Events are "module.what", words that do not change; what varies goes into fields. Texts are escaped so that
// no input can begin a line or move a terminal's cursor, and cut at 4 KiB. Secrets and personal data do not
// compile. Safe from any thread; a line is written before the call returns, unless it is held. Never throws.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace tandem::log {

enum class Level : std::uint8_t { debug, info, warn, error };

/// What a field may hold; lives only as long as the call.
class Value {
 public:
  Value(const char* text) : Value(std::string_view(text)) {}
  Value(std::string_view text) : kind_(Kind::text), text_(text) {}
  Value(const std::string& text) : Value(std::string_view(text)) {}
  template <std::integral I>
    requires(!std::same_as<I, bool> && !std::same_as<I, char>)
  Value(I number) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(number)) {}
  Value(bool yes) : kind_(Kind::boolean), integer_(yes ? 1 : 0) {}
  Value(const Uuid& id) : kind_(Kind::id), id_(id) {}
  template <class Tag>
  Value(const Id<Tag>& id) : Value(id.uuid()) {}
  Value(Timestamp at) : kind_(Kind::instant), integer_(at.unix_us()) {}
  /// Log the id of the person or the hash's prefix of the secret instead.
  Value(const Secret&) = delete;
  Value(const Personal&) = delete;
  Value(const Email&) = delete;
  /// A length is an integer, and money has no floating point.
  Value(double) = delete;
  Value(float) = delete;
  Value(char) = delete;

  /// Appends the JSON form.
  void append_to(std::string& out) const;

 private:
  enum class Kind : std::uint8_t { text, integer, boolean, id, instant };
  Kind kind_;
  std::int64_t integer_ = 0;
  std::string_view text_;
  Uuid id_;
};

struct Field {
  std::string_view key;
  Value value;
};
using Fields = std::initializer_list<Field>;

/// Writes one line if `level` is not below the threshold.
void write(Level level, std::string_view event, Fields fields = {});

/// The same for lines that come by the thousand: it waits in this thread's memory for flush_held(), and all
/// that wait are written as one. True for the first of them: the caller sees to it that flush_held() is
/// called soon. A thread that ends writes what it holds.
bool hold(Level level, std::string_view event, Fields fields = {});
/// Writes what this thread holds.
void flush_held();

inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

/// Lines that could not be written since the start (full disk, closed pipe); for the metrics.
std::int64_t lost_lines();

/// Lines below this level are not written; info unless set.
void set_level(Level level);
/// "debug", "info", "warn", "error"; anything else is false and changes nothing.
bool set_level(std::string_view name);
/// From now on appends to this file, or to standard error when it is empty. Throws std::runtime_error when
/// the file cannot be opened. Call before threads are started.
void write_to(const std::string& file);
/// Tests: lines go to `sink` instead; an empty function ends that.
void capture(std::function<void(std::string_view)> sink);

}  // namespace tandem::log
