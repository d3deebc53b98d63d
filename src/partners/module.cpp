#include "partners/module.hpp"

#include "partners/applications.hpp"
#include "partners/deals.hpp"
#include "partners/documents.hpp"
#include "partners/family.hpp"
#include "partners/materials.hpp"
#include "partners/moves.hpp"
#include "partners/notes.hpp"
#include "partners/partners.hpp"

namespace tandem::partners {

void declare(http::Routes& routes) {
  declare_partners(routes);
  declare_notes(routes);
  declare_family(routes);
  declare_deals(routes);
  declare_applications(routes);
  declare_documents(routes);
  declare_materials(routes);
}

void register_jobs() {
  jobs::Kinds::instance().add(take_applications_job());
  jobs::Kinds::instance().add(expire_documents_job());
  jobs::Kinds::instance().add(suspend_partners_job());
}

}  // namespace tandem::partners
