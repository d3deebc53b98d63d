#include "payouts/adapters/bank_answers.hpp"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <initializer_list>
#include <memory>

namespace tandem::payouts {

namespace {

using Document = std::unique_ptr<xmlDoc, decltype([](xmlDoc* d) { xmlFreeDoc(d); })>;

std::string_view name_of(const xmlNode* node) {
  // libxml2 names are bytes of UTF-8 as unsigned char
  return node->name == nullptr ? "" : reinterpret_cast<const char*>(node->name);
}

const xmlNode* child(const xmlNode* parent, std::string_view name) {
  for (const xmlNode* node = parent == nullptr ? nullptr : parent->children; node != nullptr;
       node = node->next)
    if (node->type == XML_ELEMENT_NODE && name_of(node) == name) return node;
  return nullptr;
}

/// The element at the end of a path of names; nullptr where one is missing.
const xmlNode* at(const xmlNode* from, std::initializer_list<std::string_view> path) {
  for (const auto name : path) from = child(from, name);
  return from;
}

std::string text_of(const xmlNode* node) {
  if (node == nullptr) return {};
  const std::unique_ptr<xmlChar, decltype([](xmlChar* c) { xmlFree(c); })> content(xmlNodeGetContent(node));
  std::string out(content ? reinterpret_cast<const char*>(content.get()) : "");
  const auto begin = out.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<std::string> given(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::expected<Document, std::string> read_xml(std::string_view xml) {
  // No network, no entities: a document type is refused before anything of it could be used.
  Document out(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES));
  if (!out) return std::unexpected("not XML");
  if (out->intSubset != nullptr) return std::unexpected("a document type is not taken");
  return out;
}

/// An element of an amount, `<Amt Ccy="EUR">100.50</Amt>`.
std::optional<Money> amount_of(const xmlNode* node) {
  if (node == nullptr) return std::nullopt;
  // libxml2 names are bytes of UTF-8 as unsigned char
  const std::unique_ptr<xmlChar, decltype([](xmlChar* c) { xmlFree(c); })> code(
      xmlGetProp(node, reinterpret_cast<const xmlChar*>("Ccy")));
  const auto currency = Currency::parse(code ? reinterpret_cast<const char*>(code.get()) : "");
  const auto value = Decimal::parse(text_of(node));
  if (!currency || !value || value->sign() < 0) return std::nullopt;
  const auto minor = value->exact(currency->exponent());
  return minor ? std::optional(Money{*minor, *currency}) : std::nullopt;
}

/// A choice of day and instant, whose first ten letters are the day.
std::optional<Day> day_of(const xmlNode* node) {
  const std::string day = text_of(child(node, "Dt"));
  return Day::parse(day.empty() ? text_of(child(node, "DtTm")).substr(0, 10) : day);
}

std::optional<std::int64_t> charges_of(const xmlNode* node, const std::optional<Money>& amount) {
  const auto total = amount_of(at(node, {"Chrgs", "TtlChrgsAndTaxAmt"}));
  if (!total || !amount || total->currency != amount->currency) return std::nullopt;
  return total->amount;
}

/// What an entry says of all its details.
AccountEntry entry_of(const xmlNode* node) {
  AccountEntry out;
  out.line = xmlGetLineNo(node);
  out.amount = amount_of(child(node, "Amt"));
  out.is_debit = text_of(child(node, "CdtDbtInd")) == "DBIT";
  // Until version .07 the status is a bare word.
  const xmlNode* status = child(node, "Sts");
  out.is_booked = text_of(child(status, "Cd") != nullptr ? child(status, "Cd") : status) == "BOOK";
  const std::string reversal = text_of(child(node, "RvslInd"));
  out.is_return = !out.is_debit && (reversal == "true" || reversal == "1");
  out.bank_reference = given(text_of(child(node, "AcctSvcrRef")));
  out.booked_on = day_of(child(node, "BookgDt"));
  out.fee = charges_of(node, out.amount);
  return out;
}

AccountEntry detail_of(AccountEntry entry, const xmlNode* node, bool is_only) {
  AccountEntry out = std::move(entry);
  out.line = xmlGetLineNo(node);
  out.reference = text_of(at(node, {"Refs", "EndToEndId"}));
  if (auto reference = given(text_of(at(node, {"Refs", "AcctSvcrRef"}))))
    out.bank_reference = std::move(reference);
  if (const auto* own = child(node, "CdtDbtInd")) out.is_debit = text_of(own) == "DBIT";
  // The entry's own amount and charges are those of all its details together.
  if (const auto* own = child(node, "Amt"))
    out.amount = amount_of(own);
  else if (const auto* within = at(node, {"AmtDtls", "TxAmt", "Amt"}))
    out.amount = amount_of(within);
  else if (!is_only)
    out.amount.reset();
  if (child(node, "Chrgs") != nullptr)
    out.fee = charges_of(node, out.amount);
  else if (!is_only)
    out.fee.reset();
  if (const auto* back = child(node, "RtrInf")) {
    out.is_return = !out.is_debit;
    const std::string code = text_of(at(back, {"Rsn", "Cd"}));
    out.reason = given(code.empty() ? text_of(at(back, {"Rsn", "Prtry"})) : code);
  }
  return out;
}

template <class Visit>
void each(const xmlNode* parent, std::string_view name, Visit visit) {
  for (const xmlNode* node = parent == nullptr ? nullptr : parent->children; node != nullptr;
       node = node->next)
    if (node->type == XML_ELEMENT_NODE && name_of(node) == name) visit(node);
}

}  // namespace

std::expected<std::vector<SepaResult>, std::string> read_pain002(std::string_view xml) {
  const auto document = read_xml(xml);
  if (!document) return std::unexpected(document.error());
  const xmlNode* report = child(xmlDocGetRootElement(document->get()), "CstmrPmtStsRpt");
  if (report == nullptr) return std::unexpected("no CstmrPmtStsRpt: not a pain.002");
  std::vector<SepaResult> out;
  for (const xmlNode* group = report->children; group != nullptr; group = group->next) {
    if (group->type != XML_ELEMENT_NODE || name_of(group) != "OrgnlPmtInfAndSts") continue;
    for (const xmlNode* one = group->children; one != nullptr; one = one->next) {
      if (one->type != XML_ELEMENT_NODE || name_of(one) != "TxInfAndSts") continue;
      const std::string reason = text_of(at(one, {"StsRsnInf", "Rsn", "Cd"}));
      out.push_back({text_of(child(one, "OrgnlEndToEndId")), text_of(child(one, "TxSts")),
                     reason.empty() ? std::nullopt : std::optional(reason)});
    }
  }
  return out;
}

std::expected<std::vector<AccountEntry>, std::string> read_camt053(std::string_view xml) {
  const auto document = read_xml(xml);
  if (!document) return std::unexpected(document.error());
  const xmlNode* report = child(xmlDocGetRootElement(document->get()), "BkToCstmrStmt");
  if (report == nullptr) return std::unexpected("no BkToCstmrStmt: not a camt.053");
  std::vector<AccountEntry> out;
  each(report, "Stmt", [&](const xmlNode* statement) {
    each(statement, "Ntry", [&](const xmlNode* entry) {
      std::vector<const xmlNode*> details;
      each(entry, "NtryDtls", [&](const xmlNode* group) {
        each(group, "TxDtls", [&](const xmlNode* one) { details.push_back(one); });
      });
      const AccountEntry whole = entry_of(entry);
      for (const auto* one : details) out.push_back(detail_of(whole, one, details.size() == 1));
      if (details.empty()) out.push_back(whole);
    });
  });
  return out;
}

}  // namespace tandem::payouts
