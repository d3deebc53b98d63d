#include "payouts/adapters/sepa.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace tandem::payouts {

namespace {

constexpr std::size_t kIdMax = 35, kNameMax = 70, kRemittanceMax = 140;
constexpr std::int64_t kAmountMax = 99'999'999'999;  // 999999999.99

struct Latin {
  char32_t first, last;
  std::string_view letters;  // one for each, in order
};
constexpr std::array<Latin, 2> kLatin{{
    {0xC0, 0xFF, "AAAAAAACEEEEIIIIDNOOOOO.OUUUUYTsaaaaaaaceeeeiiiidnooooo.ouuuuyty"},
    {0x100, 0x17F,
     "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUu"
     "UuWwYyYZzZzZzs"},
}};
// U+0410 А to U+044F я, then the letters of Uzbek and ё, є, і, ї apart.
constexpr std::array<std::string_view, 32> kCyrillic{
    "A", "B", "V", "G", "D", "E",  "Zh", "Z",  "I",  "Y",   "K", "L", "M", "N", "O",  "P",
    "R", "S", "T", "U", "F", "Kh", "Ts", "Ch", "Sh", "Sch", "",  "Y", "",  "E", "Yu", "Ya"};

bool is_sepa(char32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return c < 0x80 && std::string_view("/-?:().,'+ ").contains(static_cast<char>(c));
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string in_latin(char32_t c) {
  if (is_sepa(c)) return {static_cast<char>(c)};
  for (const auto& range : kLatin)
    if (c >= range.first && c <= range.last)
      return {range.letters[static_cast<std::size_t>(c - range.first)]};
  if (c >= 0x410 && c <= 0x42F) return std::string(kCyrillic[static_cast<std::size_t>(c - 0x410)]);
  if (c >= 0x430 && c <= 0x44F) return lowered(kCyrillic[static_cast<std::size_t>(c - 0x430)]);
  if (c == 0x2018 || c == 0x2019 || c == 0x2BB || c == 0x2BC) return "'";
  constexpr std::array<std::pair<char32_t, std::string_view>, 12> kApart{{{0x401, "Yo"},
                                                                          {0x451, "yo"},
                                                                          {0x40E, "O'"},
                                                                          {0x45E, "o'"},
                                                                          {0x49A, "Q"},
                                                                          {0x49B, "q"},
                                                                          {0x492, "G'"},
                                                                          {0x493, "g'"},
                                                                          {0x4B2, "H"},
                                                                          {0x4B3, "h"},
                                                                          {0x406, "I"},
                                                                          {0x456, "i"}}};
  for (const auto& [from, to] : kApart)
    if (c == from) return std::string(to);
  return ".";
}

/// The next code point of valid UTF-8; takes it off the text.
char32_t take(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t out = size == 1 ? lead : lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size && i < text.size(); ++i)
    out = (out << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(std::min(size, text.size()));
  return out;
}

/// Cents as euros with two decimals.
std::string euros(std::int64_t cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

/// Ids neither begin nor end with a slash, nor have two of them in a row.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdMax && std::ranges::all_of(text, [](char c) {
    return is_sepa(static_cast<unsigned char>(c)) && c != '/' && c != ' ';
  });
}

/// The older version takes fewer BICs: six letters, then a place that is not 0 or 1 nor ends in O.
bool fits(std::string_view bic, SepaFormat format) {
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  return format == SepaFormat::pain_001_001_09 || (std::ranges::all_of(bic.substr(0, 6), is_letter) &&
                                                   bic[6] != '0' && bic[6] != '1' && bic[7] != 'O');
}

/// An agent without a BIC is told apart by the IBAN: empty.
std::string agent(std::string_view element, const std::optional<std::string>& bic, SepaFormat format) {
  if (!bic || !fits(*bic, format)) return {};
  return fmt::format("<{0}><FinInstnId><{1}>{2}</{1}></FinInstnId></{0}>", element,
                     format == SepaFormat::pain_001_001_03 ? "BIC" : "BICFI", *bic);
}

}  // namespace

std::string sepa_text(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) out += in_latin(take(text));
  out = out.substr(0, most);
  const auto begin = out.find_first_not_of(' ');
  if (begin == std::string::npos) return ".";
  return out.substr(begin, out.find_last_not_of(' ') - begin + 1);
}

std::string write_pain001(const SepaFile& file) {
  TANDEM_ASSERT(!file.payments.empty() && is_id(file.message_id), "a file of no payment, or {}",
                file.message_id);
  std::int64_t sum = 0;
  std::string payments;
  const std::string remittance = sepa_text(file.remittance, kRemittanceMax);
  for (const auto& one : file.payments) {
    TANDEM_ASSERT(one.amount > 0 && one.amount <= kAmountMax && is_id(one.reference), "{} cents of {}",
                  one.amount, one.reference);
    sum += one.amount;
    payments += fmt::format(
        "\n  <CdtTrfTxInf><PmtId><InstrId>{0}</InstrId><EndToEndId>{0}</EndToEndId></PmtId>"
        "<Amt><InstdAmt Ccy=\"EUR\">{1}</InstdAmt></Amt>{2}<Cdtr><Nm>{3}</Nm></Cdtr>"
        "<CdtrAcct><Id><IBAN>{4}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>{5}</Ustrd></RmtInf></CdtTrfTxInf>",
        one.reference, euros(one.amount), agent("CdtrAgt", one.bic, file.format),
        sepa_text(one.name, kNameMax), one.iban, remittance);
  }
  const std::string payer = sepa_text(file.payer_name, kNameMax);
  // A debtor's agent is required; without a BIC the bank is told apart by the IBAN.
  std::string payer_agent = agent("DbtrAgt", file.payer_bic, file.format);
  if (payer_agent.empty())
    payer_agent = "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>";
  const bool is_old = file.format == SepaFormat::pain_001_001_03;
  const std::string day = file.execute_on.str();
  const std::string created = file.created_at.str().substr(0, 19) + "Z";
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.{9}\"><CstmrCdtTrfInitn>\n"
      " <GrpHdr><MsgId>{0}</MsgId><CreDtTm>{1}</CreDtTm><NbOfTxs>{2}</NbOfTxs><CtrlSum>{3}</CtrlSum>"
      "<InitgPty><Nm>{4}</Nm></InitgPty></GrpHdr>\n"
      " <PmtInf><PmtInfId>{0}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg><NbOfTxs>{2}</NbOfTxs>"
      "<CtrlSum>{3}</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt>{5}</ReqdExctnDt>"
      "<Dbtr><Nm>{4}</Nm></Dbtr><DbtrAcct><Id><IBAN>{6}</IBAN></Id><Ccy>EUR</Ccy></DbtrAcct>{7}<ChrgBr>SLEV</ChrgBr>"
      "{8}\n </PmtInf>\n</CstmrCdtTrfInitn></Document>\n",
      file.message_id, created, file.payments.size(), euros(sum), payer,
      is_old ? day : "<Dt>" + day + "</Dt>", file.payer_iban, payer_agent, payments, is_old ? "03" : "09");
}

}  // namespace tandem::payouts
