#include "payouts/accounts.hpp"

#include <gtest/gtest.h>

namespace tandem::payouts {
namespace {

TEST(Accounts, IbansAreCheckedMod97) {
  for (const char* good : {"DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"})
    EXPECT_TRUE(is_iban(good)) << good;
  for (const char* bad :
       {"DE89370400440532013001", "DE98370400440532013000", "", "DE89", "D189370400440532013000",
        "de89370400440532013000", "DE8937040044053201300 ", "DE8937040044053201300012345678901234"})
    EXPECT_FALSE(is_iban(bad)) << bad;
}

TEST(Accounts, BicsHaveEightOrElevenSigns) {
  for (const char* good : {"COBADEFF", "COBADEFFXXX", "BNPAFRPPXXX", "NDEAFIHH"})
    EXPECT_TRUE(is_bic(good)) << good;
  for (const char* bad : {"", "COBADEF", "COBADEFFXX", "C0BADEFF", "cobadeff", "COBADEFFXXXX"})
    EXPECT_FALSE(is_bic(bad)) << bad;
}

TEST(Accounts, EachRailHasItsOwn) {
  struct Case {
    Rail rail;
    std::string_view currency, account, bank_code, country;
    bool is_fine;
  };
  const Case cases[] = {
      {Rail::sepa, "EUR", "DE89 3704 0044 0532 0130 00", "", "", true},
      {Rail::sepa, "EUR", "DE89 3704 0044 0532 0130 01", "", "", false},
      {Rail::paypal, "USD", "partner@example.com", "", "", true},
      {Rail::paypal, "USD", "partner", "", "", false},
      {Rail::stripe, "USD", "acct_1032D8", "", "", true},
      {Rail::stripe, "USD", "ba_1032D8", "", "", false},
      {Rail::wise, "EUR", "FR1420041010050500013M02606", "", "", true},
      {Rail::wise, "GBP", "31926819", "601613", "", true},
      {Rail::wise, "GBP", "31926819", "", "", false},
      {Rail::wise, "USD", "12345678901", "026009593", "", true},
      {Rail::wise, "UZS", "12345678901", "026009593", "", false},
      {Rail::bank, "UZS", "20208000900123456001", "00450", "UZ", true},
      {Rail::bank, "UZS", "2020800090012345600", "00450", "UZ", false},
      {Rail::bank, "UZS", "20208000900123456001", "", "UZ", false},
      {Rail::bank, "IDR", "1234-5678-90", "", "ID", true},
      {Rail::bank, "IDR", "1=2", "", "ID", false},
  };
  for (const auto& one : cases) {
    const auto plain = plain_account(one.rail, one.account);
    EXPECT_EQ(
        !account_mistake(one.rail, Currency::parse(one.currency).value(), plain, one.bank_code, one.country),
        one.is_fine)
        << one.account;
  }
}

TEST(Accounts, PeopleSeeAHint) {
  EXPECT_EQ(account_hint("DE89370400440532013000"), "…3000");
  EXPECT_EQ(account_hint("partner@example.com"), "p…@example.com");
  EXPECT_EQ(account_hint("123"), "…123");
}

}  // namespace
}  // namespace tandem::payouts
