// What partners are called, for modules below this one (wired by app).
#include "partners/api.hpp"

namespace tandem::partners {

namespace {

const db::Query<identity::PartnerName(std::vector<PartnerId>)> kNames{"partners.names", R"sql(
  select p.id, p.name from app.partners p where p.organization_id = $1 and p.id = any ($2)
)sql"};

}  // namespace

Task<std::vector<identity::PartnerName>> names_of(db::Tx& tx, std::vector<PartnerId> ids) {
  return tx.all(kNames, ids);
}

}  // namespace tandem::partners
