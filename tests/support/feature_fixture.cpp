#include "support/feature_fixture.hpp"

#include "crypto/installation.hpp"
#include "crypto/random.hpp"

namespace tandem::test {

namespace {

template <class T>
T text(std::string_view value) {
  return T::parse(value).value();
}

}  // namespace

FeatureFixture::FeatureFixture() {
  identity::set_partner_names(partners::names_of);
  if (!crypto::is_envelope_installed())
    crypto::install_envelope(
        crypto::Envelope({crypto::MasterKey(crypto::random_bytes(crypto::MasterKey::kBytes), 1)}));
}

PartnerId FeatureFixture::make_partner(bool approved) {
  partners::CreatePartner request;
  request.name = text<Text<1, 200>>("Partner " + std::to_string(++partners_made_));
  request.approved = approved;
  return tx(db::Role::write, [&](db::Tx& t) -> Task<PartnerId> {
    const auto made = co_await partners::create_partner(t, request);
    co_return made.id;
  });
}

PartnerId FeatureFixture::partner() { return make_partner(true); }
PartnerId FeatureFixture::applied_partner() { return make_partner(false); }

partners::TermInput FeatureFixture::percentage(RatePpm rate) {
  partners::TermInput term;
  term.trigger = partners::Trigger::sale;
  term.method = partners::Method::percentage;
  term.rate_ppm = rate;
  term.hold_days = 0;
  return term;
}

partners::DealId FeatureFixture::deal(PartnerId partner_id, RatePpm rate) {
  return deal(partner_id, std::vector{percentage(rate)});
}

partners::DealId FeatureFixture::deal(PartnerId partner_id, std::vector<partners::TermInput> terms) {
  partners::CreateDeal request;
  request.name = text<Text<1, 200>>("Deal");
  request.valid_from = Timestamp::parse("2000-01-01T00:00:00Z");
  request.terms = std::move(terms);
  return tx(db::Role::write, [&](db::Tx& t) -> Task<partners::DealId> {
    const auto made = co_await partners::create_deal(t, partner_id, request);
    co_await partners::activate_deal(t, made.id);
    co_return made.id;
  });
}

attribution::Link FeatureFixture::link(PartnerId partner_id) {
  attribution::CreateLink request;
  request.destination = text<Url>("https://shop.example/landing");
  return tx(db::Role::write, [&](db::Tx& t) -> Task<attribution::Link> {
    co_return co_await attribution::create_link(t, partner_id, request);
  });
}

std::string FeatureFixture::staff_key() {
  return tx(db::Role::write, [&](db::Tx& t) -> Task<std::string> {
    co_return co_await identity::issue_api_key(t, text<Text<1, 120>>("Staff"), std::nullopt);
  });
}

std::string FeatureFixture::partner_key(PartnerId partner_id) {
  return tx(db::Role::write, [&](db::Tx& t) -> Task<std::string> {
    co_return co_await identity::issue_api_key(t, text<Text<1, 120>>("Partner"), partner_id);
  });
}

std::string FeatureFixture::site_key(std::vector<std::string> origins) {
  return tx(db::Role::write, [&](db::Tx& t) -> Task<std::string> {
    co_return co_await identity::issue_site_key(t, text<Text<1, 120>>("Site"), origins);
  });
}

}  // namespace tandem::test
