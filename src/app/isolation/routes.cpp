// Every route × actor × id. An id that is another's, unknown or malformed is answered alike, by 404; an actor
// that the route does not admit by 401 or 403, whatever the id; and no answer holds an id or a text of
// somebody else.
#include <algorithm>
#include <optional>
#include <unordered_set>

#include "app/isolation/isolation.hpp"
#include "app/isolation/samples.hpp"
#include "base/assert.hpp"

namespace tandem::app::isolation {
namespace {

using http::Access;
using http::Method;
using http::Route;

/// Paths whose argument is meant for everybody who has it.
constexpr std::array<std::string_view, 9> kPublic{
    "/r/{code}",                                            // a link's code is printed in public
    "/api/payout-webhooks/{organization_slug}/{provider}",  // the signature decides
    "/api/inbound/{address}",  // the address is a secret itself, and the signature decides
    "/api/invitations/{token}/offer",
    "/api/invitations/{token}/acceptance",
    "/api/password-resets/{token}",
    "/api/email-verifications/{token}",
    "/api/applications/{organization_slug}",                             // the slug is printed in public
    "/api/applications/{organization_slug}/status/{application_token}",  // signed, told to the applicant
};

constexpr std::string_view kOperators = "/api/platform/";

enum class Kind { anonymous, site, staff, partner };

struct Actor {
  std::string name;
  Kind kind{};
  bool is_user = false;  // signed in, not a key
  http::Pairs headers = {};
  const Organization* home = nullptr;  // anonymous: none
  const Things* own = nullptr;
  std::vector<std::pair<std::string, const Things*>> foreign = {};  // "partner 2 of A"
  std::unordered_set<std::string> ids = {};                         // that it must never see
  std::vector<std::string> markers = {};
  std::vector<std::string> walled = {};  // conditions on rows that it must never change
};

struct Call {
  std::string what;
  http::Pairs args, query;  // args by their names in the pattern
  std::string body;
};

std::vector<std::string> names_in(std::string_view pattern) {
  std::vector<std::string> out;
  for (auto at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1))
    out.emplace_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  return out;
}

std::string path_of(std::string pattern, const http::Pairs& args) {
  for (const auto& [name, value] : args) {
    const std::string wanted = "{" + name + "}";
    if (const auto at = pattern.find(wanted); at != std::string::npos)
      pattern.replace(at, wanted.size(), value);
  }
  return pattern;
}

/// The body without what is its own in every refusal.
std::string without_request_id(std::string body) {
  constexpr std::string_view kMember = R"("request_id":")";
  if (const auto at = body.find(kMember); at != std::string::npos) body.erase(at + kMember.size(), 36);
  return body;
}

const json::Codec& plain(const json::Codec& codec) {
  return codec.shape == json::Shape::optional ? *codec.inner : codec;
}
bool is_id(const json::Codec& codec) {
  return plain(codec).shape == json::Shape::text && plain(codec).name == "uuid";
}

/// A file of this type in which nothing stands.
std::string file_of(std::string_view type) {
  if (type == "text/csv") return "payout_id,status,bank_reference,executed_on,failure_reason\n";
  if (type == "image/png") return sample_picture();
  if (type == "application/xml") return "<Document><CstmrPmtStsRpt/></Document>";
  return "%PDF-1.4\nstartxref\n0\n%%EOF\n";
}

class Tour {
 public:
  Tour(boost::asio::io_context& io, db::Pool& pool, const Target& target, const World& world,
       const http::Routes& routes, const http::Hooks& hooks, Findings& findings)
      : io_(io),
        pool_(pool),
        world_(world),
        routes_(routes),
        findings_(findings),
        administrator_(target.administrator),
        tables_(tables_of(administrator_)),
        dispatch_(routes, hooks) {
    make_actors();
  }

  void run() {
    findings_.routes = std::ssize(routes_.all());
    for (const auto& actor : actors_) {
      const std::string before = fingerprint(actor);
      for (const auto& route : routes_.all()) visit(actor, route);
      if (fingerprint(actor) != before) findings_.leak(actor.name + ": rows of somebody else were changed");
    }
    for (const auto& route : routes_.all())
      if (http::changes_state(route.method) && !is_public(route)) use_own(actors_.back(), route);
  }

 private:
  // ------------------------------------------------------------------ who asks

  void make_actors() {
    const auto& [a, b] = world_.organizations;
    const auto bearer = [](const std::string& key) {
      return http::Pairs{{"authorization", "Bearer " + key}};
    };
    add({.name = "anonymous", .kind = Kind::anonymous},
        {"A partner 1", &a.partners[0], "B partner 1", &b.partners[0]});
    add({.name = "site key of A",
         .kind = Kind::site,
         .headers = {{"x-site-key", a.site_key}, {"origin", "https://shop.example"}},
         .home = &a,
         .own = &a.partners[0]},
        {"A partner 2", &a.partners[1], "B partner 1", &b.partners[0]});
    // Early, because a session is confirmed for some minutes only.
    add({.name = "user of partner 1 of A",
         .kind = Kind::partner,
         .is_user = true,
         .headers = {{"cookie", a.partners[0].session},
                     {"x-csrf-token", a.partners[0].csrf_token},
                     {"sec-fetch-site", "same-origin"}},
         .home = &a,
         .own = &a.partners[0]},
        {"A partner 2", &a.partners[1], "B partner 1", &b.partners[0]});
    add({.name = "partner 1 of A",
         .kind = Kind::partner,
         .headers = bearer(a.partners[0].key),
         .home = &a,
         .own = &a.partners[0]},
        {"A partner 2", &a.partners[1], "B partner 1", &b.partners[0]});
    add({.name = "staff of B",
         .kind = Kind::staff,
         .headers = bearer(b.staff_key),
         .home = &b,
         .own = &b.partners[0]},
        {"A partner 1", &a.partners[0], "A partner 2", &a.partners[1]});
    add({.name = "staff of A",
         .kind = Kind::staff,
         .headers = bearer(a.staff_key),
         .home = &a,
         .own = &a.partners[0]},
        {"B partner 1", &b.partners[0], "B partner 2", &b.partners[1]});
  }

  struct Foreign {
    std::string first_name;
    const Things* first;
    std::string second_name;
    const Things* second;
  };
  void add(Actor actor, const Foreign& foreign) {
    actor.foreign = {{foreign.first_name, foreign.first}, {foreign.second_name, foreign.second}};
    for (const auto& organization : world_.organizations) {
      const bool is_home = &organization == actor.home;
      const std::string mine = "organization_id = " + db::quote_literal(organization.id.str());
      if (!is_home) {
        collect(actor.ids, mine, false);
        actor.walled.push_back(mine);
      } else if (actor.kind != Kind::staff) {
        collect(actor.ids, mine, false);
      }
      for (const auto& partner : organization.partners)
        if (!is_home || (actor.kind == Kind::partner && &partner != actor.own) || actor.kind == Kind::site)
          actor.markers.push_back(partner.marker);
    }
    if (actor.kind == Kind::partner) {
      std::unordered_set<std::string> own;
      collect(own, db::quote_literal(actor.own->partner_id.str()), true);
      for (const auto& id : own) actor.ids.erase(id);
    }
    if (actor.home != nullptr) actor.ids.erase(actor.home->id.str());
    findings_.texts_searched += std::ssize(actor.ids) + std::ssize(actor.markers);
    actors_.push_back(std::move(actor));
  }

  /// Every uuid in the rows of an organization (a condition), or of a partner (a quoted id).
  void collect(std::unordered_set<std::string>& out, const std::string& whose, bool of_partner) {
    for (const auto& table : tables_) {
      // Materials are the organization's; a partner sees those that are meant for it.
      const std::string mine = table.name == "materials" ? "any (partner_ids)" : table.partner_column;
      if (of_partner && mine.empty()) continue;
      const std::string where = of_partner ? fmt::format("{} = {}", whose, mine) : whose;
      for (const auto& column : table.uuids) {
        const auto rows = administrator_.exec(
            fmt::format("select distinct {0}::text from app.{1} where {2} and {0} is not null "
                        "and {0} <> '00000000-0000-0000-0000-000000000000'",
                        column, table.name, where));
        for (int r = 0; r < rows.rows(); ++r) out.emplace(rows.cell(r, 0).value_or(""));
      }
    }
  }

  /// What stands in the rows that this actor must not change.
  std::string fingerprint(const Actor& actor) {
    std::string out;
    for (const auto& table : tables_) {
      auto conditions = actor.walled;
      if (actor.kind == Kind::partner && !table.partner_column.empty())
        conditions.push_back(
            fmt::format("{} = '{}'", table.partner_column, actor.foreign.front().second->partner_id.str()));
      for (const auto& where : conditions)
        out += administrator_
                   .value(fmt::format("select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) "
                                      "from app.{} t where {}",
                                      table.name, where))
                   .value_or("");
    }
    return out;
  }

  // ------------------------------------------------------------------ what is asked

  static bool is_public(const Route& route) {
    return std::ranges::find(kPublic, route.pattern) != kPublic.end();
  }

  /// 0: admitted; else the refusal.
  static int gate(const Actor& actor, const Route& route) {
    if (route.access == Access::open) return 0;
    if (actor.kind == Kind::anonymous) return 401;
    if (route.access == Access::user) return actor.is_user ? 0 : 403;
    if (route.pattern.starts_with(kOperators)) return 403;  // for the platform's people; these are tenants'
    if (actor.kind == Kind::staff) return 0;
    const bool admitted =
        actor.kind == Kind::site ? route.access == Access::site : route.access == Access::partner;
    return admitted ? 0 : 403;
  }

  static std::string id_of(const Things* things, std::string_view name) {
    if (things == nullptr) return {};
    const auto found = things->ids.find(std::string(name));
    return found == things->ids.end() ? std::string() : found->second;
  }

  /// A call that would be right for the owner of these things.
  Call call_for(const Route& route, const Things* things, std::string what) {
    Call out{.what = std::move(what), .args = {}, .query = {}, .body = {}};
    for (const auto& name : names_in(route.pattern)) out.args.emplace_back(name, id_of(things, name));
    const IdOf of = [&](std::string_view field) { return id_of(things, field); };
    if (route.body != nullptr) out.body = print_members(sample_members(*route.body, of));
    if (!route.byte_types.empty()) out.body = file_of(route.byte_types.front());
    if (route.query != nullptr)
      for (const auto& member : sample_members(*route.query, of))
        out.query.emplace_back(member.name, query_text(member.value));
    return out;
  }

  http::Response send(const Actor& actor, const Route& route, const Call& call) {
    http::Request request;
    request.method = route.method;
    request.path = path_of(route.pattern, call.args);
    request.query = call.query;
    request.headers = actor.headers;
    request.body = call.body;
    if (!call.body.empty())
      request.headers.emplace_back("content-type",
                                   route.byte_types.empty() ? "application/json" : route.byte_types.front());
    if (http::changes_state(route.method)) request.headers.emplace_back("idempotency-key", new_uuid().str());
    if (route.version != nullptr) request.headers.emplace_back("if-match", "*");
    request.client_ip = "127.0.0.1";
    request.request_id = new_uuid().str();
    ++findings_.requests;
    auto answer = db::run_blocking(io_, dispatch_(pool_, std::move(request)));
    if (answer.status >= 500) leak(actor, route, call, fmt::format("answers {}", answer.status));
    if (!is_public(route)) search(actor, route, call, answer);
    return answer;
  }

  void leak(const Actor& actor, const Route& route, const Call& call, std::string_view detail) {
    findings_.leak(fmt::format("{} {} as {} with {}: {}", http::method_name(route.method), route.pattern,
                               actor.name, call.what, detail));
  }

  /// Looks for ids and texts of others.
  void search(const Actor& actor, const Route& route, const Call& call, const http::Response& answer) {
    std::string text = answer.body;
    for (const auto& [name, value] : answer.headers) text += "\n" + value;
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::size_t kLength = 36, kDash = 8;
    for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at + 1)) {
      if (at < kDash || at - kDash + kLength > text.size()) continue;
      const std::string id = text.substr(at - kDash, kLength);
      const bool was_asked =
          std::ranges::any_of(call.query, [&](const auto& pair) { return pair.second == id; });
      if (actor.ids.contains(id) && !was_asked)
        return leak(actor, route, call, "the answer holds the id " + id);
    }
    for (const auto& marker : actor.markers)
      if (text.contains(marker)) return leak(actor, route, call, "the answer holds the text " + marker);
  }

  // ------------------------------------------------------------------ what is expected

  void visit(const Actor& actor, const Route& route) {
    const auto names = names_in(route.pattern);
    if (is_public(route)) return;
    for (const auto& name : names)
      if (id_of(actor.foreign.front().second, name).empty())
        return findings_.leak(fmt::format(
            "not covered: {} has a {{{}}} that app/isolation/seed.cpp does not make", route.pattern, name));
    const int refusal = gate(actor, route);
    if (refusal != 0) return expect_gate(actor, route, refusal);
    if (!http::changes_state(route.method)) read_own(actor, route);
    // What an open route without an argument stores is told by its body: a public code.
    if (route.access == Access::open) return;
    for (const auto& name : names) expect_absent(actor, route, name);
    if (route.body != nullptr) foreign_body(actor, route);
    if (route.query != nullptr) foreign_query(actor, route);
    // What a user does to itself ends the session that the tour goes on with.
    if (names.empty() && http::changes_state(route.method) && route.access != Access::user)
      send(actor, route, call_for(route, actor.own, "own ids"));
  }

  /// Not admitted: the same refusal for every id.
  void expect_gate(const Actor& actor, const Route& route, int status) {
    std::vector<Call> calls;
    if (actor.own != nullptr) calls.push_back(call_for(route, actor.own, "own ids"));
    for (const auto& [name, things] : actor.foreign)
      calls.push_back(call_for(route, things, "ids of " + name));
    Call unknown = call_for(route, nullptr, "unknown ids");
    for (auto& [name, value] : unknown.args) value = new_uuid().str();
    calls.push_back(std::move(unknown));
    std::optional<std::string> first;
    for (const auto& call : calls) {
      const auto answer = send(actor, route, call);
      if (answer.status != status)
        leak(actor, route, call, fmt::format("answers {}, not {}", answer.status, status));
      if (!first) first = without_request_id(answer.body);
      if (without_request_id(answer.body) != *first) leak(actor, route, call, "is refused in other words");
    }
  }

  /// One argument is foreign, unknown or malformed; the others are the actor's own.
  void expect_absent(const Actor& actor, const Route& route, const std::string& name) {
    const auto with = [&](std::string what, std::string value) {
      Call call = call_for(route, actor.own, std::move(what));
      for (auto& [key, old] : call.args)
        if (key == name) old = value;
      return call;
    };
    Call unknown = with("an unknown " + name, new_uuid().str());
    const auto expected = send(actor, route, unknown);
    if (expected.status != 404)
      leak(actor, route, unknown, fmt::format("answers {}, not 404", expected.status));
    std::vector<Call> calls{with("a malformed " + name, "not-an-id")};
    for (const auto& [whose, things] : actor.foreign) {
      const std::string id = id_of(things, name);
      if (id == id_of(actor.own, name)) continue;  // the organization itself, for its other partner
      calls.push_back(with(fmt::format("the {} of {}", name, whose), id));
    }
    for (const auto& call : calls) {
      const auto answer = send(actor, route, call);
      if (answer.status != expected.status)
        leak(actor, route, call,
             fmt::format("answers {}, an unknown one {}", answer.status, expected.status));
      else if (without_request_id(answer.body) != without_request_id(expected.body))
        leak(actor, route, call, "is answered in other words than an unknown one");
    }
  }

  /// Ids in a body: nothing is done with another's, and it is refused like an unknown one.
  void foreign_body(const Actor& actor, const Route& route) {
    for (const auto& field : route.body->fields()) {
      if (!is_id(*field.codec)) continue;
      const auto with = [&](std::string what, const std::string& id) {
        Call call = call_for(route, actor.own, std::move(what));
        auto members =
            sample_members(*route.body, [&](std::string_view name) { return id_of(actor.own, name); });
        std::erase_if(members, [&](const Member& member) { return is_id(*member.codec); });
        members.push_back({field.name, field.codec, fmt::format("\"{}\"", id)});
        call.body = print_members(members);
        return call;
      };
      const std::string in_body = fmt::format("{} in the body", field.name);
      compare(
          actor, route, std::string(field.name),
          [&](std::string what, const std::string& id) {
            return with(fmt::format("{} {}", what, in_body), id);
          },
          true);
    }
  }

  /// Ids in a query: a list is as empty as for an unknown one.
  void foreign_query(const Actor& actor, const Route& route) {
    for (const auto& field : route.query->fields()) {
      if (!is_id(*field.codec)) continue;
      compare(
          actor, route, std::string(field.name),
          [&](std::string what, const std::string& id) {
            Call call = call_for(route, actor.own, fmt::format("{} ?{}", what, field.name));
            std::erase_if(call.query, [&](const auto& pair) { return pair.first == field.name; });
            call.query.emplace_back(field.name, id);
            return call;
          },
          false);
    }
  }

  template <class Make>
  void compare(const Actor& actor, const Route& route, const std::string& name, const Make& make,
               bool must_refuse) {
    const Call unknown = make("an unknown", new_uuid().str());
    const auto expected = send(actor, route, unknown);
    for (const auto& [whose, things] : actor.foreign) {
      const std::string id = id_of(things, name);
      if (id.empty() || id == id_of(actor.own, name)) continue;
      const Call call = make("the foreign (" + whose + ")", id);
      const auto answer = send(actor, route, call);
      if (must_refuse && answer.status / 100 == 2)
        leak(actor, route, call, fmt::format("answers {}", answer.status));
      if (answer.status != expected.status ||
          without_request_id(answer.body) != without_request_id(expected.body))
        leak(actor, route, call,
             fmt::format("answers {}, otherwise than an unknown one ({})", answer.status, expected.status));
    }
  }

  /// The actor's own view: every form of it, searched for what is not its own.
  void read_own(const Actor& actor, const Route& route) {
    std::vector<Call> calls{call_for(route, actor.own, "own ids")};
    if (route.is_page) {
      calls.push_back(calls.front());
      calls.back().what = "own ids as CSV";
      calls.back().query.emplace_back("format", "csv");
    }
    if (route.query != nullptr)
      for (const auto& field : route.query->fields()) {
        if (plain(*field.codec).shape != json::Shape::enumeration) continue;
        for (const auto& value : plain(*field.codec).enumerators()) {
          Call call = calls.front();
          call.what = fmt::format("?{}={}", field.name, value.name);
          std::erase_if(call.query, [&](const auto& pair) { return pair.first == field.name; });
          call.query.emplace_back(field.name, value.name);
          calls.push_back(std::move(call));
        }
      }
    for (const auto& call : calls) {
      const auto answer = send(actor, route, call);
      if (answer.status / 100 == 2 || answer.status == 304)
        ++findings_.own_answers;
      else if (actor.own != nullptr)
        leak(actor, route, call, fmt::format("not covered: answers {} {}", answer.status, answer.body));
    }
  }

  /// The door: with own ids the same calls work, or are refused by a state, so the 404s above were the
  /// wall's.
  void use_own(const Actor& actor, const Route& route) {
    const Call call = call_for(route, actor.own, "own ids");
    if (route.access == Access::open || gate(actor, route) != 0) return;
    const auto answer = send(actor, route, call);
    if (answer.status / 100 == 2 || answer.status == 409)
      ++findings_.own_answers;
    else
      leak(actor, route, call,
           fmt::format("not covered: answers {} {} to {}; see app/isolation/samples.cpp", answer.status,
                       answer.body, call.body));
  }

  boost::asio::io_context& io_;
  db::Pool& pool_;
  const World& world_;
  const http::Routes& routes_;
  Findings& findings_;
  db::AdminConnection administrator_;
  std::vector<Table> tables_;
  http::Dispatch dispatch_;
  std::vector<Actor> actors_;
};

}  // namespace

void check_routes(boost::asio::io_context& io, db::Pool& pool, const Target& target, const World& world,
                  const http::Routes& routes, const http::Hooks& hooks, Findings& findings) {
  Tour(io, pool, target, world, routes, hooks, findings).run();
}

}  // namespace tandem::app::isolation
