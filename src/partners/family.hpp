// Who brought whom: a partner has at most one parent, whose override terms earn on top of what it earns. No
// circles and at most ten levels, which the database checks.
#pragma once
#include "http/routes.hpp"

namespace tandem::partners {

/// Says that the partner with this slug brought a new one. Nothing happens when there is none that is active,
/// or when no level is left beneath it.
Task<> bring_in(db::Tx& tx, PartnerId child, Slug sponsor);
/// The name under which an active partner invites; nothing else of it is told to those who are not signed in.
Task<std::optional<std::string>> sponsor_name(db::Tx& tx, Slug sponsor);

void declare_family(http::Routes& routes);

}  // namespace tandem::partners
