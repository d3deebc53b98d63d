// What stories begin with: partners, deals, links and keys, made through the features' own functions.
//
//   FeatureFixture f;
//   const auto partner = f.partner();
//   f.deal(partner, RatePpm{50'000});
//   const auto link = f.link(partner);
#pragma once
#include <string>
#include <vector>

#include "attribution/links.hpp"
#include "identity/api.hpp"
#include "partners/deals.hpp"
#include "partners/partners.hpp"
#include "support/fixture.hpp"

namespace tandem::test {

class FeatureFixture : public Fixture {
 public:
  FeatureFixture();

  using Fixture::partner;
  /// An active partner.
  PartnerId partner();
  /// A partner that has applied and is not approved.
  PartnerId applied_partner();
  /// An active deal since 2000-01-01: this percentage of every sale, without a hold.
  partners::DealId deal(PartnerId partner_id, RatePpm rate);
  /// The same with terms of one's own.
  partners::DealId deal(PartnerId partner_id, std::vector<partners::TermInput> terms);
  /// A percentage term on sales, to build on.
  static partners::TermInput percentage(RatePpm rate);
  attribution::Link link(PartnerId partner_id);

  /// Secrets, to be sent as "Authorization: Bearer …".
  std::string staff_key();
  std::string partner_key(PartnerId partner_id);
  /// A public key, to be sent as X-Site-Key from this origin.
  std::string site_key(std::vector<std::string> origins = {"https://shop.example"});

 private:
  PartnerId make_partner(bool approved);
  int partners_made_ = 0;
};

}  // namespace tandem::test
