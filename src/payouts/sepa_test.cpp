#include "payouts/adapters/sepa.hpp"

#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <memory>

#include "payouts/adapters/bank_answers.hpp"

namespace tandem::payouts {
namespace {

/// By libxml2's own validator, with the schema of this version.
bool is_valid(const std::string& xml, const std::string& version = "09") {
  using Doc = std::unique_ptr<xmlDoc, decltype([](xmlDoc* d) { xmlFreeDoc(d); })>;
  using ParserContext = std::unique_ptr<xmlSchemaParserCtxt,
                                        decltype([](xmlSchemaParserCtxt* c) { xmlSchemaFreeParserCtxt(c); })>;
  using Schema = std::unique_ptr<xmlSchema, decltype([](xmlSchema* s) { xmlSchemaFree(s); })>;
  using Context =
      std::unique_ptr<xmlSchemaValidCtxt, decltype([](xmlSchemaValidCtxt* c) { xmlSchemaFreeValidCtxt(c); })>;
  const std::string path = TANDEM_SOURCE_DIR "/src/payouts/adapters/pain.001.001." + version + ".xsd";
  const ParserContext parser(xmlSchemaNewParserCtxt(path.c_str()));
  const Schema schema(xmlSchemaParse(parser.get()));
  const Doc document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, XML_PARSE_NONET));
  const Context context(xmlSchemaNewValidCtxt(schema.get()));
  return schema && document && xmlSchemaValidateDoc(context.get(), document.get()) == 0;
}

SepaFile example() {
  return {.format = SepaFormat::pain_001_001_09,
          .message_id = "PO-2026-03-0001",
          .created_at = Timestamp::parse("2026-03-31T09:15:00.123Z").value(),
          .execute_on = Day::parse("2026-04-01").value(),
          .payer_name = "Example Platform GmbH",
          .payer_iban = "DE89370400440532013000",
          .payer_bic = "COBADEFFXXX",
          .remittance = "Commission March 2026 statement ST-1001",
          .payments = {
              {"PAYOUT-7001", "Agence Exemple SARL", "FR1420041010050500013M02606", "BNPAFRPPXXX", 10'050}}};
}

TEST(Sepa, TheFileFitsTheSchema) {
  const auto xml = write_pain001(example());
  EXPECT_TRUE(is_valid(xml)) << xml;
  EXPECT_NE(xml.find("<InstdAmt Ccy=\"EUR\">100.50</InstdAmt>"), std::string::npos);
  EXPECT_NE(xml.find("<CreDtTm>2026-03-31T09:15:00Z</CreDtTm>"), std::string::npos);
  std::string wrong = xml;
  wrong.replace(wrong.find("<PmtMtd>TRF</PmtMtd>"), 20, "");
  EXPECT_FALSE(is_valid(wrong)) << "the schema refuses what is wrong";
}

TEST(Sepa, TheOlderVersionFitsItsSchemaAlone) {
  auto file = example();
  file.format = SepaFormat::pain_001_001_03;
  file.payments.push_back({"PAYOUT-7002", "A", "DE89370400440532013000", "COBADE0FXXX", 1});
  const auto xml = write_pain001(file);
  EXPECT_TRUE(is_valid(xml, "03")) << xml;
  EXPECT_FALSE(is_valid(xml, "09"));
  EXPECT_FALSE(is_valid(write_pain001(example()), "03"));
  EXPECT_NE(xml.find("<ReqdExctnDt>2026-04-01</ReqdExctnDt>"), std::string::npos);
  EXPECT_NE(xml.find("<BIC>BNPAFRPPXXX</BIC>"), std::string::npos);
  EXPECT_EQ(xml.find("COBADE0F"), std::string::npos) << "a BIC that the older version does not know";
  file.payer_bic.reset();
  EXPECT_TRUE(is_valid(write_pain001(file), "03"));
}

TEST(Sepa, SumsAreExactAndNamesAreLatin) {
  auto file = example();
  file.payer_bic.reset();
  file.payer_name = "Müller & Söhne <GmbH>";
  file.payments.clear();
  for (int i = 0; i < 10; ++i)
    file.payments.push_back(
        {fmt::format("P{}", i), "Ёлка Ташкент “O‘zbekiston”", "GB29NWBK60161331926819", {}, 7 + i});
  file.payments.push_back({"MOST", std::string(200, 'x'), "DE89370400440532013000", {}, 99'999'999'999});
  const auto xml = write_pain001(file);
  EXPECT_TRUE(is_valid(xml)) << xml;
  EXPECT_NE(xml.find("<CtrlSum>1000000001.14</CtrlSum>"), std::string::npos) << xml.substr(0, 600);
  EXPECT_NE(xml.find("<Nm>Muller . Sohne .GmbH.</Nm>"), std::string::npos);
  EXPECT_NE(xml.find("<Nm>Yolka Tashkent .O'zbekiston.</Nm>"), std::string::npos);
  EXPECT_NE(xml.find("<InstdAmt Ccy=\"EUR\">0.07</InstdAmt>"), std::string::npos);
}

TEST(Sepa, TextIsCleaned) {
  EXPECT_EQ(sepa_text("  Łódź  ", 70), "Lodz");
  EXPECT_EQ(sepa_text("日本", 70), "..");
  EXPECT_EQ(sepa_text("", 70), ".");
  EXPECT_EQ(sepa_text("abcdef", 3), "abc");
  EXPECT_EQ(sepa_text("Щука и Ҳамза", 70), "Schuka i Hamza");
}

TEST(Sepa, ResultsAreRead) {
  const auto results = read_pain002(
      R"(<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
<CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlPmtInfAndSts><OrgnlPmtInfId>PO-1</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>A1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId> A2 </OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>
</StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>)");
  ASSERT_TRUE(results);
  ASSERT_EQ(results->size(), 2U);
  EXPECT_EQ((*results)[0].reference, "A1");
  EXPECT_EQ((*results)[0].status, "ACSC");
  EXPECT_EQ((*results)[1].reference, "A2");
  EXPECT_EQ((*results)[1].reason, "AC04");
}

/// The older versions have bare states and amounts within AmtDtls, the newer ones codes and amounts of their
/// own.
TEST(Sepa, StatementsOfAccountsAreRead) {
  const auto read = read_camt053(
      R"(<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId></GrpHdr><Stmt><Id>1</Id>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt>
<Dt>2026-04-01</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.50</TtlChrgsAndTaxAmt></Chrgs>
<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>
<TxDtls><Refs><EndToEndId>A1</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">10.00</Amt></TxAmt></AmtDtls></TxDtls>
<TxDtls><Refs><EndToEndId>A2</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="JPY">700</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt>
<DtTm>2026-04-02T08:00:00Z</DtTm></BookgDt>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>B2</AcctSvcrRef><EndToEndId> A3 </EndToEndId></Refs>
<Amt Ccy="JPY">700</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="JPY">7.5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>)");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 4U);
  const auto& one = (*read)[0];
  EXPECT_EQ(one.reference, "A1");
  EXPECT_TRUE(one.is_debit && one.is_booked && !one.is_return);
  EXPECT_EQ(one.amount, (Money{1'000, Currency::parse("EUR").value()}));
  EXPECT_EQ(one.booked_on, Day::parse("2026-04-01"));
  EXPECT_EQ(one.bank_reference, "B1");
  EXPECT_EQ(one.line, 6);
  EXPECT_FALSE(one.fee) << "the charges are those of both";
  EXPECT_FALSE((*read)[1].amount) << "how the sum is divided is not said";
  const auto& back = (*read)[2];
  EXPECT_EQ(back.reference, "A3");
  EXPECT_TRUE(back.is_return && !back.is_debit);
  EXPECT_EQ(back.reason, "AC04");
  EXPECT_EQ(back.bank_reference, "B2");
  EXPECT_EQ(back.booked_on, Day::parse("2026-04-02"));
  EXPECT_EQ(back.amount, (Money{700, Currency::parse("JPY").value()}));
  EXPECT_FALSE((*read)[3].is_booked);
  EXPECT_FALSE((*read)[3].amount) << "half a yen";
}

TEST(Sepa, WhatIsNoResultIsRefused) {
  EXPECT_FALSE(read_camt053("<Document/>"));
  EXPECT_FALSE(read_camt053(R"(<!DOCTYPE D><Document><BkToCstmrStmt/></Document>)"));
  EXPECT_FALSE(read_pain002(""));
  EXPECT_FALSE(read_pain002("no xml"));
  EXPECT_FALSE(read_pain002("<Document/>"));
  EXPECT_FALSE(read_pain002(
      R"(<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><CstmrPmtStsRpt>&x;</CstmrPmtStsRpt></Document>)"));
}

}  // namespace
}  // namespace tandem::payouts
