#include "support/chartmogul_emulator.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace tandem::test {

namespace {

/// The parameters of a target; what the poller sends percent-encoded are cursors of ours, which need none.
std::map<std::string, std::string> parameters_of(std::string_view target) {
  std::map<std::string, std::string> out;
  auto query =
      target.find('?') == std::string_view::npos ? std::string_view() : target.substr(target.find('?') + 1);
  while (!query.empty()) {
    const auto one = query.substr(0, query.find('&'));
    const auto equals = one.find('=');
    out.emplace(one.substr(0, equals),
                equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
  }
  return out;
}

std::string json_of(const EmulatedTransaction& transaction) {
  return fmt::format(
      R"({{"uuid":"{}","external_id":"pay_{}","type":"{}","date":"{}","result":"{}","amount_in_cents":{},)"
      R"("transaction_fees_in_cents":null,"disabled":{}}})",
      transaction.uuid, transaction.uuid, transaction.type, transaction.date, transaction.result,
      transaction.amount_in_cents ? std::to_string(*transaction.amount_in_cents) : "null",
      transaction.disabled);
}

std::string json_of(const EmulatedInvoice& invoice) {
  std::vector<std::string> lines, transactions;
  for (const auto& line : invoice.lines)
    lines.push_back(
        fmt::format(R"({{"uuid":"li_1","type":"{}","plan_uuid":"{}","amount_in_cents":{},"quantity":1,)"
                    R"("discount_amount_in_cents":0,"tax_amount_in_cents":{}}})",
                    line.type, line.plan_uuid, line.amount_in_cents, line.tax_amount_in_cents));
  for (const auto& transaction : invoice.transactions) transactions.push_back(json_of(transaction));
  return fmt::format(
      R"({{"uuid":"{}","customer_uuid":"{}","customer_external_id":"{}","external_id":"INV-{}","currency":"{}",)"
      R"("status":"paid","date":"2026-03-11T00:00:00.000Z","due_date":null,"disabled":{},"line_items":[{}],)"
      R"("transactions":[{}]}})",
      invoice.uuid, invoice.customer_uuid, invoice.customer_external_id, invoice.uuid, invoice.currency,
      invoice.disabled, fmt::join(lines, ","), fmt::join(transactions, ","));
}

std::string problem(int status, std::string_view message) {
  return local_answer(status, fmt::format(R"({{"code":{},"message":"{}"}})", status, message));
}

std::optional<std::size_t> number(const std::string& text) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

ChartMogulEmulator::ChartMogulEmulator(boost::asio::any_io_executor executor, std::string api_key)
    : authorization_("Basic " + to_base64(api_key + ":")),
      server_(executor, [this](LocalRequest request, LocalWrite write) { return answer(request, write); }) {}

std::size_t ChartMogulEmulator::calls(std::string_view target_prefix) const {
  return static_cast<std::size_t>(std::ranges::count_if(journal, [&](const std::string& line) {
    return std::string_view(line).substr(4).starts_with(target_prefix);
  }));
}

Task<> ChartMogulEmulator::answer(LocalRequest request, LocalWrite write) {
  journal.push_back(request.method + " " + request.target);
  co_await write(said(request));
}

std::string ChartMogulEmulator::said(const LocalRequest& request) {
  if (!faults.empty() && request.target.starts_with(faults.front().path)) {
    const EmulatedFault fault = faults.front();
    faults.pop_front();
    if (fault.is_malformed) return local_answer(200, R"({"invoices":[{"uuid")");
    if (fault.status == 0) return {};
    return local_answer(fault.status, R"({"message":"Your request rate has exceeded our rate limit."})",
                        fault.headers);
  }
  if (request.header("authorization") != authorization_) return problem(401, "No valid API key provided");
  if (request.method != "GET") return problem(404, "Not found");
  const auto path = request.target.substr(0, request.target.find('?'));
  if (path == "/v1/ping") return local_answer(200, R"({"data":"pong!"})");
  if (path == "/v1/invoices") return invoice_page(request);
  constexpr std::string_view kCustomers = "/v1/customers/";
  if (path.starts_with(kCustomers)) {
    const auto found = emails.find(path.substr(kCustomers.size()));
    if (found == emails.end()) return problem(404, "Customer not found");
    return local_answer(200, fmt::format(R"({{"uuid":"{}","name":"Example Ltd","email":"{}"}})", found->first,
                                         found->second));
  }
  return problem(404, "Not found");
}

std::string ChartMogulEmulator::invoice_page(const LocalRequest& request) const {
  const auto parameters = parameters_of(request.target);
  if (parameters.contains("page")) return problem(400, "The page parameter is no longer supported");
  const auto text = [&](const std::string& name, const std::string& otherwise) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? otherwise : found->second;
  };
  const auto per_page = number(text("per_page", "100"));
  if (!per_page || *per_page < 1 || *per_page > 200)
    return problem(400, "per_page must be between 1 and 200");
  const std::string cursor = text("cursor", "c0");
  const auto at = cursor.starts_with('c') ? number(cursor.substr(1)) : std::nullopt;
  if (!at || *at > invoices.size()) return problem(400, "Invalid cursor");
  const bool with_disabled = text("with_disabled", "false") == "true";
  const std::size_t end = std::min(invoices.size(), *at + std::min(*per_page, page_size_max));
  std::vector<std::string> listed;
  for (std::size_t i = *at < duplicates ? 0 : *at - duplicates; i < end; ++i)
    if (with_disabled || !invoices[i].disabled) listed.push_back(json_of(invoices[i]));
  return local_answer(200, fmt::format(R"({{"invoices":[{}],"cursor":"c{}","has_more":{}}})",
                                       fmt::join(listed, ","), end, end < invoices.size()));
}

}  // namespace tandem::test
