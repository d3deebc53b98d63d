// What PayPal and Stripe report of the money that moved, as the CSV files that people download there. Pure.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"

namespace tandem::payouts {

/// One movement of money at a provider.
struct ProviderMove {
  std::int64_t line = 0;                 // where it begins in the file, from 1
  std::vector<std::string> names;        // by which we may know the payout: its reference, the provider's ids
  Money amount;                          // never negative
  bool is_out = false;                   // money left the organization's account
  std::optional<std::int64_t> fee = {};  // minor units of the same currency
  std::optional<Day> on = {};
};
struct ProviderReport {
  std::vector<ProviderMove> moves;
  std::int64_t others = 0;         // lines about something else, or about money that has not moved
  std::optional<Day> first, last;  // of all lines; days in the zone of the report
};

/// PayPal's activity report ("Activity download", CSV), with the columns Date, Type, Status, Currency, Gross,
/// Fee and Transaction ID; Reference Txn ID, Invoice Number, Custom Number and Note are read when they are
/// there. Completed lines count, conversions and holds do not. Days are 03/31/2026, 31/03/2026, 31.03.2026 or
/// 2026-03-31; where a file does not show which of the first two it has, days are not known.
/// Source: PayPal, "Activity Download Specification", 1.0, chapter 2.
std::expected<ProviderReport, std::string> read_paypal_activity(std::string_view csv);

/// Stripe's itemized "Balance change from activity" report, with the columns created or created_utc,
/// reporting_category, source_id, currency, gross and fee, in major units; description is read when it is
/// there. Transfers and their reversals count. Source: docs.stripe.com/reports/report-types/balance.
std::expected<ProviderReport, std::string> read_stripe_balance(std::string_view csv);

}  // namespace tandem::payouts
