// The API from inside: the same routes, validation, idempotency and audit as over HTTP, called as an
// organization's staff without a socket. Used by export, demo and isolation-check.
#pragma once
#include <string>
#include <string_view>

#include "base/json_view.hpp"
#include "db/pool.hpp"
#include "http/dispatch.hpp"

namespace tandem::app {

class LocalApi {
 public:
  LocalApi();
  /// Who calls from now on.
  void act_as(http::Principal principal);
  void act_as_staff(OrganizationId organization_id);
  Task<http::Response> call(db::Pool& pool, http::Method method, std::string path, http::Pairs query = {},
                            std::string body = {}, http::Pairs headers = {});
  /// POST with a fresh Idempotency-Key; throws UserError unless it answers 2xx.
  Task<http::Response> post(db::Pool& pool, std::string path, std::string body);
  const http::Routes& routes() const { return routes_; }

 private:
  http::Routes routes_;
  std::shared_ptr<http::Principal> principal_;
  std::unique_ptr<http::Dispatch> dispatch_;
};

/// A member of a JSON object as text; UserError when it is not there.
std::string text_member(std::string_view json, std::string_view name);

}  // namespace tandem::app
