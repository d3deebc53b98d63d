#include "http/address_limit.hpp"

#include <gtest/gtest.h>

#include "base/problem.hpp"

namespace tandem::http {
namespace {

TEST(AddressLimit, CountsTriesOfANetwork) {
  AddressLimit limit(2, std::chrono::minutes{1});
  const auto is_refused = [&](const std::string& ip) {
    try {
      limit.enter(ip);
      return false;
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.kind().status, 429);
      EXPECT_GT(problem.retry_after_seconds(), 0);
      EXPECT_LE(problem.retry_after_seconds(), 60);
      return true;
    }
  };
  EXPECT_FALSE(is_refused("192.0.2.1"));
  EXPECT_FALSE(is_refused("192.0.2.1"));
  EXPECT_TRUE(is_refused("192.0.2.1"));
  EXPECT_FALSE(is_refused("192.0.2.2")) << "another address";
  EXPECT_FALSE(is_refused("2001:db8::1"));
  EXPECT_FALSE(is_refused("2001:db8::2"));
  EXPECT_TRUE(is_refused("2001:db8::ffff")) << "one subscriber has 64 bits of addresses";
  EXPECT_FALSE(is_refused("2001:db8:0:1::1"));
  AddressLimit::clear_all();
  EXPECT_FALSE(is_refused("192.0.2.1"));
}

}  // namespace
}  // namespace tandem::http
