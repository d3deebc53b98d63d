#include "app/single_sign_on_settings.hpp"

#include <algorithm>

#include "app/database.hpp"

namespace tandem::app {

std::optional<identity::SingleSignOnSettings> single_sign_on_settings(const Config& config) {
  identity::SingleSignOnSettings out;
  out.issuer = config.text("oidc_issuer");
  if (out.issuer.empty()) return std::nullopt;
  if (!Url::parse(out.issuer))
    throw UserError("oidc_issuer: an address such as https://accounts.example.com is expected");
  out.client_id = config.text("oidc_client_id");
  if (out.client_id.empty()) throw UserError("oidc_client_id: needed with oidc_issuer");
  if (config.text("public_url").empty())
    throw UserError("public_url: needed with oidc_issuer; the provider sends people back there");
  out.client_secret = Secret(config.text("oidc_client_secret"));
  out.label = config.text("oidc_label");
  for (auto domain : config.list("oidc_domains")) {
    std::ranges::transform(domain, domain.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!Email::parse("x@" + domain)) throw UserError("oidc_domains: " + domain + " is no domain");
    out.domains.push_back(std::move(domain));
  }
  return out;
}

}  // namespace tandem::app
