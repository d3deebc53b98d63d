#include "http/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>

namespace tandem::http {

namespace {

// The buckets that OpenTelemetry recommends for request durations, in seconds, and three below: most of our
// answers take less than its smallest.
constexpr std::array<double, 17> kBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1,
                                         0.25,   0.5,   0.75,   1,     2.5,  5,     7.5,  10};

struct Figure {
  std::string help, type;
  std::function<std::vector<Sample>()> read;
};

void append_figure(const std::string& name, const Figure& figure, std::string& out) {
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, figure.help, name, figure.type);
  for (const Sample& sample : figure.read()) {
    out += name;
    if (!sample.labels.empty()) out += fmt::format("{{{}}}", sample.labels);
    out += fmt::format(" {}\n", sample.value);
  }
}

}  // namespace

struct Metrics::Impl {
  mutable std::mutex mutex;
  std::map<std::string, Figure, std::less<>> figures;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Metrics& Metrics::instance() {
  static Metrics metrics;
  return metrics;
}

void Metrics::add(std::string name, std::string help, std::string type,
                  std::function<std::vector<Sample>()> read) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->figures[std::move(name)] = {std::move(help), std::move(type), std::move(read)};
}

void Metrics::remove(std::string_view name) {
  const std::scoped_lock lock(impl_->mutex);
  if (const auto found = impl_->figures.find(name); found != impl_->figures.end())
    impl_->figures.erase(found);
}

std::string Metrics::text(const RequestMetrics* requests) const {
  std::string out;
  if (requests != nullptr) requests->append_to(out);
  const std::scoped_lock lock(impl_->mutex);
  for (const auto& [name, figure] : impl_->figures) append_figure(name, figure, out);
  return out;
}

struct RequestMetrics::Series {
  std::array<std::atomic<std::uint64_t>, 6> by_class{};  // 0: below 100, then 1xx to 5xx
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets{};
  std::atomic<std::uint64_t> nanoseconds{0};
};

// One series a route, and a last one for requests without a route.
RequestMetrics::RequestMetrics(const Routes& routes)
    : routes_(routes),
      count_(routes.all().size()),
      series_(std::make_unique<Series[]>(routes.all().size() + 1)) {}
RequestMetrics::~RequestMetrics() = default;

void RequestMetrics::observe(const Route* route, int status, std::chrono::nanoseconds duration) {
  const auto all = routes_.all();
  // A route that was declared after the dispatch was made has no series of its own.
  const std::size_t index =
      route == nullptr ? count_ : std::min(count_, static_cast<std::size_t>(route - all.data()));
  Series& series = series_[index];
  const auto status_class = static_cast<std::size_t>(status / 100);
  series.by_class[status_class < 6 ? status_class : 0].fetch_add(1, std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(duration).count();
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
  series.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  series.nanoseconds.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

void RequestMetrics::append_to(std::string& out) const {
  const auto all = routes_.all();
  const auto labels_of = [&](std::size_t i) {
    if (i == count_) return std::string(R"(route="none",method="any")");
    return fmt::format(R"(route="{}",method="{}")", all[i].pattern, method_name(all[i].method));
  };
  out +=
      "# HELP tandem_http_server_requests_total Requests answered, by class of status.\n"
      "# TYPE tandem_http_server_requests_total counter\n";
  for (std::size_t i = 0; i <= count_; ++i)
    for (std::size_t c = 1; c < 6; ++c)
      if (const auto n = series_[i].by_class[c].load(std::memory_order_relaxed); n > 0)
        out +=
            fmt::format("tandem_http_server_requests_total{{{},status=\"{}xx\"}} {}\n", labels_of(i), c, n);
  out +=
      "# HELP tandem_http_server_request_duration_seconds Time from the request's last byte to its answer.\n"
      "# TYPE tandem_http_server_request_duration_seconds histogram\n";
  for (std::size_t i = 0; i <= count_; ++i) {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    std::uint64_t total = 0;
    for (std::size_t b = 0; b < counts.size(); ++b)
      total += counts[b] = series_[i].buckets[b].load(std::memory_order_relaxed);
    if (total == 0) continue;  // a route that nobody has called
    const std::string labels = labels_of(i);
    std::uint64_t sum = 0;
    for (std::size_t b = 0; b < kBounds.size(); ++b)
      out += fmt::format("tandem_http_server_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n", labels,
                         kBounds[b], sum += counts[b]);
    const double seconds = static_cast<double>(series_[i].nanoseconds.load(std::memory_order_relaxed)) / 1e9;
    out += fmt::format(
        "tandem_http_server_request_duration_seconds_bucket{{{0},le=\"+Inf\"}} {1}\n"
        "tandem_http_server_request_duration_seconds_sum{{{0}}} {2}\n"
        "tandem_http_server_request_duration_seconds_count{{{0}}} {1}\n",
        labels, total, seconds);
  }
}

}  // namespace tandem::http
