#include "support/payout_emulators.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <zlib.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "base/json_view.hpp"
#include "crypto/rsa.hpp"

namespace tandem::test {

namespace {

std::string text(const json::View& view) { return std::string(view.text().value_or("")); }

/// The number after "name": as it is written.
std::string raw(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 3;
  return json.substr(begin, json.find_first_not_of("0123456789.", begin) - begin);
}

std::map<std::string, std::string> form(std::string_view body) {
  std::map<std::string, std::string> out;
  while (!body.empty()) {
    const auto one = body.substr(0, body.find('&'));
    const auto equals = one.find('=');
    if (equals != std::string_view::npos) out.emplace(one.substr(0, equals), one.substr(equals + 1));
    body.remove_prefix(std::min(body.size(), one.size() + 1));
  }
  return out;
}

}  // namespace

SigningKey::SigningKey()
    : key_(EVP_RSA_gen(2048), [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }) {}

std::string SigningKey::public_pem() const {
  const std::unique_ptr<BIO, decltype([](BIO* b) { BIO_free(b); })> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), static_cast<EVP_PKEY*>(key_.get()));
  std::string pem(4096, '\0');
  pem.resize(static_cast<std::size_t>(BIO_read(out.get(), pem.data(), static_cast<int>(pem.size()))));
  while (!pem.empty() && pem.back() == '\n') pem.pop_back();
  return pem;
}

std::string SigningKey::certificate(const SigningKey* authority) const {
  const std::unique_ptr<X509, decltype([](X509* c) { X509_free(c); })> made(X509_new());
  const auto name = [](X509_NAME* into, const char* text) {
    X509_NAME_add_entry_by_txt(into, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text), -1, -1,
                               0);
  };
  constexpr std::int64_t kDay = 86'400;
  const auto now = Clock::now().unix_seconds();
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), authority != nullptr ? 2 : 1);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), now - kDay);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), now + kDay);
  name(X509_get_subject_name(made.get()), authority != nullptr ? "messages.example" : "Test Authority");
  name(X509_get_issuer_name(made.get()), "Test Authority");
  X509_set_pubkey(made.get(), static_cast<EVP_PKEY*>(key_.get()));
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, made.get(), made.get(), nullptr, nullptr, 0);
  X509_EXTENSION* basic = X509V3_EXT_conf_nid(nullptr, &context, NID_basic_constraints,
                                              authority != nullptr ? "CA:FALSE" : "critical,CA:TRUE");
  X509_add_ext(made.get(), basic, -1);
  X509_EXTENSION_free(basic);
  X509_sign(made.get(), static_cast<EVP_PKEY*>((authority != nullptr ? authority : this)->key_.get()),
            EVP_sha256());
  const std::unique_ptr<BIO, decltype([](BIO* b) { BIO_free(b); })> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), made.get());
  std::string pem(8192, '\0');
  pem.resize(static_cast<std::size_t>(BIO_read(out.get(), pem.data(), static_cast<int>(pem.size()))));
  return pem;
}

std::string SigningKey::sign(const std::string& bytes) const {
  const std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* c) { EVP_MD_CTX_free(c); })> context(
      EVP_MD_CTX_new());
  std::string out(512, '\0');
  std::size_t size = out.size();
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, static_cast<EVP_PKEY*>(key_.get()));
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                 reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  out.resize(size);
  return to_base64(out);
}

PayoutEmulator::PayoutEmulator(boost::asio::any_io_executor executor)
    : server_(std::move(executor), [this](LocalRequest request, LocalWrite write) {
        return answer(std::move(request), std::move(write));
      }) {}

std::string PayoutEmulator::base_url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }

std::int64_t PayoutEmulator::calls(std::string_view prefix) const {
  return std::ranges::count_if(journal, [&](const std::string& line) { return line.starts_with(prefix); });
}

Task<> PayoutEmulator::answer(LocalRequest request, LocalWrite write) {
  const std::string call = request.method + " " + request.target;
  journal.push_back(call);
  if (!faults.empty() && call.starts_with(faults.front().call)) {
    const auto fault = faults.front();
    faults.pop_front();
    if (fault.is_after) said(request);
    if (fault.status != 0) co_await write(local_answer(fault.status, R"({"name":"EMULATED"})"));
    co_return;
  }
  co_await write(said(request));
}

// ------------------------------------------------------------------ PayPal

std::string PayPalEmulator::said(const LocalRequest& request) {
  if (request.target == "/v1/oauth2/token") {
    if (request.header("authorization") != "Basic " + to_base64("client:client-secret"))
      return local_answer(401, R"({"error":"invalid_client"})");
    const std::string token = "A21AA" + new_uuid().str();
    tokens.insert(token);
    return local_answer(
        200, fmt::format(R"({{"scope":"..","access_token":"{}","token_type":"Bearer","expires_in":32400}})",
                         token));
  }
  if (request.target.starts_with("/v1/notifications/certs/"))
    return has_certificate ? local_answer(200, key.certificate(&authority)) : local_answer(404, "{}");
  const std::string authorization = request.header("authorization");
  if (!authorization.starts_with("Bearer ") || !tokens.contains(authorization.substr(7)))
    return local_answer(401, R"({"error":"invalid_token"})");
  if (request.method == "POST" && request.target == "/v1/payments/payouts") return create(request.body);
  constexpr std::string_view kBatches = "/v1/payments/payouts/";
  if (request.method == "GET" && request.target.starts_with(kBatches))
    return show(request.target.substr(kBatches.size(), request.target.find('?') - kBatches.size()));
  if (request.target == "/v1/notifications/verify-webhook-signature") {
    const auto document = json::Document::parse(request.body);
    const auto at = request.body.find(R"("webhook_event":)");
    const std::string event = request.body.substr(at + 16, request.body.size() - at - 17);
    const auto root = document->root();
    const std::string signed_text =
        fmt::format("{}|{}|{}|{}", text(root["transmission_id"]), text(root["transmission_time"]),
                    text(root["webhook_id"]),
                    crc32(0, reinterpret_cast<const Bytef*>(event.data()), static_cast<uInt>(event.size())));
    const auto signature = from_base64(text(root["transmission_sig"]));
    const bool is_good = signature && text(root["webhook_id"]) == webhook_id &&
                         crypto::verify_rsa_sha256(key.public_pem(), signed_text, *signature);
    return local_answer(200,
                        fmt::format(R"({{"verification_status":"{}"}})", is_good ? "SUCCESS" : "FAILURE"));
  }
  return local_answer(404, R"({"name":"RESOURCE_NOT_FOUND"})");
}

std::string PayPalEmulator::create(const std::string& body) {
  const auto document = json::Document::parse(body);
  const auto root = document->root();
  const auto item = root["items"].items().at(0);
  const std::string name = text(root["sender_batch_header"]["sender_batch_id"]);
  if (const auto known = batches.find(name); known != batches.end())
    return local_answer(400,
                        fmt::format(R"({{"name":"USER_BUSINESS_ERROR","message":"Duplicate","debug_id":"d",)"
                                    R"("links":[{{"href":"{}/v1/payments/payouts/{}","rel":"self"}}]}})",
                                    base_url(), known->second.id));
  if (!has_funds) return local_answer(422, R"({"name":"INSUFFICIENT_FUNDS","message":"..","debug_id":"d"})");
  Batch batch{.id = "B" + new_uuid().str().substr(24),
              .sender_batch_id = name,
              .sender_item_id = text(item["sender_item_id"]),
              .receiver = text(item["receiver"]),
              .value = text(item["amount"]["value"]),
              .currency = text(item["amount"]["currency"])};
  batches.emplace(name, batch);
  return local_answer(
      201, fmt::format(R"({{"batch_header":{{"payout_batch_id":"{}","batch_status":"PENDING"}},"links":[]}})",
                       batch.id));
}

std::string PayPalEmulator::show(const std::string& id) const {
  for (const auto& [name, batch] : batches) {
    if (batch.id != id) continue;
    const auto status = status_of.find(batch.receiver);
    return local_answer(
        200,
        fmt::format(
            R"({{"batch_header":{{"payout_batch_id":"{0}","batch_status":"{1}"}},"items":[{{"payout_item_id":"I{0}","transaction_id":"T{0}",)"
            R"("transaction_status":"{2}","payout_item_fee":{{"currency":"{3}","value":"0.25"}},)"
            R"("payout_item":{{"receiver":"{4}","amount":{{"value":"{5}","currency":"{3}"}},"sender_item_id":"{6}"}},)"
            R"("errors":{{"name":"RECEIVER_UNREGISTERED"}}}}]}})",
            id, denied.contains(batch.receiver) ? "DENIED" : "SUCCESS",
            status == status_of.end() ? "SUCCESS" : status->second, batch.currency, batch.receiver,
            batch.value, batch.sender_item_id));
  }
  return local_answer(404, R"({"name":"RESOURCE_NOT_FOUND"})");
}

void PayPalEmulator::return_unclaimed() {
  for (auto& [receiver, status] : status_of)
    if (status == "UNCLAIMED") status = "RETURNED";
}

std::pair<std::string, std::vector<std::pair<std::string, std::string>>> PayPalEmulator::message(
    const std::string& sender_batch_id, const std::string& id) const {
  const std::string body = fmt::format(
      R"({{"id":"{}","event_type":"PAYMENT.PAYOUTS-ITEM.RETURNED","resource_type":"payouts_item","resource":)"
      R"({{"payout_item":{{"sender_item_id":"{}"}}}}}})",
      id, batches.at(sender_batch_id).sender_item_id);
  const std::string time = "2026-03-31T09:20:00Z";
  const std::string signed_text =
      fmt::format("{}|{}|{}|{}", id, time, webhook_id,
                  crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
  return {body,
          {{"paypal-auth-algo", "SHA256withRSA"},
           {"paypal-cert-url", fmt::format("{}/v1/notifications/certs/CERT-{}", base_url(), id)},
           {"paypal-transmission-id", id},
           {"paypal-transmission-time", time},
           {"paypal-transmission-sig", key.sign(signed_text)}}};
}

// ------------------------------------------------------------------ Wise

WiseEmulator::Transfer* WiseEmulator::find(std::int64_t id) {
  for (auto& [name, transfer] : transfers)
    if (transfer.id == id) return &transfer;
  return nullptr;
}

void WiseEmulator::set_status(std::int64_t id, const std::string& status) { find(id)->status = status; }

std::string WiseEmulator::said(const LocalRequest& request) {
  if (request.header("authorization") != "Bearer wise-token")
    return local_answer(401, R"({"error":"invalid_token"})");
  const auto document = json::Document::parse(request.body.empty() ? "{}" : request.body);
  const auto root = document->root();
  const std::string& target = request.target;
  if (target == "/v3/profiles/101/quotes") {
    const std::string id = new_uuid().str();
    quotes_[id] = {raw(request.body, "targetAmount"), text(root["targetCurrency"]),
                   text(root["sourceCurrency"])};
    return local_answer(200, fmt::format(R"({{"id":"{}","rate":0.9123,"paymentOptions":[]}})", id));
  }
  if (target.starts_with("/v3/profiles/101/quotes/"))
    return local_answer(
        200,
        fmt::format(
            R"({{"id":"q","rate":0.9123,"sourceAmount":null,"paymentOptions":[)"
            R"({{"payIn":"BANK_TRANSFER","fee":{{"total":1.2}},"sourceAmount":999.99,"disabled":false}},)"
            R"({{"payIn":"BALANCE","fee":{{"total":0.87}},"sourceAmount":{},"disabled":false}}]}})",
            source_amount));
  if (target == "/v1/accounts")
    return local_answer(200,
                        fmt::format(R"({{"id":{},"active":true}})", 40'000 + calls("POST /v1/accounts")));
  const auto shown = [](const Transfer& one) {
    return local_answer(
        200, fmt::format(R"({{"id":{},"status":"{}","targetCurrency":"{}","targetValue":{},"quoteUuid":"{}",)"
                         R"("sourceCurrency":"{}"}})",
                         one.id, one.status, one.currency, one.target_amount, one.quote, one.source));
  };
  if (request.method == "POST" && target == "/v1/transfers") {
    const auto quote = quotes_.find(text(root["quoteUuid"]));
    const std::string name = text(root["customerTransactionId"]);
    if (const auto known = transfers.find(name); known != transfers.end()) return shown(known->second);
    if (quote == quotes_.end() || quotes_expire)
      return local_answer(422, R"({"errors":[{"code":"quote.expired","message":"..","path":"quoteUuid"}]})");
    auto& made = transfers[name];
    made = {.id = 16'521'631 + static_cast<std::int64_t>(transfers.size()),
            .target_amount = quote->second.amount,
            .currency = quote->second.currency,
            .quote = quote->first,
            .source = quote->second.source};
    return shown(made);
  }
  constexpr std::string_view kTransfers = "/v1/transfers/", kSimulation = "/v1/simulation/transfers/",
                             kPayments = "/v3/profiles/101/transfers/";
  if (target.starts_with(kSimulation)) {
    const auto slash = target.find('/', kSimulation.size());
    set_status(std::stoll(target.substr(kSimulation.size())), target.substr(slash + 1));
    return local_answer(200, "{}");
  }
  if (target.starts_with(kPayments)) {
    Transfer* one = find(std::stoll(target.substr(kPayments.size())));
    if (one == nullptr) return local_answer(404, "{}");
    if (!has_funds)
      return local_answer(
          200, R"({"type":"BALANCE","status":"REJECTED","errorCode":"transfer.insufficient_funds"})");
    if (one->status == "incoming_payment_waiting") {
      ++funded;
      one->status = "processing";
    }
    return local_answer(200, R"({"type":"BALANCE","status":"COMPLETED","errorCode":null})");
  }
  if (target.starts_with(kTransfers)) {
    Transfer* one = find(std::stoll(target.substr(kTransfers.size())));
    if (one == nullptr) return local_answer(404, "{}");
    if (request.method == "PUT") {
      if (one->status != "incoming_payment_waiting")
        return local_answer(409, R"({"errors":[{"code":"transfer.cancellation.not.allowed"}]})");
      one->status = "cancelled";
    }
    return shown(*one);
  }
  return local_answer(404, "{}");
}

// ------------------------------------------------------------------ Stripe

void StripeEmulator::complete(const std::string& account) {
  Account& one = accounts.at(account);
  one.is_submitted = one.pays_out = true;
  one.transfers = "active";
  one.reason.clear();
}

std::string StripeEmulator::said_of_accounts(const LocalRequest& request) {
  const auto refused = [](int status, std::string_view code) {
    return local_answer(status,
                        fmt::format(R"({{"error":{{"type":"invalid_request_error","code":"{}"}}}})", code));
  };
  constexpr std::string_view kAccounts = "/v1/accounts/";
  if (request.method == "GET") {
    const std::string name = request.target.substr(kAccounts.size());
    if (missing.contains(name)) return refused(403, "account_invalid");
    Account one{.country = "DE", .transfers = "active", .reason = "", .is_submitted = true, .pays_out = true};
    if (incapable.contains(name)) one.transfers = "inactive";
    if (const auto made = accounts.find(name); made != accounts.end()) one = made->second;
    return local_answer(
        200, fmt::format(
                 R"({{"id":"{}","object":"account","capabilities":{{"transfers":"{}"}},)"
                 R"("payouts_enabled":{},"details_submitted":{},"requirements":{{"disabled_reason":{}}}}})",
                 name, one.transfers, one.pays_out, one.is_submitted,
                 one.reason.empty() ? "null" : "\"" + one.reason + "\""));
  }
  const std::string key = request.header("idempotency-key");
  if (const auto known = by_key_.find(key); !key.empty() && known != by_key_.end())
    return local_answer(200, known->second);
  auto fields = form(request.body);
  std::string answer;
  if (request.target == "/v1/accounts") {
    if (fields["type"] != "express" || fields["capabilities[transfers][requested]"] != "true")
      return refused(400, "parameter_missing");
    if (refused_countries.contains(fields["country"])) return refused(400, "country_unsupported");
    const std::string name = fmt::format("acct_made{}", accounts.size() + 1);
    accounts[name].country = fields["country"];
    answer = fmt::format(R"({{"id":"{}","object":"account"}})", name);
  } else {
    if (!accounts.contains(fields["account"]) || fields["type"] != "account_onboarding" ||
        !fields["return_url"].starts_with("http") || !fields["refresh_url"].starts_with("http"))
      return refused(400, "parameter_missing");
    answer = fmt::format(
        R"({{"object":"account_link","expires_at":{},"url":"https://connect.stripe.example/setup/{}/{}"}})",
        Clock::now().unix_seconds() + 300, fields["account"], ++links);
  }
  if (!key.empty()) by_key_[key] = answer;
  return local_answer(200, answer);
}

std::string StripeEmulator::said(const LocalRequest& request) {
  if (request.header("authorization") != "Bearer sk_test_emulated")
    return local_answer(401, R"({"error":{"code":"invalid_api_key"}})");
  if (request.target.starts_with("/v1/account")) return said_of_accounts(request);
  const auto shown = [](const Transfer& one) {
    return fmt::format(
        R"({{"id":"{}","object":"transfer","amount":{},"amount_reversed":0,"currency":"{}","destination":"{}",)"
        R"("reversed":{},"transfer_group":"{}"}})",
        one.id, one.amount, one.currency, one.destination, one.is_reversed, one.group);
  };
  if (request.method == "GET" && request.target.starts_with("/v1/transfers?")) {
    const auto wanted = form(std::string_view(request.target).substr(14))["transfer_group"];
    std::string found;
    for (const auto& one : transfers)
      if (one.group == wanted) found = shown(one);
    return local_answer(200, R"({"object":"list","data":[)" + found + "]}");
  }
  if (request.method != "POST" || request.target != "/v1/transfers")
    return local_answer(404, R"({"error":{"code":"resource_missing"}})");
  const std::string key = request.header("idempotency-key");
  if (const auto known = by_key_.find(key); known != by_key_.end()) return local_answer(200, known->second);
  auto fields = form(request.body);
  const auto refused = [](int status, std::string_view code) {
    return local_answer(status,
                        fmt::format(R"({{"error":{{"type":"invalid_request_error","code":"{}"}}}})", code));
  };
  if (missing.contains(fields["destination"])) return refused(404, "resource_missing");
  if (incapable.contains(fields["destination"]))
    return refused(400, "insufficient_capabilities_for_transfer");
  const std::int64_t amount = std::stoll(fields["amount"]);
  if (amount > balance) return refused(400, "balance_insufficient");
  balance -= amount;
  transfers.push_back({.id = fmt::format("tr_{}", transfers.size() + 1),
                       .amount = fields["amount"],
                       .currency = fields["currency"],
                       .destination = fields["destination"],
                       .group = fields["transfer_group"]});
  by_key_[key] = shown(transfers.back());
  return local_answer(200, by_key_[key]);
}

}  // namespace tandem::test
