#include "http/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "http/problems.hpp"

namespace tandem::http {

namespace {

using Components = std::vector<json::Component>;

std::string quoted(std::string_view text) {
  std::string out;
  json::print_string(text, out);
  return out;
}

/// Two spaces a level; empty objects and arrays on one line. `text` is minified JSON of ours.
std::string indented(std::string_view text) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth * 2, ' ');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\')
        out += text[++i];
      else if (c == '"')
        in_string = false;
    } else if (c == '{' || c == '[') {
      out += c;
      if (i + 1 < text.size() && (text[i + 1] == '}' || text[i + 1] == ']')) {
        out += text[++i];
        continue;
      }
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      out += c;
    } else {
      out += c;
      in_string = c == '"';
      if (c == ',') new_line();
      if (c == ':') out += ' ';
    }
  }
  out += '\n';
  return out;
}

/// "Create a link" → "create_link".
std::string operation_of(const Route& route) {
  if (!route.operation.empty()) return route.operation;
  std::string out, word;
  const auto end_word = [&] {
    if (!word.empty() && word != "a" && word != "an" && word != "the") out += (out.empty() ? "" : "_") + word;
    word.clear();
  };
  for (const char c : route.summary) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      word += c;
    else if (c >= 'A' && c <= 'Z')
      word += static_cast<char>(c + 32);
    else if (c != '\'')
      end_word();
  }
  end_word();
  return out;
}

/// The pattern's names in order; "{*rest}" gives "rest".
std::vector<std::string> names_of(std::string_view pattern) {
  std::vector<std::string> out;
  for (auto at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
    std::string_view name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    if (name.starts_with('*')) name.remove_prefix(1);
    out.emplace_back(name);
  }
  return out;
}

std::string path_of(std::string_view pattern) {
  std::string out(pattern);
  std::erase(out, '*');
  return out;
}

std::string_view method_key(Method method) {
  switch (method) {
    case Method::get: return "get";
    case Method::head: return "head";
    case Method::post: return "post";
    case Method::put: return "put";
    case Method::patch: return "patch";
    case Method::delete_: return "delete";
    case Method::options: return "options";
  }
  return "get";
}

// ------------------------------------------------------------------ parameters and bodies

void add_member(std::string& object, std::string_view name, std::string_view value) {
  if (object.size() > 1) object += ',';
  object += quoted(name) + ':';
  object += value;
}

void add_element(std::string& array, std::string_view value) {
  if (array.size() > 1) array += ',';
  array += value;
}

/// A query parameter of a struct's field. An absent optional, list, or page limit has a meaning of its own.
std::string query_parameter(const json::Field& field, Components& components) {
  const bool is_optional = field.codec->shape == json::Shape::optional;
  const json::Codec& codec = is_optional ? *field.codec->inner : *field.codec;
  const bool is_list = codec.shape == json::Shape::list;
  std::string schema;
  json::schema(codec, schema, components, false);
  std::string out = "{";
  add_member(out, "name", quoted(field.name));
  add_member(out, "in", R"("query")");
  if (!is_optional && !is_list && !field.codec->has_default) add_member(out, "required", "true");
  if (is_list) {
    add_member(out, "style", R"("form")");
    add_member(out, "explode", "false");
  }
  add_member(out, "schema", schema);
  return out + "}";
}

std::string parameters_of(const Route& route, Components& components) {
  std::string out = "[";
  const auto names = names_of(route.pattern);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string schema = R"({"type":"string")";
    if (i < route.path_formats.size() && !route.path_formats[i].empty())
      schema += R"(,"format":)" + quoted(route.path_formats[i]);
    add_element(out, fmt::format(R"({{"name":{},"in":"path","required":true,"schema":{}}}}})",
                                 quoted(names[i]), schema));
  }
  if (route.query != nullptr)
    for (const json::Field& field : route.query->fields())
      add_element(out, query_parameter(field, components));
  if (route.is_page) add_element(out, R"({"$ref":"#/components/parameters/Format"})");
  if (route.repeat == Repeat::key) add_element(out, R"({"$ref":"#/components/parameters/IdempotencyKey"})");
  if (route.version != nullptr) add_element(out, R"({"$ref":"#/components/parameters/IfMatch"})");
  return out + "]";
}

std::string body_of(const Route& route, Components& components) {
  std::string schema;
  json::schema(*route.body, schema, components, false);
  std::string content = fmt::format(R"("application/json":{{"schema":{}}})", schema);
  if (route.accepts_text) content += fmt::format(R"(,"text/plain":{{"schema":{}}})", schema);
  return fmt::format(R"({{"required":true,"content":{{{}}}}})", content);
}

std::string bytes_of(const Route& route) {
  std::string content = "{";
  for (const auto& type : route.byte_types) add_member(content, type, R"({"schema":{}})");
  return fmt::format(R"({{"required":true,"content":{}}})", content + "}");
}

// ------------------------------------------------------------------ answers

std::string page_schema(const Route& route, Components& components) {
  std::string item;
  json::schema(*route.result, item, components, true);
  const std::string name = std::string(route.result->name) + "Page";
  if (std::ranges::find(components, name, &json::Component::name) == components.end())
    components.push_back(
        {name,
         fmt::format(
             R"({{"type":"object","required":["items","next_cursor"],"properties":{{)"
             R"("items":{{"type":"array","items":{}}},"next_cursor":{{"type":["string","null"]}}}}}})",
             item),
         nullptr, true});
  return fmt::format(R"({{"$ref":"#/components/schemas/{}"}})", name);
}

std::string success_of(const Route& route, Components& components) {
  if (route.success == 204) return R"({"description":"Done"})";
  if (route.success >= 300 && route.success < 400)
    return R"({"description":"Elsewhere","headers":{"Location":{"schema":{"type":"string","format":"uri"}}}})";
  std::string content;
  if (route.result == nullptr) {
    content = fmt::format(R"({}:{{"schema":{{}}}})", quoted(route.result_type));
  } else if (route.is_page) {
    content = fmt::format(R"("application/json":{{"schema":{}}},"text/csv":{{"schema":{{"type":"string"}}}})",
                          page_schema(route, components));
  } else {
    std::string schema;
    json::schema(*route.result, schema, components, true);
    content = fmt::format(R"({}:{{"schema":{}}})", quoted(route.result_type), schema);
  }
  return fmt::format(R"({{"description":"Done","content":{{{}}}}})", content);
}

/// What a route can answer besides success, by status: what it declares, and what its shape makes possible.
std::map<int, std::vector<const ProblemKind*>> refusals_of(const Route& route) {
  std::map<int, std::vector<const ProblemKind*>> out;
  const auto add = [&](const ProblemKind& kind) {
    auto& kinds = out[kind.status];
    if (std::ranges::none_of(kinds, [&](const auto* known) { return known->code == kind.code; }))
      kinds.push_back(&kind);
  };
  add(kBadRequest);
  if (route.access != Access::open) {
    add(kUnauthenticated);
    add(kForbidden);
  }
  if (route.pattern.contains('{')) add(kNotFound);
  if (route.result != nullptr) add(kNotAcceptable);
  if (route.body != nullptr) {
    add(kBadJson);
    add(kTooLarge);
    add(kUnsupportedMediaType);
  }
  if (!route.byte_types.empty()) {
    add(kTooLarge);
    add(kUnsupportedMediaType);
  }
  if (route.body != nullptr || route.query != nullptr) add(kInvalid);
  if (route.repeat == Repeat::key)
    for (const auto* kind : {&kKeyMissing, &kKeyMalformed, &kKeyInProgress, &kKeyReused}) add(*kind);
  if (route.version != nullptr)
    for (const auto* kind : {&kVersionMissing, &kVersionStale}) add(*kind);
  for (const auto* kind : route.problems) add(*kind);
  add(kUnavailable);
  return out;
}

std::string responses_of(const Route& route, Components& components) {
  std::map<int, std::string> by_status;
  by_status[route.success] = success_of(route, components);
  for (const int status : route.other_success) by_status[status] = success_of(route, components);
  for (const auto& [status, kinds] : refusals_of(route)) {
    std::string text;
    for (const auto* kind : kinds)
      text += fmt::format("{}`{}`: {}", text.empty() ? "" : "; ", kind->code, kind->title);
    by_status.try_emplace(status, fmt::format(R"({{"description":{},"content":{{"application/problem+json":)"
                                              R"({{"schema":{{"$ref":"#/components/schemas/Problem"}}}}}}}})",
                                              quoted(text)));
  }
  std::string out = "{";
  for (const auto& [status, response] : by_status) add_member(out, std::to_string(status), response);
  return out + "}";
}

std::string_view security_of(const Route& route) {
  switch (route.access.value_or(Access::staff)) {
    case Access::open: return "[]";
    case Access::site: return R"([{"siteKey":[]},{"apiKey":[]}])";
    case Access::user: return R"([{"session":[]}])";
    case Access::partner:
    case Access::staff: break;
  }
  return R"([{"session":[]},{"apiKey":[]}])";
}

std::string_view callers_of(const Route& route) {
  switch (route.access.value_or(Access::staff)) {
    case Access::open: return "Anybody may call this.";
    case Access::user: return "For users who are signed in.";
    case Access::site:
      return "For browsers with a site key from an allowed origin, and for servers with a staff key.";
    case Access::partner: return "For staff, and for partners within what is theirs.";
    case Access::staff: break;
  }
  return "For staff.";
}

std::string operation(const Route& route, const std::string& id, Components& components) {
  std::string out = "{";
  add_member(out, "operationId", quoted(id));
  add_member(out, "summary", quoted(route.summary));
  add_member(out, "description",
             quoted(route.description.empty() ? std::string(callers_of(route))
                                              : fmt::format("{} {}", route.description, callers_of(route))));
  add_member(out, "tags", "[" + quoted(route.tag.empty() ? "platform" : route.tag) + "]");
  add_member(out, "security", security_of(route));
  if (route.permission) add_member(out, "x-permission", quoted(json::enum_name(*route.permission)));
  if (const std::string parameters = parameters_of(route, components); parameters != "[]")
    add_member(out, "parameters", parameters);
  if (route.body != nullptr) add_member(out, "requestBody", body_of(route, components));
  if (!route.byte_types.empty()) add_member(out, "requestBody", bytes_of(route));
  add_member(out, "responses", responses_of(route, components));
  return out + "}";
}

// ------------------------------------------------------------------ the document

constexpr std::string_view kProblemSchema =
    R"({"type":"object","description":"RFC 9457","required":["type","title","status","code","request_id"],"properties":{)"
    R"("type":{"type":"string","format":"uri-reference"},"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("code":{"type":"string","description":"Stable; what programs branch on"},"detail":{"type":"string"},)"
    R"("errors":{"type":"array","items":{"$ref":"#/components/schemas/FieldError"}},)"
    R"("request_id":{"type":"string","format":"uuid"}}})";
constexpr std::string_view kFieldErrorSchema =
    R"({"type":"object","required":["pointer","code","detail"],"properties":{"pointer":{"type":"string","description":)"
    R"("JSON Pointer into the body, ?name of a query parameter, header:Name of a header"},"code":{"type":"string"},)"
    R"("detail":{"type":"string"}}})";
constexpr std::string_view kParameters =
    R"({"IdempotencyKey":{"name":"Idempotency-Key","in":"header","required":true,"description":)"
    R"("A value of your own for this very request; repeating it repeats the answer, not the effect. Kept for 72 hours.",)"
    R"("schema":{"type":"string","minLength":1,"maxLength":257}},)"
    R"("IfMatch":{"name":"If-Match","in":"header","required":true,"description":)"
    R"("The ETag of the answer that is being edited, or * to edit whatever is there.","schema":{"type":"string"}},)"
    R"("Format":{"name":"format","in":"query","description":"csv gives the list as text/csv, up to 50,000 rows",)"
    R"("schema":{"type":"string","enum":["json","csv"]}}})";
constexpr std::string_view kSecuritySchemes =
    R"({"session":{"type":"apiKey","in":"cookie","name":"__Host-sid","description":"A user who is signed in: send X-Membership )"
    R"(with the membership under which you act, and X-CSRF-Token with whatever changes something"},)"
    R"("apiKey":{"type":"http","scheme":"bearer","description":"The secret key of a member of staff, a server or a partner"},)"
    R"("siteKey":{"type":"http","scheme":"bearer","description":"A public key for browsers, bound to origins"}})";

/// Operation ids in table order; a second route with the same words gets its pattern's shape behind.
std::vector<std::string> operation_ids(const Routes& routes) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const Route& route : routes.all()) {
    std::string id = operation_of(route);
    if (!seen.insert(id).second) {
      id += "_" + std::string(method_key(route.method));
      for (const char c : route.pattern) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
          id += c;
        else if (!id.ends_with('_'))
          id += '_';
      }
      while (id.ends_with('_')) id.pop_back();
      seen.insert(id);
    }
    out.push_back(std::move(id));
  }
  return out;
}

std::map<std::string, const ProblemKind*> catalogue(const Routes& routes) {
  std::map<std::string, const ProblemKind*> out;
  for (const auto* kind : common_problems()) out.emplace(kind->code, kind);
  for (const Route& route : routes.all())
    for (const auto* kind : route.problems) out.emplace(kind->code, kind);
  return out;
}

}  // namespace

std::string openapi_document(const Routes& routes) {
  Components components{{"Problem", std::string(kProblemSchema), nullptr, true},
                        {"FieldError", std::string(kFieldErrorSchema), nullptr, true}};
  std::map<std::string, std::string> paths;
  std::set<std::string> tags;
  const auto ids = operation_ids(routes);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Route& route = routes.all()[i];
    auto& item = paths.try_emplace(path_of(route.pattern), "{").first->second;
    add_member(item, method_key(route.method), operation(route, ids[i], components));
    tags.insert(route.tag.empty() ? "platform" : route.tag);
  }
  std::ranges::sort(components, {}, &json::Component::name);
  std::string out =
      R"({"openapi":"3.1.0","info":{"title":"Tandem","version":)" + quoted(TANDEM_VERSION) +
      R"(,"description":"Partner platform: links, visits, leads, conversions, earnings and their ledger. )"
      R"(Amounts are integers in minor units, rates parts per million, instants RFC 3339 in UTC.",)"
      R"("license":{"name":"Apache License 2.0","identifier":"Apache-2.0"}},)"
      R"("servers":[{"url":"/","description":"This server"}],"tags":)";
  std::string tag_list = "[";
  for (const auto& tag : tags)
    add_element(tag_list, fmt::format(R"({{"name":{},"description":{}}})", quoted(tag),
                                      quoted("Calls of the part " + tag)));
  out += tag_list + R"(],"paths":)";
  std::string path_list = "{";
  for (const auto& [path, item] : paths) add_member(path_list, path, item + "}");
  out += path_list + R"(},"components":{"schemas":)";
  std::string schemas = "{";
  for (const auto& component : components) add_member(schemas, component.name, component.schema);
  out +=
      schemas + fmt::format(R"(}},"parameters":{},"securitySchemes":{}}}}})", kParameters, kSecuritySchemes);
  return indented(out);
}

std::string problems_document(const Routes& routes) {
  std::string out =
      "# Refusals\n\nEvery refusal is `application/problem+json` (RFC 9457). Programs branch on `code`. Generated from the\n"
      "route table; a refusal that its route does not declare fails the tests.\n\n"
      "| code | status | meaning | answered by |\n| --- | --- | --- | --- |\n";
  const auto common = common_problems();
  for (const auto& [code, kind] : catalogue(routes)) {
    std::string where;
    for (const Route& route : routes.all())
      if (std::ranges::any_of(route.problems, [&](const auto* k) { return k->code == kind->code; }))
        where +=
            fmt::format("{}`{} {}`", where.empty() ? "" : ", ", method_name(route.method), route.pattern);
    if (std::ranges::any_of(common, [&](const auto* k) { return k->code == kind->code; })) where = "any";
    out += fmt::format("| `{}` | {} | {} | {} |\n", code, kind->status, kind->title, where);
  }
  return out;
}

std::string problems_json(const Routes& routes) {
  std::string items = "[";
  for (const auto& [code, kind] : catalogue(routes))
    add_element(items, fmt::format(R"({{"code":{},"status":{},"title":{}}})", quoted(code), kind->status,
                                   quoted(kind->title)));
  return R"({"items":)" + items + R"(],"next_cursor":null})";
}

}  // namespace tandem::http
