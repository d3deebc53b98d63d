#include "log/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace tandem::log {
namespace {

constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kHeldMax = std::size_t{64} * 1024;
constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};

std::atomic<Level> threshold{Level::info};
std::atomic<bool> captured{false};
std::atomic<std::int64_t> lost{0};
std::mutex capture_mutex;
thread_local std::int64_t lines_written = 1;  // by the write that is under way

std::function<void(std::string_view)>& capture_sink() {
  static std::function<void(std::string_view)> sink;
  return sink;
}

std::shared_ptr<spdlog::logger> make_logger(std::shared_ptr<spdlog::sinks::sink> sink) {
  auto out = std::make_shared<spdlog::logger>("tandem", std::move(sink));
  out->set_pattern("%v");
  out->set_level(spdlog::level::trace);
  // A line that was written is a line that survives a crash.
  out->flush_on(spdlog::level::trace);
  // A full disk must not take the server with it, and spdlog's own report would be no JSON.
  out->set_error_handler(
      [](const std::string&) { lost.fetch_add(lines_written, std::memory_order_relaxed); });
  return out;
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto out = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return out;
}

/// How many bytes the character at `i` has, and its code point; 0 bytes for what is no UTF-8.
std::pair<std::size_t, unsigned> character(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const auto whole = text.substr(i, size);
  if (whole.size() < size || !is_utf8(whole)) return {0, 0};
  unsigned point = size == 1 ? first : first & (0x7fU >> size);
  for (std::size_t k = 1; k < size; ++k) point = point << 6 | (static_cast<unsigned char>(whole[k]) & 0x3fU);
  return {size, point};
}

/// A JSON text in which nothing is left that acts on a terminal: C1 controls, DEL and direction overrides are
/// escaped too, and bytes that are no UTF-8 become U+FFFD.
void append_text(std::string_view text, std::string& out) {
  const bool cut = text.size() > kTextMax;
  if (cut) text = text.substr(0, kTextMax);
  if (!cut && is_clean_text(text)) return json::print_string(text, out);
  std::string inner;
  for (std::size_t i = 0; i < text.size();) {
    const auto [size, point] = character(text, i);
    const auto one = text.substr(i, std::max<std::size_t>(size, 1));
    i += one.size();
    if (size == 0) {
      inner += "\\ufffd";
    } else if (point == '\n' || point == '\r' || point == '\t' || is_clean_text(one)) {
      std::string literal;
      json::print_string(one, literal);
      inner.append(literal, 1, literal.size() - 2);
    } else {
      inner += fmt::format("\\u{:04x}", point);
    }
  }
  if (cut) inner += "…";
  out += '"';
  out += inner;
  out += '"';
}

std::string line_of(Level level, std::string_view event, Fields fields) {
  std::string out = "{\"at\":\"";
  out.reserve(256);
  Clock::now().append_to(out);
  out += "\",\"level\":\"";
  out += kLevels[static_cast<std::size_t>(level)];
  out += "\",\"event\":";
  append_text(event, out);
  for (const auto& field : fields) {
    out += ',';
    append_text(field.key, out);
    out += ':';
    field.value.append_to(out);
  }
  out += '}';
  return out;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: break;
  }
  return spdlog::level::err;
}

void put(Level level, std::string_view lines) {
  logger()->log(spdlog_level(level), spdlog::string_view_t(lines.data(), lines.size()));
}

struct Held {
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { flush(); }
  void flush() noexcept {
    if (lines == 0) return;
    try {
      lines_written = lines;
      put(Level::info, text);
    } catch (...) {
      lost.fetch_add(lines, std::memory_order_relaxed);
    }
    lines_written = 1;
    lines = 0;
    text.clear();
  }
  std::string text;  // without the last line's end
  std::int64_t lines = 0;
};
thread_local Held held;

}  // namespace

void Value::append_to(std::string& out) const {
  switch (kind_) {
    case Kind::text: append_text(text_, out); break;
    case Kind::integer: out += std::to_string(integer_); break;
    case Kind::boolean: out += integer_ != 0 ? "true" : "false"; break;
    case Kind::id:
      out += '"';
      id_.append_to(out);
      out += '"';
      break;
    case Kind::instant:
      out += '"';
      Timestamp::from_unix_us(integer_).append_to(out);
      out += '"';
      break;
  }
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < threshold.load(std::memory_order_relaxed)) return;
  // A log that cannot be written (no memory, no disk) is no reason to fail what it tells about.
  try {
    const std::string line = line_of(level, event, fields);
    if (captured.load(std::memory_order_acquire)) {
      const std::lock_guard lock(capture_mutex);
      if (capture_sink()) return capture_sink()(line);
    }
    held.flush();  // what came before stands before
    put(level, line);
  } catch (...) {
    lost.fetch_add(1, std::memory_order_relaxed);
  }
}

bool hold(Level level, std::string_view event, Fields fields) {
  if (level < threshold.load(std::memory_order_relaxed)) return false;
  if (captured.load(std::memory_order_acquire)) {
    write(level, event, fields);
    return false;
  }
  try {
    const std::string line = line_of(level, event, fields);
    if (held.text.size() + line.size() > kHeldMax) held.flush();
    if (held.lines > 0) held.text += '\n';
    held.text += line;
    return ++held.lines == 1;
  } catch (...) {
    lost.fetch_add(1, std::memory_order_relaxed);
  }
  return false;
}

void flush_held() { held.flush(); }

std::int64_t lost_lines() { return lost.load(std::memory_order_relaxed); }

void set_level(Level level) { threshold.store(level, std::memory_order_relaxed); }

bool set_level(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kLevels); ++i) {
    if (kLevels[i] != name) continue;
    set_level(static_cast<Level>(i));
    return true;
  }
  return false;
}

void write_to(const std::string& file) {
  try {
    if (file.empty()) {
      logger() = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    } else {
      logger() = make_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
    }
  } catch (const spdlog::spdlog_ex& error) {
    throw std::runtime_error(fmt::format("log file {}: {}", file, error.what()));
  }
}

void capture(std::function<void(std::string_view)> sink) {
  const std::lock_guard lock(capture_mutex);
  capture_sink() = std::move(sink);
  captured.store(static_cast<bool>(capture_sink()), std::memory_order_release);
}

}  // namespace tandem::log
