// PayPal Payouts, Wise and Stripe Connect as far as payouts need them: their flows, refusals, idempotency and
// signed messages, and faults on demand. In tests only; they run on the test's event loop.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>

#include "support/local_server.hpp"

namespace tandem::test {

/// What happens to the next call whose method and target begin so.
struct PayoutFault {
  std::string call;       // "POST /v1/transfers"
  int status = 0;         // 0: the connection is closed without a word
  bool is_after = false;  // the call has its effect, only the answer is lost
};

/// An RSA key for signing messages, made anew.
class SigningKey {
 public:
  SigningKey();
  std::string public_pem() const;
  /// RSASSA-PKCS1-v1_5 with SHA-256, base64.
  std::string sign(const std::string& bytes) const;
  /// A certificate of this key by that authority, or by itself: an authority of its own. PEM; good for a day
  /// around the clock's now.
  std::string certificate(const SigningKey* authority = nullptr) const;

 private:
  std::shared_ptr<void> key_;
};

class PayoutEmulator {
 public:
  explicit PayoutEmulator(boost::asio::any_io_executor executor);
  virtual ~PayoutEmulator() = default;
  std::string base_url() const;
  std::deque<PayoutFault> faults;
  std::vector<std::string> journal;  // method and target of each call
  std::int64_t calls(std::string_view prefix) const;

 protected:
  /// The whole answer to one call.
  virtual std::string said(const LocalRequest& request) = 0;

 private:
  Task<> answer(LocalRequest request, LocalWrite write);
  LocalServer server_;
};

/// Batches by their sender_batch_id; each item has the status that its receiver is given, SUCCESS unless
/// told.
class PayPalEmulator : public PayoutEmulator {
 public:
  using PayoutEmulator::PayoutEmulator;
  struct Batch {
    std::string id, sender_batch_id, sender_item_id, receiver, value, currency;
  };
  std::map<std::string, Batch> batches;          // by sender_batch_id
  std::map<std::string, std::string> status_of;  // by receiver: UNCLAIMED, FAILED …
  std::set<std::string> denied;                  // receivers whose batch is denied
  bool has_funds = true;
  std::set<std::string> tokens;  // that are good; clear() ends them
  SigningKey key, authority;     // its messages are signed by `key`, certified by `authority`
  bool has_certificate = true;
  std::string webhook_id = "WH-EMULATED";
  /// Thirty days on: what nobody claimed goes back.
  void return_unclaimed();
  /// A message about a batch's item, with the headers that PayPal sends.
  std::pair<std::string, std::vector<std::pair<std::string, std::string>>> message(
      const std::string& sender_batch_id, const std::string& id) const;

 protected:
  std::string said(const LocalRequest& request) override;

 private:
  std::string create(const std::string& body);
  std::string show(const std::string& id) const;
};

class WiseEmulator : public PayoutEmulator {
 public:
  using PayoutEmulator::PayoutEmulator;
  struct Transfer {
    std::int64_t id = 0;
    std::string target_amount, currency, status = "incoming_payment_waiting", quote, source;
  };
  std::map<std::string, Transfer> transfers;  // by customerTransactionId
  std::int64_t funded = 0;                    // how many payments out of the balance were made
  bool has_funds = true, quotes_expire = false;
  std::string source_amount = "111.03";  // what every quote takes from the balance
  SigningKey key;
  /// GET /v1/simulation/transfers/{id}/{status} does the same.
  void set_status(std::int64_t id, const std::string& status);

 protected:
  std::string said(const LocalRequest& request) override;

 private:
  Transfer* find(std::int64_t id);
  struct Quote {
    std::string amount, currency, source;
  };
  std::map<std::string, Quote> quotes_;
};

class StripeEmulator : public PayoutEmulator {
 public:
  using PayoutEmulator::PayoutEmulator;
  struct Transfer {
    std::string id, amount, currency, destination, group;
    bool is_reversed = false;
  };
  std::vector<Transfer> transfers;
  std::int64_t balance = 1'000'000'000;
  std::set<std::string> incapable;  // accounts without the capability `transfers`
  std::set<std::string> missing;    // accounts that do not exist
  /// Accounts that were made here, by the name that they got; others exist and can be paid.
  struct Account {
    std::string country, transfers = "inactive", reason = "requirements.past_due";
    bool is_submitted = false, pays_out = false;
  };
  std::map<std::string, Account> accounts;
  std::set<std::string> refused_countries;
  std::int64_t links = 0;  // how many were made
  /// The partner has told everything, and is believed.
  void complete(const std::string& account);

 protected:
  std::string said(const LocalRequest& request) override;

 private:
  std::string said_of_accounts(const LocalRequest& request);
  std::map<std::string, std::string> by_key_;  // answers by Idempotency-Key
};

}  // namespace tandem::test
