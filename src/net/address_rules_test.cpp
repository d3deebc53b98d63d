#include "net/address_rules.hpp"

#include <gtest/gtest.h>

namespace tandem::net {
namespace {

struct Case {
  const char* address;
  bool is_public;
};

// The edges of every block, and what lies just outside.
constexpr Case kCases[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"1.1.1.1", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"169.253.255.255", true},
    {"169.254.169.254", false},
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"191.255.255.255", true},
    {"192.0.0.0", false},
    {"192.0.0.255", false},
    {"192.0.1.0", true},
    {"192.0.2.1", false},
    {"192.0.3.0", true},
    {"192.88.98.255", true},
    {"192.88.99.1", false},
    {"192.88.100.0", true},
    {"192.167.255.255", true},
    {"192.168.0.0", false},
    {"192.168.255.255", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.99.255", true},
    {"198.51.100.7", false},
    {"198.51.101.0", true},
    {"203.0.112.255", true},
    {"203.0.113.9", false},
    {"203.0.114.0", true},
    {"223.255.255.255", true},
    {"224.0.0.0", false},
    {"239.255.255.255", false},
    {"240.0.0.0", false},
    {"255.255.255.255", false},
    {"::", false},
    {"::1", false},
    {"::127.0.0.1", false},     // compatible
    {"::ffff:8.8.8.8", false},  // mapped, even of a public address
    {"::ffff:127.0.0.1", false},
    {"64:ff9b::8.8.8.8", false},  // NAT64
    {"64:ff9b:1::1", false},
    {"100::1", false},  // discard
    {"1fff:ffff::1", false},
    {"2000::", true},
    {"2001::1", false},  // Teredo
    {"2001:1ff:ffff::1", false},
    {"2001:200::1", true},
    {"2001:db7:ffff::1", true},
    {"2001:db8::1", false},
    {"2001:db8:ffff:ffff::1", false},
    {"2001:db9::1", true},
    {"2001:4860:4860::8888", true},
    {"2002:7f00:1::", false},  // 6to4 of 127.0.0.1
    {"2003::1", true},
    {"2606:4700:4700::1111", true},
    {"3ffe:ffff::1", true},
    {"3fff::1", false},
    {"3fff:fff:ffff::1", false},
    {"3fff:1000::1", true},
    {"4000::1", false},
    {"5f00::1", false},  // segment routing
    {"fc00::1", false},
    {"fd12:3456::1", false},
    {"fe80::1", false},
    {"fec0::1", false},
    {"ff02::1", false},
};

TEST(AddressRules, every_block_has_its_edges) {
  for (const auto& [text, expected] : kCases) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(is_public(*address), expected) << text;
  }
}

TEST(AddressRules, only_the_strict_form_is_an_address) {
  for (const char* text : {"",
                           "127.1",
                           "2130706433",
                           "0x7f.1",
                           "0x7f.0.0.1",
                           "0177.0.0.1",
                           "127.0.0.01",
                           "127.0.0.1.",
                           ".127.0.0.1",
                           "127.0.0",
                           "127.0.0.1.1",
                           "256.0.0.1",
                           "1.2.3.-4",
                           " 1.2.3.4",
                           "1.2.3.4 ",
                           "\xef\xbc\x91.2.3.4",
                           "fe80::1%eth0",
                           "fe80::1%1",
                           ":::1",
                           "12345::",
                           "[::1]",
                           "::1::",
                           "example.com"})
    EXPECT_FALSE(parse_address(text)) << text;
}

TEST(AddressRules, networks) {
  const auto in = [](const char* network, const char* address) {
    return Network::parse(network).value().contains(parse_address(address).value());
  };
  EXPECT_TRUE(in("10.0.0.0/8", "10.9.8.7"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(in("172.16.0.0/12", "172.31.0.1"));
  EXPECT_FALSE(in("172.16.0.0/12", "172.32.0.1"));
  EXPECT_TRUE(in("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(in("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(in("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  EXPECT_FALSE(in("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_TRUE(in("fd00::/8", "fd12::1"));
  EXPECT_TRUE(in("::1/128", "::1"));
  EXPECT_FALSE(in("::1/128", "::2"));
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
                           "::/129", "fd00::1/8", "10.0.0.0/8/8"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

}  // namespace
}  // namespace tandem::net
