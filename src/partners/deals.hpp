// Deals: what was agreed with a partner. A deal is made of versions, each in force from an instant until the
// next; a change is a new version, and nothing that was in force is ever edited.
#pragma once
#include "base/page.hpp"
#include "http/routes.hpp"
#include "partners/terms.hpp"

namespace tandem::partners {

struct CreateDeal {
  Text<1, 200> name;
  std::optional<Timestamp> valid_from;  // now unless told; may lie in the past, for history that is imported
  std::vector<TermInput> terms;         // 1 to 20
};
BOOST_DESCRIBE_STRUCT(CreateDeal, (), (name, valid_from, terms))

struct CreateDealVersion {
  std::optional<Timestamp> valid_from;  // now unless told; in the past only while the deal is a draft
  std::vector<TermInput> terms;
};
BOOST_DESCRIBE_STRUCT(CreateDealVersion, (), (valid_from, terms))

struct UpdateDeal {
  std::optional<Text<1, 200>> name;
};
BOOST_DESCRIBE_STRUCT(UpdateDeal, (), (name))

struct DealSummary {
  DealId id;
  PartnerId partner_id;
  std::string name;
  DealState state{};
  std::int32_t version = 0;  // the latest
  Timestamp valid_from;      // of the latest
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(DealSummary, (),
                      (id, partner_id, name, state, version, valid_from, created_at, updated_at))

struct DealVersion {
  DealVersionId id;
  std::int32_t version = 0;
  Timestamp valid_from;
  Timestamp created_at;
  std::vector<DealTerm> terms;
};
BOOST_DESCRIBE_STRUCT(DealVersion, (), (id, version, valid_from, created_at, terms))

struct Deal : DealSummary {
  std::vector<DealVersion> versions;  // the first one first
};
BOOST_DESCRIBE_STRUCT(Deal, (DealSummary), (versions))

struct ListDeals {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<DealState> state;
};
BOOST_DESCRIBE_STRUCT(ListDeals, (), (cursor, limit, sort, partner_id, state))

Task<Deal> create_deal(db::Tx& tx, PartnerId partner_id, CreateDeal request);
Task<Deal> activate_deal(db::Tx& tx, DealId id);
/// Throws Problem kNotFound.
Task<Deal> get_deal(db::Tx& tx, DealId id);
/// Throws Problem kNotFound, kInvalid, kState.
Task<Deal> create_version(db::Tx& tx, DealId id, CreateDealVersion request);
void declare_deals(http::Routes& routes);

// drafts.cpp, templates.cpp
void declare_drafts(http::Routes& routes);
void declare_templates(http::Routes& routes);
/// A partner that becomes active without a deal gets an active one of the default template, if there is one.
Task<> give_default_deal(db::Tx& tx, PartnerId partner_id);

}  // namespace tandem::partners
