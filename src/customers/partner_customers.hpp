// Partner customers: what a partner knows of its own customers, in its own words. Two partners may know the
// same person; neither sees the other's relation, nor the organization's contact behind both.
#pragma once
#include "base/page.hpp"
#include "customers/ids.hpp"
#include "http/routes.hpp"
#include "jobs/job.hpp"

namespace tandem::customers {

struct CreatePartnerCustomer {
  std::optional<Text<1, 100>> first_name, last_name;
  std::optional<Email> email;  // this or the phone, or both; each once with a partner
  std::optional<Phone> phone;
  std::optional<Lines<4000>> notes;
  std::optional<std::vector<Text<1, 40>>> tags;  // at most 20; kept in lower case
  std::optional<Text<1, 120>> external_id;
};
BOOST_DESCRIBE_STRUCT(CreatePartnerCustomer, (),
                      (first_name, last_name, email, phone, notes, tags, external_id))

/// Absent keeps what there is, null clears it; an e-mail or a phone stays.
struct UpdatePartnerCustomer {
  Patch<Text<1, 100>> first_name, last_name;
  Patch<Email> email;
  Patch<Phone> phone;
  Patch<Lines<4000>> notes;
  std::optional<std::vector<Text<1, 40>>> tags;
  Patch<Text<1, 120>> external_id;
};
BOOST_DESCRIBE_STRUCT(UpdatePartnerCustomer, (),
                      (first_name, last_name, email, phone, notes, tags, external_id))

struct PartnerCustomer {
  PartnerCustomerId id;
  PartnerId partner_id;
  std::optional<std::string> first_name, last_name;
  std::optional<Email> email;
  std::optional<Phone> phone;
  std::optional<std::string> notes;
  std::vector<Text<1, 40>> tags;
  std::optional<std::string> external_id;
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(PartnerCustomer, (),
                      (id, partner_id, first_name, last_name, email, phone, notes, tags, external_id,
                       created_at, updated_at))

struct ListPartnerCustomers {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<PartnerId> partner_id;
  std::optional<Text<1, 120>> q;  // beginnings of words of the names, the e-mail or the phone
  std::optional<Text<1, 40>> tag;
};
BOOST_DESCRIBE_STRUCT(ListPartnerCustomers, (), (cursor, limit, sort, partner_id, q, tag))

/// Finds or makes the contact of a new customer, as the system.
jobs::Kind link_customers_job();
void declare_partner_customers(http::Routes& routes);

}  // namespace tandem::customers
