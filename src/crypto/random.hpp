// Random bytes from the operating system (getrandom): with base/clock's ids the only random source of the
// server.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::crypto {

/// `count` bytes (at most 1 MiB) fit for keys and secrets.
std::string random_bytes(std::size_t count);

/// A number of 0 to bound - 1, every one as likely; bound > 0.
std::uint64_t random_below(std::uint64_t bound);

/// `length` characters of `alphabet`, every one as likely: public codes.
std::string random_text(std::size_t length, std::string_view alphabet = "23456789abcdefghjkmnpqrstuvwxyz");

}  // namespace tandem::crypto
