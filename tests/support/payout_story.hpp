// A story with money that is due: partners with earnings whose hold has ended, payout methods that have
// cooled down, and people who approve.
//
//   PayoutStory s;
//   const auto partner = s.payee(12'345);
//   const auto run = s.draft({partner});
//   s.as(s.boris).post("/api/payout-runs/" + member(run.body, "id") + "/approval");
#pragma once
#include <string>
#include <vector>

#include "support/bad_input.hpp"
#include "support/story.hpp"

namespace tandem::test {

class PayoutStory : public Story {
 public:
  using Story::partner;
  ActorId anna{new_uuid()}, boris{new_uuid()}, carla{new_uuid()};  // people of the staff; anna asks for runs

  /// The staff's app, as this person.
  TestApp& as(ActorId who);
  /// Settings of the organization.
  void set(const std::string& settings);
  /// A partner with this much due, in cents.
  PartnerId earner(std::int64_t cents);
  /// So much more is due to a partner of earner().
  void earn(PartnerId partner_id, std::int64_t cents);
  /// The same with a payout method that has cooled down; an IBAN in EUR has the rail sepa, the rest is as
  /// given.
  PartnerId payee(std::int64_t cents, const std::string& rail = "bank",
                  const std::string& account = "1234567890");
  /// A new payout method in USD, which cools down.
  void method(PartnerId partner_id, const std::string& rail = "bank",
              const std::string& account = "1234567890", const std::string& more = "");
  void cool_down(PartnerId partner_id);
  /// A refund after the hold, of this much commission.
  void owe_back(PartnerId partner_id, std::int64_t cents);
  void approve_form(PartnerId partner_id);
  std::string request(const std::vector<PartnerId>& partners) const;
  static std::string about(PartnerId partner_id);
  /// A run of these partners, asked for by anna.
  Answer draft(const std::vector<PartnerId>& partners);
  /// The same, approved by boris and sent by anna; its path.
  std::string sent(const std::vector<PartnerId>& partners);
  /// The latest payout of a partner.
  std::string payout_of(PartnerId partner_id);
  std::string payout_state(PartnerId partner_id);
  /// Of a partner's account in USD.
  std::int64_t balance(const std::string& account, PartnerId partner_id);
  /// Of a partner's earnings, in the order of their making: "due due".
  std::string states(PartnerId partner_id);

 private:
  int sales_ = 0;
};

/// What a PDF says, as pdftotext lays it out.
std::string pdf_text(const std::string& pdf);

}  // namespace tandem::test
