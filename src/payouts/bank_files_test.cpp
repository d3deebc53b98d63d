// The bank's files: orders out, answers and statements of accounts in, and what `tandem reconcile` makes of
// them.
#include <gtest/gtest.h>

#include "payouts/outside_report.hpp"
#include "support/payout_story.hpp"

namespace tandem::payouts {
namespace {

using http::Method;
using test::member;

constexpr std::string_view kIban = "DE89370400440532013000";

/// Partners who are paid in euros by SEPA.
struct BankFiles : testing::Test {
  test::PayoutStory s;

  void rail(const std::string& more = "") {
    const auto set = s.as(s.anna).post(
        "/api/rail-accounts",
        fmt::format(R"({{"rail":"sepa","payer_name":"Example GmbH","payer_account":"{}"{}}})", kIban, more));
    EXPECT_EQ(set.status, 200) << set.body;
  }
  /// Two payouts of 10.50 and 20.00 on their way, by SEPA in USD: what the bank is told is a sum in cents.
  PartnerId one, two;
  std::string run;
  void two_on_their_way() {
    rail();
    one = s.payee(1'050, "bank");
    two = s.payee(2'000, "bank");
    run = s.sent({one, two});
    s.peek("update app.payouts set rail = 'sepa' where organization_id = $1 returning 1",
           {s.organization_id.str()});
  }
  std::string name_of(PartnerId partner) {
    std::string out = s.payout_of(partner);
    std::erase(out, '-');
    return out;
  }
  static std::string entry(const std::string& reference, const std::string& amount, bool is_debit,
                           const std::string& more = "", const std::string& day = "2026-04-01",
                           const std::string& currency = "USD") {
    return fmt::format(
        "<Ntry><Amt Ccy=\"{4}\">{1}</Amt><CdtDbtInd>{2}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{5}</Dt></BookgDt>"
        "<AcctSvcrRef>B-1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{0}</EndToEndId></Refs>{3}</TxDtls></NtryDtls>"
        "</Ntry>\n",
        reference, amount, is_debit ? "DBIT" : "CRDT", more, currency, day);
  }
  static std::string statement(const std::string& entries) {
    return "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt>\n" +
           entries + "</Stmt></BkToCstmrStmt></Document>";
  }
  std::string import(const std::string& xml) {
    return s.as(s.boris)
        .call(Method::post, run + "/sepa-results", xml,
              {{"content-type", "application/xml"}, {"idempotency-key", new_uuid().str()}})
        .body;
  }
  std::string compared(ReportFormat format, const std::string& bytes) {
    const auto report = read_outside_report(format, bytes);
    EXPECT_TRUE(report);
    std::string out;
    for (const auto& d : s.tx(db::Role::read, [&](db::Tx& tx) { return compare(tx, *report); }).differences)
      out += d.problem + " " + d.subject + " " + d.detail + "\n";
    return out;
  }
};

const std::string kReturned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";

TEST_F(BankFiles, TheBanksVersionOfTheFileIsASetting) {
  rail(R"(,"sepa_format":"pain_001_001_03")");
  EXPECT_NE(s.app.get("/api/rail-accounts").body.find(R"("sepa_format":"pain_001_001_03")"),
            std::string::npos);
  EXPECT_EQ(s.as(s.anna).post("/api/rail-accounts", R"({"rail":"sepa","sepa_format":"pain_008"})").status,
            422);
  rail();
  EXPECT_NE(s.app.get("/api/rail-accounts").body.find(R"("sepa_format":"pain_001_001_03")"),
            std::string::npos)
      << "what is absent stays";
}

TEST_F(BankFiles, AnAccountsStatementPaysAndReturns) {
  two_on_their_way();
  const auto day_one = statement(entry("RENT", "900.00", true) + entry(name_of(one), "10.50", true) +
                                 entry(name_of(two), "20.01", true) + entry("INVOICE-7", "5.00", false));
  EXPECT_EQ(
      import(day_one),
      fmt::format(
          R"({{"paid":1,"failed":0,"returned":0,"pending":0,"unchanged":0,"not_found":[],"different":["{}"]}})",
          name_of(two)));
  EXPECT_EQ(s.payout_state(one), "paid");
  EXPECT_EQ(s.payout_state(two), "submitted") << "another amount is looked at by people";
  EXPECT_EQ(
      s.cell("select bank_reference || ' ' || executed_on from app.payouts where organization_id = $1 and "
             "state = 'paid'"),
      "B-1 2026-04-01");
  const auto day_two = statement(entry(name_of(one), "10.50", false, kReturned, "2026-04-03"));
  EXPECT_NE(import(day_two).find(R"("paid":0,"failed":0,"returned":1)"), std::string::npos);
  EXPECT_EQ(s.payout_state(one), "returned");
  EXPECT_EQ(s.states(one), "due");
  EXPECT_NE(import(day_two).find(R"("returned":0,"pending":0,"unchanged":1)"), std::string::npos) << "twice";
  EXPECT_NE(import(day_one).find(R"("paid":0,"failed":0,"returned":0,"pending":0,"unchanged":1)"),
            std::string::npos)
      << "the day before once more pays nothing";
  EXPECT_EQ(s.payout_state(one), "returned");
  EXPECT_EQ(s.balance("liab.commission_payable", one), 1'050);
  EXPECT_NE(import("<Document/>").find("bad_file"), std::string::npos);
  EXPECT_EQ(s.differences(), "");
}

TEST_F(BankFiles, TheFirstDifferenceFromTheBankIsNamed) {
  two_on_their_way();
  const auto all = statement(entry(name_of(one), "10.50", true) + entry(name_of(two), "20.00", true));
  EXPECT_EQ(compared(ReportFormat::camt053, all),
            fmt::format("different_state {} line 2: paid there, submitted here\n"
                        "different_state {} line 3: paid there, submitted here\n",
                        name_of(one), name_of(two)));
  import(all);
  EXPECT_EQ(compared(ReportFormat::camt053, all), "");
  EXPECT_EQ(
      compared(ReportFormat::camt053, statement(entry(name_of(one), "10.49", true) +
                                                entry(name_of(two), "20.00", true, "", "2026-04-01", "EUR"))),
      fmt::format("different_amount {} line 2: 10.49 USD there, 10.50 USD here\n"
                  "different_currency {} line 3: 20.00 EUR there, 20.00 USD here\n",
                  name_of(one), name_of(two)));
  EXPECT_EQ(compared(ReportFormat::camt053, statement(entry(name_of(one), "10.50", true) +
                                                      entry(std::string(32, 'a'), "1.00", true))),
            fmt::format("missing_here {} line 3: 1.00 USD paid there, no such payout here\n"
                        "missing_there {} 20.00 USD paid here, not in the report\n",
                        std::string(32, 'a'), name_of(two)));
  EXPECT_EQ(compared(ReportFormat::camt053,
                     statement(entry(name_of(one), "10.50", true) + entry(name_of(one), "10.50", true) +
                               entry(name_of(two), "20.00", true))),
            fmt::format("paid_twice {} line 3: 2 times there\n", name_of(one)));
  // It came back, and nobody has told us.
  EXPECT_EQ(compared(ReportFormat::camt053,
                     statement(entry(name_of(one), "10.50", false, kReturned, "2026-04-03"))),
            fmt::format("different_state {} line 2: returned there, paid here\n", name_of(one)));
  s.as(s.boris).post("/api/payouts/" + s.payout_of(one) + "/return", R"({"reason":"closed"})");
  EXPECT_EQ(compared(ReportFormat::camt053, all), "") << "a return after the report's days is in a later one";
}

TEST_F(BankFiles, OurOwnFormIsComparedByState) {
  one = s.payee(1'050);
  two = s.payee(2'000);
  run = s.sent({one, two});
  const std::string paid = s.payout_of(one) + ",paid,B-1,2026-04-01,\n";
  s.as(s.boris).call(Method::post, run + "/bank-results", paid,
                     {{"content-type", "text/csv"}, {"idempotency-key", new_uuid().str()}});
  EXPECT_EQ(compared(ReportFormat::bank_csv, paid + s.payout_of(two) + ",pending,,,\n"), "");
  EXPECT_EQ(compared(ReportFormat::bank_csv, paid + s.payout_of(two) + ",failed,,,AC04\n"),
            fmt::format("different_state {} line 2: failed there, submitted here\n", name_of(two)));
  // The ledger's own side of it.
  s.peek("select set_config('session_replication_role', 'replica', false)");
  s.peek("update app.payouts set amount = 1051 where organization_id = $1 and state = 'paid' returning 1",
         {s.organization_id.str()});
  s.peek("select set_config('session_replication_role', 'origin', false)");
  EXPECT_EQ(compared(ReportFormat::bank_csv, paid),
            fmt::format("cash_differs {} 1050 USD left the bank account, 1051 by payouts\n", one.str()));
  EXPECT_FALSE(read_outside_report(ReportFormat::camt053, "no xml"));
  EXPECT_FALSE(read_outside_report(ReportFormat::bank_csv, "a,b\n"));
}

}  // namespace
}  // namespace tandem::payouts
