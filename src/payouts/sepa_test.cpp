#include "payouts/adapters/sepa.hpp"

#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <memory>

namespace tandem::payouts {
namespace {

/// By libxml2's own validator, with the schema beside this file.
bool is_valid(const std::string& xml) {
  using Doc = std::unique_ptr<xmlDoc, decltype([](xmlDoc* d) { xmlFreeDoc(d); })>;
  using ParserContext = std::unique_ptr<xmlSchemaParserCtxt,
                                        decltype([](xmlSchemaParserCtxt* c) { xmlSchemaFreeParserCtxt(c); })>;
  using Schema = std::unique_ptr<xmlSchema, decltype([](xmlSchema* s) { xmlSchemaFree(s); })>;
  using Context =
      std::unique_ptr<xmlSchemaValidCtxt, decltype([](xmlSchemaValidCtxt* c) { xmlSchemaFreeValidCtxt(c); })>;
  const ParserContext parser(
      xmlSchemaNewParserCtxt(TANDEM_SOURCE_DIR "/src/payouts/adapters/pain.001.001.09.xsd"));
  const Schema schema(xmlSchemaParse(parser.get()));
  const Doc document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, XML_PARSE_NONET));
  const Context context(xmlSchemaNewValidCtxt(schema.get()));
  return schema && document && xmlSchemaValidateDoc(context.get(), document.get()) == 0;
}

SepaFile example() {
  return {.message_id = "PO-2026-03-0001",
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

TEST(Sepa, WhatIsNoResultIsRefused) {
  EXPECT_FALSE(read_pain002(""));
  EXPECT_FALSE(read_pain002("no xml"));
  EXPECT_FALSE(read_pain002("<Document/>"));
  EXPECT_FALSE(read_pain002(
      R"(<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><CstmrPmtStsRpt>&x;</CstmrPmtStsRpt></Document>)"));
}

}  // namespace
}  // namespace tandem::payouts
