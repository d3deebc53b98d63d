#include "app/web.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>

#include "http/static_files.hpp"

extern "C" {
extern const char tandem_web_begin[];  // NOLINT(modernize-avoid-c-arrays): symbols of web.s
extern const char tandem_web_end[];    // NOLINT(modernize-avoid-c-arrays)
}

namespace tandem::app {
namespace {

using http::Context;
using http::Method;
using http::PathArgs;
using http::Response;

using Files = std::map<std::string, http::StaticFile, std::less<>>;

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

std::string_view take_until(std::string_view& rest, char end) {
  const auto at = rest.find(end);
  const auto out = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return out;
}

std::size_t take_number(std::string_view& rest) {
  const auto text = take_until(rest, '\t');
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::logic_error("the web pack is damaged");
  return out;
}

/// Reads the pack that web/tools/pack.mjs made; names with '@' are pages.
Files read_pack(std::string_view pack) {
  const auto head_size = pack.find("\n\n");
  if (head_size == std::string_view::npos) throw std::logic_error("the web pack has no head");
  std::string_view head = pack.substr(0, head_size);
  const std::string_view bytes = pack.substr(head_size + 2);
  Files out;
  while (!head.empty()) {
    std::string_view line = take_until(head, '\n');
    const std::string name{take_until(line, '\t')};
    http::StaticFile file{std::string(take_until(line, '\t')), {}, {}, {}, std::string(kForEver)};
    for (auto* part : {&file.plain, &file.brotli, &file.gzip}) {
      const auto offset = take_number(line), length = take_number(line);
      *part = bytes.substr(offset, length);
    }
    out.emplace(name, std::move(file));
  }
  return out;
}

const Files& files() {
  static const Files all = read_pack({tandem_web_begin, tandem_web_end});
  return all;
}

constexpr std::array<std::string_view, 4> kLocales{"en", "id", "uz", "ru"};
constexpr std::array<std::string_view, 2> kThemes{"light", "dark"};

/// The visitor's choice, else the first language of the browser that we speak, else English.
std::string_view locale_of(const http::Request& request) {
  if (const auto chosen = request.cookie("locale"))
    if (const auto* found = std::ranges::find(kLocales, *chosen); found != kLocales.end()) return *found;
  std::string_view wanted = request.header("accept-language").value_or("");
  while (!wanted.empty()) {
    std::string_view one = take_until(wanted, ',');
    while (one.starts_with(' ')) one.remove_prefix(1);
    for (const auto locale : kLocales)
      if (one.starts_with(locale) && (one.size() == 2 || one[2] == '-' || one[2] == ';')) return locale;
  }
  return "en";
}

std::string_view theme_of(const http::Request& request) {
  if (const auto chosen = request.cookie("theme"))
    if (const auto* found = std::ranges::find(kThemes, *chosen); found != kThemes.end()) return *found;
  return "auto";
}

std::string filled(std::string_view page, std::string_view locale, std::string_view theme) {
  std::string out;
  while (!page.empty()) {
    const auto at = page.find("{{");
    out += page.substr(0, at);
    if (at == std::string_view::npos) break;
    page.remove_prefix(at + 2);
    const auto end = page.find("}}");
    const auto name = page.substr(0, end);
    page.remove_prefix(end + 2);
    out += name == "lang" ? locale : theme;
  }
  return out;
}

/// web.md section 3: everything comes from this server, nothing stands in the page, and strings become no
/// scripts.
void protect(Response& response) {
  response.headers.insert(
      response.headers.end(),
      {{"Content-Security-Policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
        "require-trusted-types-for 'script'"},
       {"Referrer-Policy", "same-origin"},
       {"Cross-Origin-Opener-Policy", "same-origin"},
       {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"}});
}

/// A page of a bundle, filled for its visitor; its ETag is that of what was filled.
http::Route::ContextHandler page(std::string_view bundle) {
  const std::string name = "@" + std::string(bundle);
  return [name](Context context, const PathArgs&) -> Task<Response> {
    const std::string body =
        filled(files().at(name).plain, locale_of(context.request), theme_of(context.request));
    http::StaticFile file{"text/html; charset=utf-8", body, {}, {}, "no-cache"};
    Response out = http::serve_file(file, context.request);
    out.headers.emplace_back("Vary", "Cookie, Accept-Language");
    protect(out);
    co_return out;
  };
}

Task<Response> asset(Context context, const PathArgs& args) {
  const auto found = files().find(args.at(0));
  if (found == files().end() || found->first.starts_with('@')) throw Problem(kNotFound);
  co_return http::serve_file(found->second, context.request);
}

Task<Response> to_console(Context, const PathArgs&) {
  Response out;
  out.status = 302;
  out.content_type.clear();
  out.headers = {{"Location", "/console"}};
  co_return out;
}

}  // namespace

void declare_web(http::Routes& routes) {
  routes.tag("web");
  const auto declare = [&routes](std::string pattern, std::string summary,
                                 http::Route::ContextHandler handler) {
    routes.raw(Method::get, std::move(pattern), std::move(handler))
        .says(std::move(summary))
        .allow(http::Access::open)
        .answers_type("text/html");
  };
  declare("/", "Go to the console", to_console);
  declare("/assets/{*name}", "A file of the web app", asset);
  for (const auto* path : {"/console", "/console/{*page}"}) declare(path, "The console", page("console"));
  for (const auto* path : {"/portal", "/portal/{*page}"}) declare(path, "The partner portal", page("portal"));
  for (const auto* path :
       {"/signin", "/signin/sso", "/reset", "/reset/{token}", "/invitation/{token}", "/verify/{token}",
        "/apply/{organization_slug}", "/apply/{organization_slug}/{application_token}"})
    declare(path, "A public page", page("public"));
}

}  // namespace tandem::app
