// The router: from method and path to a route and its path arguments. Built once from the route table; static
// segments are tried before parameters. Used by dispatch and by the server (for a route's body limit).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "http/routes.hpp"

namespace tandem::http {

struct RouteMatch {
  const Route* route =
      nullptr;  // nullptr: unknown path, or known path without this method (then `allow` is set)
  PathArgs args;
  std::string allow;  // "GET, HEAD, POST": the methods of a known path
  /// For OPTIONS: the route of the method that a browser wants to use.
  const Route* other = nullptr;
};

class Router {
 public:
  explicit Router(const Routes& routes);
  ~Router();
  /// HEAD finds the GET route. `path` is decoded and begins with '/'. A pattern's last segment "{*name}"
  /// takes all that is left. `asked` is OPTIONS' Access-Control-Request-Method.
  RouteMatch find(Method method, std::string_view path, std::string_view asked = {}) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace tandem::http
