#include "identity/module.hpp"

#include "identity/api_keys.hpp"
#include "identity/audit.hpp"
#include "identity/invitations.hpp"
#include "identity/jobs.hpp"
#include "identity/log_in.hpp"
#include "identity/logo.hpp"
#include "identity/oidc/sign_in.hpp"
#include "identity/organizations.hpp"
#include "identity/platform_accesses.hpp"
#include "identity/platform_organizations.hpp"
#include "identity/saved_views.hpp"
#include "identity/second_factor.hpp"
#include "identity/site_keys.hpp"
#include "identity/user_tokens.hpp"

namespace tandem::identity {

void declare(http::Routes& routes) {
  declare_organizations(routes);
  declare_logo(routes);
  declare_api_keys(routes);
  declare_site_keys(routes);
  declare_audit(routes);
  declare_log_in(routes);
  oidc::declare_sign_in(routes);
  declare_sessions(routes);
  declare_profile(routes);
  declare_second_factor(routes);
  declare_user_tokens(routes);
  declare_members(routes);
  declare_invitations(routes);
  declare_platform_accesses(routes);
  declare_platform_organizations(routes);
  declare_jobs(routes);
  declare_saved_views(routes);
}

void register_jobs() { jobs::Kinds::instance().add(end_sessions_job()); }

}  // namespace tandem::identity
