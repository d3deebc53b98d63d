#include "db/connection.hpp"

#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <cstdlib>
#include <map>

#include "db/conninfo.hpp"
#include "db/pg.hpp"
#include "db/row_array.hpp"

namespace asio = boost::asio;

namespace tandem::db {

namespace {

using Socket = asio::posix::stream_descriptor;
using Outcome = std::expected<Result, DbError>;

// The server looks every few seconds whether we are still there, so that closing a socket cancels what runs
// on it.
constexpr const char* kServerOptions =
    " -c TimeZone=UTC -c DateStyle=ISO -c client_connection_check_interval=2s";

constexpr std::chrono::milliseconds kDeadline{65'000};

struct Command {
  std::string text{};                // of a statement without a Query
  const QueryBase* query = nullptr;  // prepared
  std::vector<Param> params{};
  bool wanted = false;
};

/// What one answer of the server belongs to.
struct Step {
  const QueryBase* query = nullptr;
  bool prepares = false, wanted = false;
};

/// Shared with the timer's handler, which may run after the connection is gone.
struct Alarm {
  Socket* socket = nullptr;
  std::int64_t turn = 0;  // the drain that set the timer
  bool rang = false;
};

void set_alarm(asio::steady_timer& timer, const std::shared_ptr<Alarm>& alarm,
               std::chrono::milliseconds delay) {
  timer.expires_after(delay);
  timer.async_wait([alarm, turn = alarm->turn](const boost::system::error_code& failed) {
    if (failed || alarm->turn != turn || alarm->socket == nullptr) return;
    alarm->rang = true;
    alarm->socket->cancel();
  });
}

}  // namespace

Result::Result(void* pg_result) : result_(pg_result, [](void* r) { PQclear(static_cast<PGresult*>(r)); }) {
  auto* r = static_cast<PGresult*>(pg_result);
  rows_ = PQntuples(r);
  columns_ = PQnfields(r);
  affected_ = std::atoll(PQcmdTuples(r));
}

std::optional<std::string_view> Result::cell(int row, int column) const {
  const auto* r = static_cast<const PGresult*>(result_.get());
  if (PQgetisnull(r, row, column) != 0) return std::nullopt;
  return std::string_view(PQgetvalue(r, row, column), static_cast<std::size_t>(PQgetlength(r, row, column)));
}

std::string_view Result::command_tag() const {
  if (!result_) return {};
  return PQcmdStatus(static_cast<PGresult*>(result_.get()));
}

struct Connection::Impl {
  explicit Impl(const asio::any_io_executor& executor) : socket(executor), timer(executor) {
    alarm->socket = &socket;
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    alarm->socket = nullptr;
    if (socket.is_open()) socket.release();  // libpq closes it
    PQfinish(pg);
  }

  Task<> connect(std::string conninfo, std::chrono::milliseconds timeout);
  Task<> wait_for_socket(Socket::wait_type what);
  void enqueue_all(std::vector<Step>& steps);
  void enqueue(Command& command, std::vector<Step>& steps);
  Task<> learn_row_types();
  void bind(Command& command);
  Task<> flush();
  Task<> collect(std::vector<Outcome>& out, std::optional<DbError>& first);
  void take(PGresult* result, const Step& step, std::vector<Outcome>& out, std::optional<DbError>& first);
  Task<> exchange(std::vector<Outcome>& out, std::optional<DbError>& first);
  [[noreturn]] void lost() {
    dead = true;
    throw DbError("08006", "", words_of(pg), "");
  }

  PGconn* pg = nullptr;
  Socket socket;
  asio::steady_timer timer;
  std::shared_ptr<Alarm> alarm = std::make_shared<Alarm>();
  std::vector<Command> queue;
  std::vector<Step> steps;     // of the drain under way
  std::vector<bool> prepared;  // by QueryBase::number()
  std::map<std::string_view, std::int32_t>
      row_types;                    // composite types of row arrays, as the database numbers
  std::vector<const char*> values;  // of the statement that is bound
  std::vector<int> lengths, formats;
  std::chrono::milliseconds deadline = kDeadline;
  std::int64_t round_trips = 0;
  bool dead = false, draining = false, alarm_set = false, distributed = false;
};

Task<> Connection::Impl::connect(std::string conninfo, std::chrono::milliseconds timeout) {
  const auto unreachable = [this](std::string words) {
    dead = true;
    return DbError("08001", "", std::move(words), "");
  };
  auto parts = parse_conninfo(conninfo);
  std::vector<const char*> keys, texts;
  std::string options = kServerOptions + 1;
  for (const auto& [key, value] : parts) {
    if (key == "options") options = value + kServerOptions;
    keys.push_back(key.c_str());
    texts.push_back(value.c_str());
  }
  // A key that is given twice counts as it stands last.
  for (const auto& [key, value] :
       {std::pair{"client_encoding", "UTF8"}, std::pair{"application_name", "tandem"},
        std::pair{"options", options.c_str()}}) {
    keys.push_back(key);
    texts.push_back(value);
  }
  keys.push_back(nullptr);
  texts.push_back(nullptr);
  pg = PQconnectStartParams(keys.data(), texts.data(), 0);
  if (pg == nullptr || PQstatus(pg) == CONNECTION_BAD) throw unreachable(words_of(pg));
  PQsetNoticeProcessor(pg, [](void*, const char*) {}, nullptr);
  set_alarm(timer, alarm, timeout);
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
    // libpq may change its socket between two steps.
    socket.assign(PQsocket(pg));
    co_await socket.async_wait(state == PGRES_POLLING_WRITING ? Socket::wait_write : Socket::wait_read,
                               asio::as_tuple(asio::use_awaitable));
    socket.release();
    if (alarm->rang) throw unreachable("no connection within the time allowed");
    state = PQconnectPoll(pg);
    if (state == PGRES_POLLING_FAILED) throw unreachable(words_of(pg));
  }
  ++alarm->turn;
  timer.cancel();
  if (PQsetnonblocking(pg, 1) != 0 || PQenterPipelineMode(pg) != 1) throw unreachable(words_of(pg));
  socket.assign(PQsocket(pg));
}

/// Waits for the socket; throws when the deadline passes first.
Task<> Connection::Impl::wait_for_socket(Socket::wait_type what) {
  if (!alarm_set) {
    alarm_set = true;
    set_alarm(timer, alarm, deadline);
  }
  if (!alarm->rang) {
    if (what == Socket::wait_write) {
      // The server may be waiting for us to read before it reads on.
      using asio::experimental::awaitable_operators::operator||;
      co_await (socket.async_wait(Socket::wait_write, asio::as_tuple(asio::use_awaitable)) ||
                socket.async_wait(Socket::wait_read, asio::as_tuple(asio::use_awaitable)));
    } else {
      co_await socket.async_wait(what, asio::as_tuple(asio::use_awaitable));
    }
  }
  if (!alarm->rang) co_return;
  dead = true;
  throw DbError("57014", "", fmt::format("no answer within {} ms", deadline.count()), "");
}

/// Points `values` to the parameters. All are text but arrays of rows.
void Connection::Impl::bind(Command& command) {
  const auto types = command.query->params();
  values.clear();
  lengths.clear();
  formats.clear();
  for (std::size_t i = 0; i < command.params.size(); ++i) {
    auto& param = command.params[i];
    const bool binary = param && is_row_array(types[i]);
    if (binary) {
      const auto type = big_endian(row_types.at(types[i]));
      param->replace(kRowTypeAt, type.size(), type.data(), type.size());
    }
    values.push_back(param ? param->c_str() : nullptr);
    lengths.push_back(param ? static_cast<int>(param->size()) : 0);
    formats.push_back(binary ? 1 : 0);
  }
}

void Connection::Impl::enqueue(Command& command, std::vector<Step>& out) {
  int good = 0;
  if (command.query == nullptr) {
    good = PQsendQueryParams(pg, command.text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
  } else {
    const auto& query = *command.query;
    if (prepared.size() <= query.number()) prepared.resize(query.number() + 1);
    if (!prepared[query.number()]) {
      if (PQsendPrepare(pg, query.statement().c_str(), query.sql().c_str(), 0, nullptr) == 0) lost();
      out.push_back({&query, true, false});
      prepared[query.number()] = true;  // taken back when this very Parse does not succeed
    }
    bind(command);
    good = PQsendQueryPrepared(pg, query.statement().c_str(), static_cast<int>(values.size()), values.data(),
                               lengths.data(), formats.data(), 1);
  }
  if (good == 0) lost();
  out.push_back({command.query, false, command.wanted});
}

void Connection::Impl::enqueue_all(std::vector<Step>& out) {
  for (auto& command : queue) enqueue(command, out);
  queue.clear();
  if (PQpipelineSync(pg) == 0) lost();
}

Task<> Connection::Impl::flush() {
  for (;;) {
    const int left = PQflush(pg);
    if (left == 0) co_return;
    if (left < 0) lost();
    co_await wait_for_socket(Socket::wait_write);
    if (PQconsumeInput(pg) == 0) lost();
  }
}

/// One answer that is no sync.
void Connection::Impl::take(PGresult* raw, const Step& step, std::vector<Outcome>& out,
                            std::optional<DbError>& first) {
  Result result(raw);
  switch (PQresultStatus(raw)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
      if (step.wanted) out.emplace_back(std::move(result));
      return;
    case PGRES_FATAL_ERROR:
      if (!first) first = error_of(raw, step.query == nullptr ? "" : step.query->name());
      break;
    case PGRES_PIPELINE_ABORTED: break;
    default: dead = true; throw DbError("0A000", "", "a statement that this connection cannot carry", "");
  }
  if (step.prepares) prepared[step.query->number()] = false;
  if (step.wanted) {
    TANDEM_ASSERT(first, "a statement was aborted before any failed");
    out.emplace_back(std::unexpected(*first));
  }
}

Task<> Connection::Impl::collect(std::vector<Outcome>& out, std::optional<DbError>& first) {
  for (std::size_t at = 0;;) {
    while (PQisBusy(pg) != 0) {
      // The answer may be there already; a wait costs a turn of the event loop.
      if (PQconsumeInput(pg) == 0) lost();
      if (PQisBusy(pg) == 0) break;
      co_await wait_for_socket(Socket::wait_read);
    }
    PGresult* result = PQgetResult(pg);
    if (result == nullptr) {
      if (++at > steps.size() || PQstatus(pg) == CONNECTION_BAD) lost();
      continue;
    }
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
      PQclear(result);
      break;
    }
    if (at >= steps.size()) {
      PQclear(result);
      lost();
    }
    take(result, steps[at], out, first);
  }
  // Brings libpq back to idle, so that it tells the transaction's state.
  if (PGresult* more = PQgetResult(pg); more != nullptr) {
    PQclear(more);
    lost();
  }
}

/// Asks for the numbers of composite types that what is queued needs and this connection does not know: once
/// a connection.
Task<> Connection::Impl::learn_row_types() {
  for (std::size_t i = 0; i < queue.size(); ++i) {
    if (queue[i].query == nullptr) continue;
    for (const auto type : queue[i].query->params()) {
      if (!is_row_array(type) || row_types.contains(type)) continue;
      Command ask{.text = fmt::format("select 'app.{}'::regtype::oid::int4", type.substr(1)), .wanted = true};
      std::vector<Step> asked;
      enqueue(ask, asked);
      if (PQpipelineSync(pg) == 0) lost();
      co_await flush();
      std::vector<Outcome> answers;
      std::optional<DbError> failed;
      std::swap(steps, asked);
      co_await collect(answers, failed);
      std::swap(steps, asked);
      if (failed) throw DbError(*failed);
      std::int32_t number = 0;
      const auto text = answers.at(0)->cell(0, 0).value();
      std::from_chars(text.data(), text.data() + text.size(), number);
      row_types.emplace(type, number);
    }
  }
}

/// Sends what is queued and reads to the sync. Throws only when the connection is lost.
Task<> Connection::Impl::exchange(std::vector<Outcome>& out, std::optional<DbError>& first) {
  if (dead) throw DbError("08003", "", "the connection is closed", "");
  TANDEM_ASSERT(!draining, "a drain begins before the last one ended");
  draining = true;  // stays so when this frame is destroyed half way: the connection is dead then
  alarm_set = false;
  steps.clear();
  ++round_trips;
  std::exception_ptr failure;
  try {
    co_await learn_row_types();
    enqueue_all(steps);
    co_await flush();
    co_await collect(out, first);
  } catch (...) {
    failure = std::current_exception();
  }
  queue.clear();
  ++alarm->turn;
  if (alarm_set) timer.cancel();
  draining = false;
  if (failure) {
    dead = true;
    // What the server said last ("terminating connection …") tells more than the broken socket.
    if (first) throw DbError(*first);
    std::rethrow_exception(failure);
  }
}

Task<std::unique_ptr<Connection>> Connection::connect(asio::any_io_executor executor, std::string conninfo,
                                                      std::chrono::milliseconds timeout) {
  auto impl = std::make_unique<Impl>(executor);
  co_await impl->connect(std::move(conninfo), timeout);
  std::unique_ptr<Connection> connection(new Connection(std::move(impl)));
  connection->set_deadline(timeout);
  connection->send("select from pg_catalog.pg_extension where extname = 'citus'", true);
  try {
    connection->impl_->distributed = (co_await connection->drain()).front().rows() > 0;
  } catch (const DbError& error) {
    throw DbError("08001", "", error.what(), "");
  }
  connection->set_deadline(kDeadline);
  connection->impl_->round_trips = 0;
  co_return connection;
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

void Connection::send(std::string_view sql, bool wanted) {
  impl_->queue.push_back({.text = std::string(sql), .wanted = wanted});
}

void Connection::send_setting(std::string_view name, std::string_view value) {
  const std::unique_ptr<char, decltype(&PQfreemem)> literal(
      PQescapeLiteral(impl_->pg, value.data(), value.size()), &PQfreemem);
  if (!literal) impl_->lost();
  impl_->queue.push_back({.text = fmt::format("set local {} = {}", name, literal.get())});
}

void Connection::send(const QueryBase& query, std::vector<Param> params, bool wanted) {
  TANDEM_ASSERT(params.size() == query.params().size(), "{} takes {} parameters, not {}", query.name(),
                query.params().size(), params.size());
  impl_->queue.push_back({.text = {}, .query = &query, .params = std::move(params), .wanted = wanted});
}

std::size_t Connection::wanted() const {
  return static_cast<std::size_t>(std::ranges::count(impl_->queue, true, &Command::wanted));
}

Task<std::vector<Result>> Connection::drain() {
  std::vector<Outcome> outcomes;
  std::optional<DbError> first;
  co_await impl_->exchange(outcomes, first);
  if (first) throw DbError(*std::move(first));
  std::vector<Result> results;
  results.reserve(outcomes.size());
  for (auto& outcome : outcomes) results.push_back(*std::move(outcome));
  co_return results;
}

Task<std::vector<std::expected<Result, DbError>>> Connection::drain_each() {
  std::vector<Outcome> outcomes;
  std::optional<DbError> first;
  co_await impl_->exchange(outcomes, first);
  co_return outcomes;
}

void Connection::forget() { impl_->queue.clear(); }
bool Connection::is_dead() const { return impl_->dead || impl_->draining; }

bool Connection::still_open() {
  if (is_dead()) return false;
  pollfd look{.fd = PQsocket(impl_->pg), .events = POLLIN | POLLRDHUP, .revents = 0};
  if (::poll(&look, 1, 0) == 0) return true;
  // A changed setting or a notice is no reason to part; a farewell is.
  if ((look.revents & ~POLLIN) != 0 || PQconsumeInput(impl_->pg) == 0 ||
      PQstatus(impl_->pg) == CONNECTION_BAD)
    impl_->dead = true;
  return !impl_->dead;
}

bool Connection::in_transaction() const {
  if (is_dead()) return false;
  const auto status = PQtransactionStatus(impl_->pg);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

bool Connection::is_distributed() const { return impl_->distributed; }
std::int64_t Connection::round_trips() const { return impl_->round_trips; }
void Connection::set_deadline(std::chrono::milliseconds deadline) { impl_->deadline = deadline; }

}  // namespace tandem::db
