// `tandem demo`: an organization with a month of real orders (UCI Online Retail, CC BY 4.0), a partner for
// each country at 5 %, links, keys and an address for billing events; then says what it did, where to look
// and how to log in.
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "app/commands.hpp"
#include "app/database.hpp"
#include "app/local_api.hpp"
#include "app/new_password.hpp"
#include "app/print.hpp"
#include "app/wiring.hpp"
#include "identity/api.hpp"
#include "partners/api.hpp"

namespace tandem::embedded {
extern const std::string_view demo_orders;
extern const std::string_view demo_mapping;
extern const std::string_view demo_banner;
}  // namespace tandem::embedded

namespace tandem::app {
namespace {

constexpr std::string_view kOrganization = "demo";

/// What a newcomer needs to play; kept in the data folder, readable by its owner alone.
struct DemoKeys {
  std::string staff_key, partner_key, site_key, endpoint, endpoint_secret, link;
};
BOOST_DESCRIBE_STRUCT(DemoKeys, (), (staff_key, partner_key, site_key, endpoint, endpoint_secret, link))

/// Who may sign in; kept beside the keys.
struct DemoLogin {
  std::string who, email, password;
};
BOOST_DESCRIBE_STRUCT(DemoLogin, (), (who, email, password))
struct DemoLogins {
  std::vector<DemoLogin> logins;
};
BOOST_DESCRIBE_STRUCT(DemoLogins, (), (logins))

std::filesystem::path logins_file(const Config& config) { return config.path("data") / "demo-logins.json"; }

std::filesystem::path keys_file(const Config& config) { return config.path("data") / "demo-keys.json"; }

void write_private(const std::filesystem::path& file, std::string_view content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  ::chmod(file.c_str(), S_IRUSR | S_IWUSR);
  out << content;
  if (!out.flush()) throw UserError(file.string() + ": cannot be written");
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The keys of an earlier run.
std::optional<DemoKeys> read_keys(const Config& config) {
  const std::string text = content_of(keys_file(config));
  if (text.empty()) return std::nullopt;
  return DemoKeys{text_member(text, "staff_key"),       text_member(text, "partner_key"),
                  text_member(text, "site_key"),        text_member(text, "endpoint"),
                  text_member(text, "endpoint_secret"), text_member(text, "link")};
}

std::optional<OrganizationId> find_demo(Session& session) {
  return session.run(identity::find_organization(session.pool, *Slug::parse(kOrganization)));
}

OrganizationId make_organization(Session& session) {
  return session.run(identity::create_organization(
      session.pool, {.slug = *Slug::parse(kOrganization),
                     .name = *Text<1, 120>::parse("Demo: a gift shop's partners"),
                     .time_zone = *TimeZone::parse("Europe/London"),
                     .currency = *Currency::parse("GBP")}));
}

/// Lets anybody apply at /apply/demo, with questions of every kind; a person decides.
void open_applications(Session& session, LocalApi& api) {
  const auto answer = session.run(api.call(
      session.pool, http::Method::put, "/api/application-form", {},
      R"({"is_open":true,"introduction":"We sell gifts for every desk. Partners earn a commission on every order of the )"
      R"(people they bring.","criteria":"You have readers, followers or customers who like small beautiful things.",)"
      R"("questions":[{"key":"audience","label":"Whom do you reach, and how?","kind":"text","is_required":true},)"
      R"({"key":"size","label":"How many people a month?","kind":"choice","is_required":true,)"
      R"("options":["up to 1 000","up to 10 000","more"]},)"
      R"({"key":"coupons","label":"Would you use coupon codes?","kind":"yes_no","is_required":false}]})",
      {{"idempotency-key", new_uuid().str()}}));
  if (answer.status != 200) throw UserError("the demo's application form was refused: " + answer.body);
}

/// What the shop gives its partners to sell with: words, a page to send people to, and a banner.
void write_materials(Session& session, LocalApi& api, const std::string& shop) {
  const auto write = [&](const std::string& body) {
    return text_member(session.run(api.post(session.pool, "/api/materials", body)).body, "id");
  };
  write(
      R"({"kind":"text","name":"A few lines for a letter","body":"A gift that stays on the desk: small, useful and )"
      R"(beautifully made.\nHave a look: {link}\n\nYours, {partner}"})");
  write(fmt::format(R"({{"kind":"link","name":"The gifts of the season","destination":"{}"}})", shop));
  const auto banner = write(R"({"kind":"banner","name":"Banner, 1200 × 400"})");
  const auto sent =
      session.run(api.call(session.pool, http::Method::put, "/api/materials/" + banner + "/content", {},
                           std::string(embedded::demo_banner),
                           {{"content-type", "image/png"}, {"idempotency-key", new_uuid().str()}}));
  if (sent.status / 100 != 2) throw UserError("the demo's banner was refused: " + sent.body);
}

/// Keys for staff and one partner, a link of that partner, a site key for any origin and an address for
/// billing events.
DemoKeys make_keys(const Config& config, Session& session, OrganizationId organization_id) {
  LocalApi api;
  api.act_as_staff(organization_id);
  const partners::NamedPartner named{*Slug::parse("netherlands"), *Text<1, 200>::parse("Netherlands")};
  const auto partner = session.tx(organization_id, db::Role::read,
                                  [&](db::Tx& tx) { return partners::find_partners(tx, {named}); });
  if (partner.empty()) throw UserError("the demo's partner is missing");
  const std::string partner_id = partner.front().id.str();
  DemoKeys keys;
  const auto made =
      session.tx(organization_id, db::Role::write, [&](db::Tx& tx) -> Task<std::vector<std::string>> {
        std::vector<std::string> out;
        out.push_back(co_await identity::issue_api_key(tx, *Text<1, 120>::parse("demo staff"), std::nullopt));
        out.push_back(
            co_await identity::issue_api_key(tx, *Text<1, 120>::parse("demo partner"), partner.front().id));
        out.push_back(co_await identity::issue_site_key(tx, *Text<1, 120>::parse("demo shop"), {"*"}));
        co_return out;
      });
  keys.staff_key = made[0];
  keys.partner_key = made[1];
  keys.site_key = made[2];
  keys.link = "demo-netherlands";
  // Where the demo's client website will be: on the port after the server's.
  const int port = config.integer("port", 0, 65534);
  const std::string shop = fmt::format("http://{}:{}/", config.text("address"), port == 0 ? 8081 : port + 1);
  session.run(
      api.post(session.pool, "/api/partners/" + partner_id + "/links",
               fmt::format(R"({{"code":"demo-netherlands","destination":"{}","label":"The shop"}})", shop)));
  const auto endpoint = session.run(api.post(session.pool, "/api/inbound-endpoints",
                                             R"({"provider":"generic","name":"The shop's billing"})"));
  open_applications(session, api);
  write_materials(session, api, shop);
  keys.endpoint = text_member(endpoint.body, "address");
  keys.endpoint_secret = text_member(endpoint.body, "secret");
  return keys;
}

/// Four users with random passwords, made once: an owner, one for the money, one of the partner Netherlands,
/// and an operator of the platform.
DemoLogins make_logins(const Config& config, Session& session, OrganizationId organization_id) {
  DemoLogins out;
  const auto known = json::Document::parse(content_of(logins_file(config)));
  if (known)
    for (const auto& login : known->root()["logins"].items())
      out.logins.push_back({std::string(login["who"].text().value_or("")),
                            std::string(login["email"].text().value_or("")),
                            std::string(login["password"].text().value_or(""))});
  if (!out.logins.empty()) return out;
  const partners::NamedPartner named{*Slug::parse("netherlands"), *Text<1, 200>::parse("Netherlands")};
  const auto partner = session.tx(organization_id, db::Role::read,
                                  [&](db::Tx& tx) { return partners::find_partners(tx, {named}); });
  const auto make = [&](std::string who, std::string name, identity::MemberRole role,
                        std::optional<PartnerId> of, OrganizationId where) {
    DemoLogin login{std::move(who), name + "@demo.example", new_password()};
    session.run(identity::make_login(session.pool, where,
                                     {.email = *Email::parse(login.email),
                                      .name = *Text<1, 120>::parse("Demo " + name),
                                      .role = role,
                                      .partner_id = of,
                                      .is_demo = true},
                                     Secret(login.password)));
    out.logins.push_back(std::move(login));
  };
  make("staff, owner", "owner", identity::MemberRole::owner, {}, organization_id);
  make("staff, finance", "finance", identity::MemberRole::finance, {}, organization_id);
  if (!partner.empty())
    make("partner, owner", "netherlands", identity::MemberRole::owner, partner.front().id, organization_id);
  make("platform, operator", "operator", identity::MemberRole::owner, {}, identity::kPlatform);
  write_private(logins_file(config), json::print(out) + "\n");
  return out;
}

/// Loads the slice through the importer itself; the figures are its own.
void load_orders(const Config& config) {
  const auto folder = config.path("data") / "demo";
  std::filesystem::create_directories(folder);
  const auto orders = folder / "online-retail-2011-03.csv.gz", mapping = folder / "online-retail.toml";
  write_private(orders, embedded::demo_orders);
  write_private(mapping, embedded::demo_mapping);
  const ImportOptions options{.kind = "conversions",
                              .file = orders.string(),
                              .organization = std::string(kOrganization),
                              .mapping = mapping.string(),
                              .report = (folder / "refused.csv").string(),
                              .dry_run = false};
  if (import(config, options, Format::text) != 0) throw UserError("the demo's orders were not taken whole");
}

void print_guide(const Config& config, const DemoKeys& keys, const DemoLogins& logins) {
  const std::string server = fmt::format("http://{}:{}", config.text("address"), config.text("port"));
  fmt::print(
      "\nThe organization is '{}': a gift shop with a partner for each country, at 5 % of every order; credit notes take\n"
      "back. Orders: UCI Online Retail, March 2011 (Daqing Chen 2015, DOI 10.24432/C5BW33, CC BY 4.0).\n\n",
      kOrganization);
  fmt::print("Sign in at {}/signin; the passwords are kept in {}\n", server, logins_file(config).string());
  for (const auto& login : logins.logins)
    fmt::print("  {:<18} {:<25} {}\n", login.who, login.email, login.password);
  fmt::print("Partners apply at {}/apply/{}; the client's website is on the next port\n\n", server,
             kOrganization);
  fmt::print("Or call with a key (Authorization: Bearer …); they are kept in {}\n",
             keys_file(config).string());
  fmt::print("  staff    {}\n  partner  {}\n  site     {}\n\n", keys.staff_key, keys.partner_key,
             keys.site_key);
  fmt::print("Look, while the server runs:\n");
  fmt::print("  curl -H 'Authorization: Bearer {}' '{}/api/analytics/earnings?group_by=partner'\n",
             keys.staff_key, server);
  fmt::print("  curl -H 'Authorization: Bearer {}' '{}/api/earnings?limit=5'\n", keys.partner_key, server);
  fmt::print("  curl -i '{}/r/{}'\n", server, keys.link);
  fmt::print("  {}/api/openapi.json describes every call; /t.js is the tracking script\n", server);
  fmt::print("  signed billing events go to {}/api/inbound/{} (secret {})\n", server, keys.endpoint,
             keys.endpoint_secret);
  fmt::print("Prove that the books agree:  tandem reconcile --data {}\n\n", config.text("data"));
  std::fflush(stdout);
}

struct DemoResult {
  std::string organization;
  bool loaded = false;
  DemoKeys keys;
  std::vector<DemoLogin> logins;
};
BOOST_DESCRIBE_STRUCT(DemoResult, (), (organization, loaded, keys, logins))

}  // namespace

std::optional<ShopKeys> shop_keys(const Config& config) {
  const auto keys = read_keys(config);
  if (!keys) return std::nullopt;
  return ShopKeys{keys->site_key, keys->endpoint, keys->endpoint_secret};
}

int demo(const Config& config, const DemoOptions& options, Format format) {
  DemoResult result{std::string(kOrganization), false, {}, {}};
  bool is_known = false;
  {
    Session session(config);
    is_known = find_demo(session).has_value();
    if (!is_known) make_organization(session);
  }
  auto keys = read_keys(config);
  if (!is_known || !keys) {
    if (format == Format::text)
      fmt::print("Loading a month of orders into the organization '{}' …\n", kOrganization);
    load_orders(config);
    Session session(config);
    keys = make_keys(config, session, find_demo(session).value());
    write_private(keys_file(config), json::print(*keys) + "\n");
    result.loaded = true;
  } else if (format == Format::text) {
    fmt::print("The organization '{}' is loaded already.\n", kOrganization);
  }
  result.keys = *keys;
  DemoLogins logins;
  {
    Session session(config);
    logins = make_logins(config, session, find_demo(session).value());
  }
  result.logins = logins.logins;
  if (format == Format::json)
    fmt::print("{}\n", json::print(result));
  else
    print_guide(config, *keys, logins);
  return options.serve ? serve(config, {.with_demo = false, .with_shop = true}) : 0;
}

}  // namespace tandem::app
