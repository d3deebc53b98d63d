#include "support/rates_emulator.hpp"

#include <ranges>

namespace tandem::test {

RatesEmulator::RatesEmulator(boost::asio::any_io_executor executor)
    : server_(executor, [this](LocalRequest request, LocalWrite write) {
        return answer(std::move(request), std::move(write));
      }) {}

Task<> RatesEmulator::answer(LocalRequest request, LocalWrite write) {
  journal.push_back(request.target);
  std::string body = said(request.target);
  if (faults.empty()) {
    co_await write(local_answer(body.empty() ? 404 : 200, body));
    co_return;
  }
  const EmulatedRateFault fault = faults.front();
  faults.pop_front();
  if (fault.is_protection_page) {
    co_await write(local_answer(200, "<!DOCTYPE html><html><body>Checking your browser</body></html>"));
  } else if (fault.is_truncated) {
    co_await write(local_answer(200, body.substr(0, body.size() / 2)));
  } else if (fault.status != 0) {
    co_await write(local_answer(fault.status, "busy"));
  }
}

std::string RatesEmulator::said(const std::string& target) const {
  if (target == "/json/") {
    std::string out = "[";
    for (const auto& row : cbu) {
      if (out.size() > 1) out += ',';
      out += fmt::format(R"({{"id":1,"Code":"000","Ccy":"{}","CcyNm_RU":"Валюта","CcyNm_UZC":"Валюта",)"
                         R"("Nominal":"{}","Rate":"{}","Diff":"-25.52","Date":"{}"}})",
                         row.currency, row.nominal, row.rate, cbu_date);
    }
    return out + "]";
  }
  const bool is_day = target == "/eurofxref-daily.xml";
  if (!is_day && target != "/eurofxref-hist-90d.xml") return {};
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gesmes:Envelope "
      "xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\">\n<gesmes:subject>Reference rates</gesmes:subject>\n<Cube>\n";
  for (const auto& [day, rates] : ecb | std::views::reverse) {
    out += fmt::format("<Cube time='{}'>\n", day);
    for (const auto& [currency, rate] : rates)
      out += fmt::format("<Cube currency='{}' rate='{}'/>\n", currency, rate);
    out += "</Cube>\n";
    if (is_day) break;
  }
  return out + "</Cube>\n</gesmes:Envelope>\n";
}

}  // namespace tandem::test
