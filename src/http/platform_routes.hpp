// The routes of the platform itself: /healthz, /readyz, /metrics, /api/openapi.json, /api/problems. Declared
// by app/wiring beside those of the features.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "http/metrics.hpp"
#include "http/routes.hpp"

namespace tandem::http {

struct PlatformOptions {
  /// Who may read /metrics besides this machine: addresses and networks.
  std::vector<std::string> metrics_addresses;
  /// A bearer token that may read /metrics from anywhere; empty = none.
  std::string metrics_token;
  /// Whether the server may be given traffic: migrations done, not stopping. Asked by every /readyz.
  std::function<bool()> is_ready = [] { return true; };
  /// Counts of requests; the dispatch is made after its routes, so it is asked for late. May be empty.
  std::function<const RequestMetrics*()> request_metrics;
};

/// `routes` must outlive the server: the documents are made from it at their first request.
void declare_platform_routes(Routes& routes, PlatformOptions options);

}  // namespace tandem::http
