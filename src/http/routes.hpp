// Routes as data: method, pattern, handler, access, permission, role, summary, refusals and both codecs. The
// router, dispatch and the OpenAPI document all read this one table, so they cannot disagree. A route without
// access, permission, role or summary does not start the server.
//
//   routes.post("/api/partners/{partner_id}/links", create_link)
//       .says("Create a link").allow(Access::partner).needs(Permission::links_manage).as(Role::write)
//       .refuses({&kCodeTaken});
//
// A handler is Task<Answer>(db::Tx&, Args…) or Task<Answer>(http::Context, Args…). Args in order: for a Tx
// handler that asks what its caller may do, a Principal; one for each {…} of the pattern (a TextValue;
// malformed = 404); then at most one described struct: the body of POST, PUT and PATCH, the query of GET and
// DELETE. Answer is a described struct, Page<T>, Reply<T>,
// NoContent or Response.
#pragma once
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/page.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "db/tx.hpp"
#include "http/context.hpp"
#include "http/message.hpp"
#include "http/principal.hpp"

namespace tandem::http {

using db::Role;

/// 204.
struct NoContent {};

/// The bytes of a body as they came, for a route with .takes_bytes(): the last argument of its handler. A
/// described struct before it is then the query.
struct Bytes {
  std::string content_type;  // one of the route's types
  std::string value;
};

/// An answer whose status is not the route's usual one (200 for a lead that was known already, instead of
/// 201).
template <class T>
struct Reply {
  int status;
  T value;
  Pairs headers = {};  // such as Set-Cookie
};

/// How a repeated call is recognised.
enum class Repeat {
  safe,  // GET, HEAD
  key,   // mutating Tx routes: Idempotency-Key is required; claim, work and stored answer are one transaction
  content,  // mutating Context routes (tracking, inbound events): the content itself says that it is the same
};

/// The row of a query for Route::versioned.
struct RowVersion {
  Timestamp updated_at;
};
BOOST_DESCRIBE_STRUCT(RowVersion, (), (updated_at))

struct Route {
  using TxHandler = std::function<Task<Response>(db::Tx&, const Request&, const PathArgs&, const Principal&)>;
  using ContextHandler = std::function<Task<Response>(Context, const PathArgs&)>;

  Method method{};
  std::string pattern;
  int success = 200;
  TxHandler tx_handler;  // one of the two is set
  ContextHandler context_handler;
  ContextHandler site_handler;  // of a tx route: takes the calls of site keys instead (collected writes)
  const json::Codec* query = nullptr;
  const json::Codec* body = nullptr;
  const json::Codec* result = nullptr;    // nullptr: no body, or not JSON
  bool is_page = false;                   // result is the item's codec
  std::vector<std::string> path_formats;  // OpenAPI formats of the {…}
  std::string operation;                  // operationId; made from the summary unless named
  std::vector<int> other_success;         // statuses of Reply<T> besides `success`
  std::string result_type = "application/json";
  std::string secret;  // a member of the answer that is never stored

  std::optional<Access> access;
  std::optional<Permission> permission;
  bool is_sensitive = false;  // a user must have proved within minutes that it is still them
  bool is_report = false;     // reads much: a few at a time, so that the rest goes on
  std::optional<Role> role;
  std::string summary, description, tag;
  std::vector<const ProblemKind*> problems;
  Repeat repeat = Repeat::safe;
  const db::QueryBase* version = nullptr;  // of edits: locks the thing and gives its updated_at
  std::vector<std::string> byte_types;     // content types of a body that is taken as it is
  bool accepts_text = false;               // text/plain bodies too (beacons)
  bool any_origin =
      false;  // CORS: any origin, no credentials (tracking); site routes answer their key's origins
  std::size_t body_max = 1 << 20;

  Route& says(std::string text) {
    summary = std::move(text);
    return *this;
  }
  Route& explains(std::string text) {
    description = std::move(text);
    return *this;
  }
  Route& allow(Access who) {
    access = who;
    return *this;
  }
  /// What the caller must be permitted; of every route but those for anybody and for any user.
  Route& needs(Permission what) {
    permission = what;
    return *this;
  }
  /// For payouts, bank details, keys, secrets, roles, exports of personal data: a user's session must have
  /// been confirmed within minutes, else 403 `reauth`. Asked of sessions alone, by the authenticate hook.
  Route& sensitive() {
    is_sensitive = true;
    return *this;
  }
  /// Reads much: of all callers' a few run at a time (LimitOptions), what comes on top is 503 `unavailable`.
  /// Lists as CSV are such, too.
  Route& reports() {
    is_report = true;
    return *this;
  }
  Route& as(Role login_role) {
    role = login_role;
    return *this;
  }
  Route& refuses(std::initializer_list<const ProblemKind*> kinds) {
    problems = kinds;
    return *this;
  }
  Route& repeats(Repeat how) {
    repeat = how;
    return *this;
  }
  Route& takes_text() {
    accepts_text = true;
    return *this;
  }
  /// The body is a file of one of these content types, taken as it is.
  Route& takes_bytes(std::vector<std::string> content_types) {
    byte_types = std::move(content_types);
    return *this;
  }
  Route& from_any_origin() {
    any_origin = true;
    return *this;
  }
  Route& body_up_to(std::size_t bytes) {
    body_max = bytes;
    return *this;
  }
  /// An edit of one thing: the caller sends `If-Match` with the ETag that it read (or `*`), else 428; when
  /// the thing has changed meanwhile, 412 and nothing happens. The query locks the row of the first path
  /// argument and gives its updated_at, which is what the ETag of an answer is made of.
  template <class IdType>
  Route& versioned(const db::Query<RowVersion(IdType)>& row_version) {
    version = &row_version;
    return *this;
  }
  Route& answers(int status) {
    success = status;
    return *this;
  }
  /// A further status with the same body, such as 200 where a repeated lead is answered.
  Route& also_answers(int status) {
    other_success.push_back(status);
    return *this;
  }
  /// Calls of browsers (site keys) go to this handler, which shares its write with others and recognises a
  /// repeat by its content; servers' calls stay with the transaction and its Idempotency-Key.
  Route& collected(ContextHandler handler) {
    site_handler = std::move(handler);
    return *this;
  }
  Route& named(std::string operation_id) {
    operation = std::move(operation_id);
    return *this;
  }
  /// A member of the answer that is a secret: the stored answer of a repeated call has null instead.
  Route& shows_once(std::string member) {
    secret = std::move(member);
    return *this;
  }
  Route& answers_type(std::string type) {
    result_type = std::move(type);
    return *this;
  }
};

/// Maps a constraint's name to the refusal that it means (accounts_floor → insufficient_funds).
struct ConstraintProblem {
  std::string_view constraint;
  const ProblemKind* kind;
};

namespace detail {

template <class T>
struct AnswerOf {
  using value = T;
  static constexpr bool page = false;
};
template <class T>
struct AnswerOf<Page<T>> {
  using value = T;
  static constexpr bool page = true;
};
template <class T>
struct AnswerOf<Reply<T>> {
  using value = T;
  static constexpr bool page = false;
};

template <class T>
inline constexpr bool is_structure =
    std::is_class_v<T> && !TextValue<T> && boost::describe::has_describe_members<T>::value;

/// Reads path argument i; a malformed one is an unknown resource.
template <class T>
T path_argument(const PathArgs& args, std::size_t i) {
  auto value = T::parse(args.at(i));
  if (!value) throw Problem(kNotFound);
  return *std::move(value);
}

Response json_response(int status, std::string body);

/// The ETag of a thing with an updated_at: it changes with every change of its row.
std::string etag_of(Timestamp updated_at);

template <class T>
Response thing_response(int status, const T& value) {
  Response out = json_response(status, json::print(value));
  if constexpr (requires { Timestamp{value.updated_at}; })
    out.headers.emplace_back("ETag", etag_of(value.updated_at));
  return out;
}
std::string page_body(const json::Codec& item, std::size_t count,
                      const std::function<const void*(std::size_t)>& at, const std::optional<Cursor>& next);

/// The rows of a page as CSV lines without a header line; the cursor of the rest is in Response::next_cursor.
Response page_rows_csv(const json::Codec& item, std::size_t count,
                       const std::function<const void*(std::size_t)>& at, const std::optional<Cursor>& next);

template <class T>
inline constexpr bool is_reply = false;
template <class T>
inline constexpr bool is_reply<Reply<T>> = true;

/// Status 0 stands for the route's usual one; dispatch fills it in.
template <class Answer>
Response render(const Answer& answer, bool wants_csv) {
  if constexpr (std::is_same_v<Answer, Response>) {
    return answer;
  } else if constexpr (std::is_same_v<Answer, NoContent>) {
    Response out;
    out.status = 204;
    out.content_type.clear();
    return out;
  } else if constexpr (AnswerOf<Answer>::page) {
    using Item = typename AnswerOf<Answer>::value;
    const auto at = [&](std::size_t i) -> const void* { return &answer.items[i]; };
    if (wants_csv) return page_rows_csv(json::codec<Item>(), answer.items.size(), at, answer.next_cursor);
    return json_response(0, page_body(json::codec<Item>(), answer.items.size(), at, answer.next_cursor));
  } else if constexpr (is_reply<Answer>) {
    Response out = thing_response(answer.status, answer.value);
    out.headers.insert(out.headers.end(), answer.headers.begin(), answer.headers.end());
    return out;
  } else {
    return thing_response(0, answer);
  }
}

/// Refuses a range whose end is before its beginning or more than 400 days after it.
template <class Instant>
void check_range(const std::optional<Instant>& from, const std::optional<Instant>& to) {
  if (!from || !to) return;
  constexpr std::chrono::days kLongest{400};
  bool is_long;
  if constexpr (std::is_same_v<Instant, Day>)
    is_long = to->days() - from->days() > kLongest;
  else
    is_long = *to - *from > kLongest;
  if (*to < *from || is_long)
    throw invalid_field("?to", "out_of_range", "to must not be before from, nor more than 400 days after it");
}

/// Reads the trailing structure: from the query of GET and DELETE and where the body is bytes, from the body
/// otherwise.
template <class T, bool InQuery>
T read_input(const Request& request) {
  T out{};
  if (InQuery || request.method == Method::get || request.method == Method::head ||
      request.method == Method::delete_) {
    json::parse_query(json::codec<T>(), request.query, &out);
    if constexpr (requires { check_range(out.from, out.to); }) check_range(out.from, out.to);
  } else
    json::parse(json::codec<T>(), request.body, &out);
  return out;
}

/// True for the arguments of a handler that asks what its caller may do: the Principal stands first.
template <class... Args>
inline constexpr bool takes_principal = (std::is_same_v<std::remove_cvref_t<Args>, Principal> || ...);

/// Argument i of a handler, not counting a Principal. `Args`: all of them.
template <class T, class... Args>
T argument(const Request& request, const PathArgs& args, const Principal& principal, std::size_t i) {
  if constexpr (std::is_same_v<T, Principal>)
    return principal;
  else if constexpr (std::is_same_v<T, Bytes>)
    return {std::string(request.header("content-type").value_or("")), request.body};
  else if constexpr (is_structure<T>)
    return read_input<T, (std::is_same_v<Args, Bytes> || ...)>(request);
  else
    return path_argument<T>(args, i);
}

}  // namespace detail

class Routes {
 public:
  template <class Answer, class First, class... Args>
  Route& get(std::string pattern, Task<Answer> (*handler)(First, Args...)) {
    return add(Method::get, 200, std::move(pattern), handler);
  }
  template <class Answer, class First, class... Args>
  Route& post(std::string pattern, Task<Answer> (*handler)(First, Args...)) {
    return add(Method::post, 201, std::move(pattern), handler);
  }
  template <class Answer, class First, class... Args>
  Route& put(std::string pattern, Task<Answer> (*handler)(First, Args...)) {
    return add(Method::put, 200, std::move(pattern), handler);
  }
  template <class Answer, class First, class... Args>
  Route& patch(std::string pattern, Task<Answer> (*handler)(First, Args...)) {
    return add(Method::patch, 200, std::move(pattern), handler);
  }
  template <class Answer, class First, class... Args>
  Route& del(std::string pattern, Task<Answer> (*handler)(First, Args...)) {
    return add(Method::delete_, 204, std::move(pattern), handler);
  }
  /// A handler with state (a collector, a set of assets): any callable Task<Response>(Context, const
  /// PathArgs&).
  Route& raw(Method method, std::string pattern, Route::ContextHandler handler);

  /// All routes declared from now on carry this tag in the OpenAPI document.
  void tag(std::string name) { tag_ = std::move(name); }
  void map_constraint(std::string_view constraint, const ProblemKind& kind) {
    constraints_.push_back({constraint, &kind});
  }
  std::span<const Route> all() const { return {routes_.data(), routes_.size()}; }
  const ProblemKind* constraint_problem(std::string_view constraint) const;
  /// Throws std::logic_error naming the first route without access, permission (open and user routes have
  /// none), role (Context routes need none) or summary, declared twice, or whose repeat and access do not fit
  /// each other.
  void check() const;

 private:
  template <class Answer, class First, class... Args>
  Route& add(Method method, int success, std::string pattern, Task<Answer> (*handler)(First, Args...)) {
    using Value = typename detail::AnswerOf<Answer>::value;
    constexpr bool no_content = std::is_same_v<Answer, NoContent>;
    if (no_content) success = 204;
    if (!no_content && success == 204) success = 200;
    Route& route = begin(method, success, std::move(pattern));
    route.is_page = detail::AnswerOf<Answer>::page;
    if constexpr (!std::is_same_v<Answer, Response> && !no_content) route.result = &json::codec<Value>();
    (describe_argument<std::remove_cvref_t<Args>, Args...>(route), ...);
    if constexpr (std::is_same_v<First, db::Tx&>) {
      route.tx_handler = [handler](db::Tx& tx, const Request& request, const PathArgs& args,
                                   const Principal& principal) {
        return call_tx<Answer, Args...>(handler, tx, request, args, principal,
                                        std::index_sequence_for<Args...>{});
      };
    } else {
      static_assert(std::is_same_v<First, Context>, "a handler takes db::Tx& or http::Context first");
      set_context_handler(route, [handler](Context context, const PathArgs& args) {
        return call_context<Answer, Args...>(handler, context, args, std::index_sequence_for<Args...>{});
      });
    }
    return route;
  }
  template <class T, class... Args>
  static void describe_argument(Route& route) {
    if constexpr (std::is_same_v<T, Bytes> || std::is_same_v<T, Principal>) {
      return;
    } else if constexpr (detail::is_structure<T>) {
      const bool in_query = route.method == Method::get || route.method == Method::delete_ ||
                            (std::is_same_v<Args, Bytes> || ...);
      (in_query ? route.query : route.body) = &json::codec<T>();
    } else {
      route.path_formats.emplace_back(T::kFormat);
    }
  }
  template <class Answer, class... Args, std::size_t... I>
  static Task<Response> call_tx(Task<Answer> (*handler)(db::Tx&, Args...), db::Tx& tx, const Request& request,
                                const PathArgs& args, const Principal& principal, std::index_sequence<I...>) {
    constexpr std::size_t kBefore = detail::takes_principal<Args...> ? 1 : 0;
    const Answer answer = co_await handler(
        tx, detail::argument<std::remove_cvref_t<Args>, Args...>(request, args, principal, I - kBefore)...);
    co_return detail::render(answer, request.wants_csv);
  }
  template <class Answer, class... Args, std::size_t... I>
  static Task<Response> call_context(Task<Answer> (*handler)(Context, Args...), Context context,
                                     const PathArgs& args, std::index_sequence<I...>) {
    const Answer answer = co_await handler(context, detail::argument<std::remove_cvref_t<Args>, Args...>(
                                                        context.request, args, context.principal, I)...);
    co_return detail::render(answer, context.request.wants_csv);
  }
  Route& begin(Method method, int success, std::string pattern);
  static void set_context_handler(Route& route, Route::ContextHandler handler);

  std::vector<Route> routes_;
  std::vector<ConstraintProblem> constraints_;
  std::string tag_;
};

}  // namespace tandem::http
