#include "http/router.hpp"

#include <array>
#include <map>

namespace tandem::http {

namespace {

constexpr std::size_t kMethods = 7;
std::size_t index_of(Method method) { return static_cast<std::size_t>(method); }

/// Takes "/segment" from the front of a path and gives the segment.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = path.find('/');
  const std::string_view segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  return segment;
}

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
  std::unique_ptr<Node> parameter, rest;
  std::array<const Route*, kMethods> routes{};
  bool is_leaf = false;

  /// Depth first, static segments before parameters, "{*rest}" last; arguments of dead ends are taken back.
  const Node* walk(std::string_view path, PathArgs& args) const {
    if (path.empty()) return is_leaf ? this : nullptr;
    const std::string_view whole = path;
    const std::string_view segment = take_segment(path);
    if (const auto found = fixed.find(segment); found != fixed.end())
      if (const Node* node = found->second->walk(path, args)) return node;
    if (parameter && !segment.empty()) {
      args.emplace_back(segment);
      if (const Node* node = parameter->walk(path, args)) return node;
      args.pop_back();
    }
    if (rest) {
      args.emplace_back(whole.substr(1));
      return rest.get();
    }
    return nullptr;
  }
};

Router::Router(const Routes& routes) : root_(std::make_unique<Node>()) {
  for (const Route& route : routes.all()) {
    Node* node = root_.get();
    std::string_view path = route.pattern;
    while (!path.empty()) {
      const std::string_view segment = take_segment(path);
      std::unique_ptr<Node>* next = nullptr;
      if (segment.starts_with("{*"))
        next = &node->rest;
      else if (segment.starts_with('{'))
        next = &node->parameter;
      else
        next = &node->fixed[std::string(segment)];
      if (!*next) *next = std::make_unique<Node>();
      node = next->get();
    }
    node->is_leaf = true;
    node->routes[index_of(route.method)] = &route;
  }
}

Router::~Router() = default;

RouteMatch Router::find(Method method, std::string_view path, std::string_view asked) const {
  RouteMatch match;
  if (!path.starts_with('/')) return match;
  const Node* node = root_->walk(path, match.args);
  if (node == nullptr) return match;
  match.route = node->routes[index_of(method == Method::head ? Method::get : method)];
  if (match.route != nullptr) return match;
  for (std::size_t i = 0; i < kMethods; ++i) {
    const Route* route = node->routes[i];
    if (route == nullptr) continue;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += method_name(route->method);
    if (route->method == Method::get) match.allow += ", HEAD";
    if (method_name(route->method) == asked || (asked == "HEAD" && route->method == Method::get))
      match.other = route;
  }
  return match;
}

}  // namespace tandem::http
