// Two organizations with two partners each. Everything is made the way customers make it: through the API,
// or, for what arrives from elsewhere, through attribution's own functions.
#include "app/isolation/isolation.hpp"
#include "app/isolation/samples.hpp"
#include "app/local_api.hpp"
#include "attribution/api.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/installation.hpp"
#include "crypto/random.hpp"
#include "crypto/signed_id.hpp"
#include "crypto/token.hpp"
#include "earnings/api.hpp"
#include "identity/api.hpp"
#include "jobs/schedule.hpp"
#include "payouts/module.hpp"

namespace tandem::app::isolation {
namespace {

constexpr std::string_view kDay = "2026-01-02T03:04:05Z";

class Seeder {
 public:
  Seeder(boost::asio::io_context& io, db::Pool& pool) : io_(io), pool_(pool) {}

  Organization organization(const std::string& run, char letter) {
    Organization out;
    const std::string slug = fmt::format("{}{}", run, letter);
    out.id = this->run(identity::create_organization(pool_, {.slug = *Slug::parse(slug),
                                                             .name = *Text<1, 120>::parse("Planted " + slug),
                                                             .time_zone = *TimeZone::parse("UTC"),
                                                             .currency = *Currency::parse("EUR")}));
    api_.act_as_staff(out.id);
    out.staff_key = text_member(post("/api/api-keys", R"({{"name":"{}","kind":"staff"}})", slug), "secret");
    this->run(jobs::begin_periods(pool_, {{out.id, *TimeZone::parse("UTC")}}));
    put("/api/application-form", R"({"is_open":true})");
    logo(out);
    for (std::size_t i = 0; i < out.partners.size(); ++i) {
      out.partners[i] = partner(out, slug, i + 1);
      application(slug, out.partners[i]);
    }
    // What was sold so far is held by a signal; what is sold from here on is paid out.
    patch("/api/risk-rules", R"({"rules":[{"kind":"self_referral","action":"signal"}]})");
    roll_up(out);  // what is billed afterwards leaves marks
    for (Things& one : out.partners) billed(out, one);
    for (Things& one : out.partners) claimed(one);
    for (Things& one : out.partners) paid_out(out, one);
    return out;
  }

 private:
  template <class T>
  T run(Task<T> task) {
    return db::run_blocking(io_, std::move(task));
  }
  template <class... Args>
  std::string post(const std::string& path, fmt::format_string<Args...> body, Args&&... args) {
    return run(api_.post(pool_, path, fmt::format(body, std::forward<Args>(args)...))).body;
  }
  void put(const std::string& path, std::string body) { change(http::Method::put, path, std::move(body)); }
  void patch(const std::string& path, std::string body) {
    change(http::Method::patch, path, std::move(body));
  }
  void change(http::Method method, const std::string& path, std::string body) {
    const auto answer =
        run(api_.call(pool_, method, path, {}, std::move(body), {{"idempotency-key", new_uuid().str()}}));
    if (answer.status / 100 != 2) throw std::runtime_error(path + " answers " + answer.body);
  }
  /// The id of the first item of a list.
  std::string first_id(const std::string& path, http::Pairs query) {
    const auto answer = run(api_.call(pool_, http::Method::get, path, std::move(query)));
    const auto document = json::Document::parse(answer.body);
    const auto items = document ? document->root()["items"].items() : std::vector<json::View>{};
    const auto id = items.empty() ? std::nullopt : items.front()["id"].text();
    if (!id)
      throw std::runtime_error(fmt::format("{} has nothing to try: {} {}", path, answer.status, answer.body));
    return std::string(*id);
  }

  Things partner(Organization& organization, const std::string& slug, std::size_t number) {
    Things out;
    out.marker = fmt::format("{}{}", slug, number);
    const std::string& mark = out.marker;
    auto& ids = out.ids;
    ids["organization_id"] = organization.id.str();
    ids["partner_id"] = text_member(
        post("/api/partners",
             R"({{"name":"Planted {0}","slug":"{0}","contact_email":"{0}@example.com","approved":true}})",
             mark),
        "id");
    out.partner_id = *PartnerId::parse(ids["partner_id"]);
    const std::string own = "/api/partners/" + ids["partner_id"];
    ids["deal_id"] = text_member(
        post(
            own + "/deals",
            R"({{"name":"Planted {}","valid_from":"2020-01-01T00:00:00Z","terms":[{{"trigger":"sale","method":"percentage","rate_ppm":50000,"hold_days":0}}]}})",
            mark),
        "id");
    run(api_.post(pool_, "/api/deals/" + ids["deal_id"] + "/activation", {}));
    put("/api/deals/" + ids["deal_id"] + "/draft",
        R"({"terms":[{"trigger":"sale","method":"percentage","rate_ppm":60000}]})");
    ids["deal_template_id"] = text_member(
        post("/api/deals/" + ids["deal_id"] + "/template", R"({{"name":"Planted {}"}})", mark), "id");
    ids["material_id"] =
        text_member(post("/api/materials", R"({{"kind":"banner","name":"Planted {}","deal_ids":["{}"]}})",
                         mark, ids["deal_id"]),
                    "id");
    picture(ids["material_id"]);
    ids["partner_note_id"] = text_member(post(own + "/notes", R"({{"body":"Planted {}"}})", mark), "id");
    ids["partner_document_id"] = document(own, mark);
    ids["partner_customer_id"] =
        text_member(post(own + "/customers",
                         R"({{"first_name":"Planted {0}","email":"customer-{0}@example.com"}})", mark),
                    "id");
    put(own + "/tags", fmt::format(R"({{"tags":["planted-{}"]}})", mark));
    ids["link_id"] = text_member(
        post(own + "/links",
             R"({{"code":"{0}","destination":"https://shop.example/{0}","label":"Planted {0}"}})", mark),
        "id");
    ids["job_id"] = first_id("/api/jobs", {});
    ids["saved_view_id"] = saved_view(organization, out);
    ids["coupon_id"] = text_member(post(own + "/coupons", R"({{"code":"{}"}})", mark), "id");
    // Planted long ago, so that it has cooled down.
    Clock::freeze(Clock::now() - std::chrono::hours{100});
    ids["payout_method_id"] = text_member(
        post(
            own + "/payout-methods",
            R"({{"rail":"sepa","currency":"EUR","holder_name":"Planted {}","account":"DE89370400440532013000"}})",
            mark),
        "id");
    Clock::freeze(std::nullopt);
    post("/api/rail-accounts", R"({{"rail":"stripe","secret":"planted secret"}})");
    post(own + "/connected-account-links", R"({{"country":"DE"}})");
    ids["connected_account_id"] = first_id("/api/connected-accounts", {{"partner_id", ids["partner_id"]}});
    ids["payee_form_id"] = text_member(
        post(
            own + "/payee-forms",
            R"({{"kind":"business","legal_name":"Planted {0}","country":"GB","tax_form":"local","tax_id":"TIN{0}"}})",
            mark),
        "id");
    keys(organization, out);
    people(organization, out);
    tracked(organization, out);
    return out;
  }

  /// One of the partner's team and one of the staff; gives the staff's.
  std::string saved_view(const Organization& organization, const Things& out) {
    const auto save = [&] {
      return text_member(
          post("/api/saved-views", R"({{"page":"links","name":"Planted {}","query":"","is_shared":true}})",
               out.marker),
          "id");
    };
    http::Principal person;
    person.kind = http::Principal::Kind::user;
    person.permissions = http::Permissions::all();
    person.scope = {organization.id, db::ActorKind::partner, ActorId{new_uuid()}, out.partner_id};
    api_.act_as(person);
    save();
    api_.act_as_staff(organization.id);
    return save();
  }

  void roll_up(const Organization& organization) {
    const db::Scope scope{organization.id, db::ActorKind::system, ActorId{}, std::nullopt};
    run(db::run_tx(pool_, scope, db::Role::write, earnings::rebuild_rollups));
  }

  std::string document(const std::string& partner, const std::string& mark) {
    const auto answer =
        run(api_.call(pool_, http::Method::post, partner + "/documents",
                      {{"kind", "other"}, {"name", "Planted " + mark}}, "%PDF-1.4\nstartxref\n0\n%%EOF\n",
                      {{"content-type", "application/pdf"}, {"idempotency-key", new_uuid().str()}}));
    return text_member(answer.body, "id");
  }

  void picture(const std::string& material) {
    const auto answer = run(
        api_.call(pool_, http::Method::put, "/api/materials/" + material + "/content", {}, sample_picture(),
                  {{"content-type", "image/png"}, {"idempotency-key", new_uuid().str()}}));
    if (answer.status != 200) throw std::runtime_error("a picture is refused: " + answer.body);
  }

  void logo(const Organization& organization) {
    const auto answer = run(
        api_.call(pool_, http::Method::put, "/api/organizations/" + organization.id.str() + "/logo", {},
                  sample_picture(), {{"content-type", "image/png"}, {"idempotency-key", new_uuid().str()}}));
    if (answer.status != 204) throw std::runtime_error("a logo is refused: " + answer.body);
  }

  /// By a form that was opened a minute ago: who sends it at once is taken for a machine.
  void application(const std::string& slug, const Things& out) {
    const auto opened = (Clock::now() - std::chrono::minutes{1}).unix_ms();
    const auto random = crypto::random_bytes(10);
    std::array<std::uint8_t, 10> bits{};
    std::ranges::copy(random, bits.begin());
    const auto token = crypto::IdSigner(crypto::installed_envelope().key_for("partner-application"))
                           .sign(Uuid::v7(opened, bits));
    post(
        "/api/applications/" + slug,
        R"({{"token":"{0}","name":"Planted {1}","contact_name":"Planted {1}","contact_email":"new-{1}@example.com"}})",
        token, out.marker);
  }

  void keys(Organization& organization, Things& out) {
    const std::string& mark = out.marker;
    const auto make = [&] {
      return post("/api/api-keys", R"({{"name":"Planted {}","kind":"partner","partner_id":"{}"}})", mark,
                  out.partner_id.str());
    };
    out.key = text_member(make(), "secret");
    out.ids["api_key_id"] = text_member(make(), "id");  // one to lose
    const auto site = [&] {
      return post("/api/site-keys", R"({{"name":"Planted {}","allowed_origins":["https://shop.example"]}})",
                  mark);
    };
    if (organization.site_key.empty()) organization.site_key = text_member(site(), "key");
    out.ids["site_key_id"] = text_member(site(), "id");
  }

  /// A member of the staff and one of the partner's team; the partner's is signed in.
  void people(const Organization& organization, Things& out) {
    const auto make = [&](const std::string& name, std::optional<PartnerId> of) {
      run(identity::make_login(pool_, organization.id,
                               {.email = *Email::parse(name + "@example.com"),
                                .name = *Text<1, 120>::parse("Planted " + name),
                                .role = identity::MemberRole::owner,
                                .partner_id = of},
                               Secret("password of " + name)));
    };
    make("staff-" + out.marker, {});
    make("team-" + out.marker, out.partner_id);
    const auto answer = run(api_.post(
        pool_, "/api/session",
        fmt::format(R"({{"email":"team-{0}@example.com","password":"password of team-{0}"}})", out.marker)));
    for (const auto& [name, value] : answer.headers)
      if (name == "Set-Cookie") out.session = value.substr(0, value.find(';'));
    const auto document = json::Document::parse(answer.body);
    out.csrf_token = text_member(answer.body, "csrf_token");
    http::Principal user;
    user.kind = http::Principal::Kind::user;
    user.session_id = new_uuid();
    user.scope = {identity::kPlatform,
                  db::ActorKind::system,
                  ActorId{Uuid::parse(document->root()["user"]["id"].text().value_or("")).value()},
                  {}};
    api_.act_as(user);
    run(db::run_tx(pool_, user.scope, db::Role::write, [&](db::Tx& tx) {
      return identity::link_identity(tx, identity::UserId{user.scope.actor_id.uuid()},
                                     "https://accounts.example", out.marker);
    }));
    out.ids["session_id"] = first_id("/api/sessions", {});
    run(api_.post(pool_, "/api/password-resets",
                  fmt::format(R"({{"email":"team-{}@example.com"}})", out.marker)));
    api_.act_as_staff(organization.id);
    invited(out);
  }

  /// Invitations that wait, and members: of the staff and of the partner's team.
  void invited(Things& out) {
    const std::string team = "/api/partners/" + out.ids["partner_id"];
    const auto invite = [&](const std::string& path) {
      return text_member(post(path, R"({{"email":"guest-{}@example.com","role":"viewer"}})", out.marker),
                         "id");
    };
    out.ids["invitation_id"] = invite("/api/invitations");
    out.ids["team_invitation_id"] = invite(team + "/invitations");
    out.ids["member_id"] = first_id("/api/members", {});
    out.ids["team_member_id"] = first_id(team + "/members", {});
    out.ids["access_id"] = new_uuid().str();  // nobody's: operators alone have any
  }

  void tracked(const Organization& organization, Things& out) {
    const std::string& mark = out.marker;
    run(api_.post(
        pool_, "/api/visits",
        fmt::format(R"({{"visitor_id":"{0}","partner_code":"{0}","landing_url":"https://shop.example/{0}"}})",
                    mark)));
    out.ids["lead_id"] = text_member(
        post(
            "/api/leads",
            R"({{"email":"{0}@example.com","name":"Planted {0}","external_id":"{0}","visitor_id":"{0}","partner_code":"{0}"}})",
            mark),
        "lead_id");
    // Somebody follows the link, and its page tells that it was seen.
    const auto led =
        run(api_.call(pool_, http::Method::get, "/r/" + out.marker, {}, {}, {{"user-agent", "Firefox"}}));
    for (const auto& [name, value] : led.headers)
      if (name == "Location")
        run(api_.call(pool_, http::Method::post, "/api/landings", {},
                      fmt::format(R"({{"site_key":"{}","click_id":"{}"}})", organization.site_key,
                                  value.substr(value.find("tdm_click=") + 10))));
    out.ids["visit_id"] = first_id("/api/visits", {{"partner_id", out.ids["partner_id"]}});
    out.ids["contact_id"] = first_id("/api/contacts", {{"q", mark}});
    out.ids["duplicate_id"] =
        text_member(post("/api/contacts", R"({{"email":"two-{}@example.com"}})", mark), "id");
    const auto gone = text_member(post("/api/contacts", R"({{"email":"gone-{}@example.com"}})", mark), "id");
    run(api_.post(pool_, "/api/contacts/" + gone + "/erasure", {}));
    out.ids["conversion_id"] = text_member(
        post(
            "/api/conversions",
            R"({{"external_id":"{0}","kind":"sale","amount":{{"amount":10000,"currency":"EUR"}},"lead_id":"{1}","product":"Planted {0}","occurred_at":"{2}"}})",
            mark, out.ids["lead_id"], kDay),
        "id");
    post(
        "/api/conversions/" + out.ids["conversion_id"] + "/reversals",
        R"({{"external_id":"{}","kind":"refund","amount":{{"amount":100,"currency":"EUR"}},"occurred_at":"{}"}})",
        mark, kDay);
    out.ids["earning_id"] =
        first_id("/api/earnings", {{"partner_id", out.ids["partner_id"]}, {"sort", "occurred_at"}});
    post("/api/earnings/" + out.ids["earning_id"] + "/hold", R"({{"note":"Planted {}"}})", mark);
  }

  /// A signed event, a customer's other name, an invoice's other name, a dispute, a file's mark.
  void billed(const Organization& organization, Things& out) {
    const std::string& mark = out.marker;
    const auto endpoint =
        post("/api/inbound-endpoints", R"({{"provider":"generic","name":"Planted {}"}})", mark);
    // This one is polled, too.
    out.ids["endpoint_id"] =
        text_member(post("/api/inbound-endpoints",
                         R"({{"provider":"chartmogul","name":"Planted {0}","secret":"secret-{0}"}})", mark),
                    "id");
    deliver(text_member(endpoint, "address"), text_member(endpoint, "secret"), mark);
    const attribution::LeadId lead_id = *attribution::LeadId::parse(out.ids["lead_id"]);
    const Timestamp at = *Timestamp::parse(kDay);
    attribution::ConversionFacts sale;
    sale.source = "generic";
    sale.external_id = mark;
    sale.kind = attribution::ConversionKind::sale;
    sale.who.lead_id = lead_id;
    sale.gross = Decimal{500, 2};
    sale.currency = *Currency::parse("EUR");
    sale.occurred_at = at;
    sale.references = {"invoice-" + mark};
    const db::Scope scope{organization.id, db::ActorKind::system, ActorId{}, std::nullopt};
    attribution::ReversalFacts note;
    note.source = "generic";
    note.external_id = "note-" + mark;
    note.kind = attribution::ReversalKind::credit_note;
    note.who.partner_id = out.partner_id;
    note.amount = Decimal{100, 2};
    note.currency = sale.currency;
    note.occurred_at = at;
    run(db::run_tx(pool_, scope, db::Role::money, [&](db::Tx& tx) -> Task<> {
      co_await attribution::record_conversions(tx, {sale});
      co_await attribution::record_reversals(tx, {note});  // owed back
      co_await attribution::record_dispute(
          tx, {"generic", "dispute-" + mark, mark, attribution::DisputeState::open, at});
      attribution::add_lead_alias(tx, "stripe", "cus_" + mark, lead_id);
      attribution::set_import_mark(tx, crypto::sha256(mark), 1);
    }));
    out.ids["write_off_id"] =
        text_member(post("/api/partners/" + out.ids["partner_id"] + "/write-offs",
                         R"({{"amount":{{"amount":1,"currency":"EUR"}},"reason":"Planted {}"}})", mark),
                    "id");
  }

  /// A claim that waits for its decision, and a signal: the lead has its partner's address.
  void claimed(Things& out) {
    out.ids["claim_id"] = text_member(
        post("/api/partners/" + out.ids["partner_id"] + "/claims",
             R"({{"kind":"missing","order_reference":"Planted {}","evidence":"Planted"}})", out.marker),
        "id");
    out.ids["risk_signal_id"] =
        first_id("/api/risk-signals", {{"partner_id", out.ids["partner_id"]}, {"sort", "created_at"}});
  }

  /// What is due goes into a run that was sent; a person approves it.
  void paid_out(const Organization& organization, Things& out) {
    post(
        "/api/conversions",
        R"({{"external_id":"paid-{0}","kind":"sale","amount":{{"amount":200000,"currency":"EUR"}},"lead_id":"{1}","occurred_at":"{2}"}})",
        out.marker, out.ids["lead_id"], kDay);
    const db::Scope scope{organization.id, db::ActorKind::system, ActorId{}, std::nullopt};
    run(db::run_tx(pool_, scope, db::Role::money,
                   [](db::Tx& tx) -> Task<> { co_await earnings::end_holds(tx, 1000); }));
    out.ids["payout_request_id"] = text_member(
        post("/api/partners/" + out.ids["partner_id"] + "/payout-requests", R"({{"currency":"EUR"}})"), "id");
    post("/api/rail-accounts",
         R"({{"rail":"sepa","payer_name":"Planted","payer_account":"FR1420041010050500013M02606"}})");
    const auto made =
        post("/api/payout-runs", R"({{"currency":"EUR","partner_ids":["{}"]}})", out.ids["partner_id"]);
    out.ids["payout_run_id"] = text_member(made, "id");
    const std::string path = "/api/payout-runs/" + out.ids["payout_run_id"];
    http::Principal person;
    person.kind = http::Principal::Kind::user;
    person.permissions = http::Permissions::all();
    person.scope = {organization.id, db::ActorKind::staff, ActorId{new_uuid()}, {}};
    api_.act_as(person);
    run(api_.post(pool_, path + "/approval", {}));
    api_.act_as_staff(organization.id);
    run(api_.post(pool_, path + "/submission", {}));
    out.ids["payout_id"] = first_id("/api/payouts", {{"partner_id", out.ids["partner_id"]}});
  }

  void deliver(const std::string& address, const std::string& secret, const std::string& mark) {
    const std::string body = fmt::format(
        R"({{"id":"{0}","type":"sale.created","occurred_at":"{1}","data":{{"external_id":"{0}","customer":{{"external_id":"{0}"}},"amount":{{"amount":1,"currency":"EUR"}}}}}})",
        mark, kDay);
    const std::string seconds = std::to_string(Clock::now().unix_seconds());
    const auto key = crypto::webhook_key(secret).value();
    const std::string signature =
        "v1," + to_base64(crypto::hmac_sha256(key, mark + "." + seconds + "." + body));
    const auto answer = run(
        api_.call(pool_, http::Method::post, "/api/inbound/" + address, {}, body,
                  {{"webhook-id", mark}, {"webhook-timestamp", seconds}, {"webhook-signature", signature}}));
    if (answer.status != 200) throw std::runtime_error("the signed event was not taken: " + answer.body);
  }

  boost::asio::io_context& io_;
  db::Pool& pool_;
  LocalApi api_;
};

}  // namespace

World seed(boost::asio::io_context& io, db::Pool& pool) {
  payouts::set_provider_urls("simulator", "simulator", "simulator");  // nobody is called for what is planted
  const std::string run = "mk" + new_uuid().str().substr(24);
  Seeder seeder(io, pool);
  World world{{seeder.organization(run, 'a'), seeder.organization(run, 'b')}};
  db::run_blocking(io, identity::seal_all(pool));
  return world;
}

}  // namespace tandem::app::isolation
