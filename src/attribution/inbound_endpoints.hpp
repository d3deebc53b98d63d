// Inbound endpoints: the addresses at which billing systems call (/api/inbound/{address}), each with its
// signing secrets. The address is random and names the organization; the secrets are sealed and never shown
// again.
#pragma once
#include "attribution/ids.hpp"
#include "base/page.hpp"
#include "http/routes.hpp"

namespace tandem::attribution {

enum class Provider : int { generic, stripe, chartmogul };
BOOST_DESCRIBE_ENUM(Provider, generic, stripe, chartmogul)
enum class EndpointState : int { active, archived };
BOOST_DESCRIBE_ENUM(EndpointState, active, archived)

/// A signing secret as the provider writes it, or an API key of the provider.
using EndpointSecretText = Text<8, 200>;

struct CreateInboundEndpoint {
  Provider provider{};
  Text<1, 120> name;
  std::optional<EndpointSecretText> secret;  // given by the provider; of `generic` we make it
};
BOOST_DESCRIBE_STRUCT(CreateInboundEndpoint, (), (provider, name, secret))

struct RotateInboundSecret {
  std::optional<EndpointSecretText> secret;
};
BOOST_DESCRIBE_STRUCT(RotateInboundSecret, (), (secret))

struct InboundEndpoint {
  EndpointId id;
  Provider provider{};
  std::string name;
  std::string address;
  std::string path;  // to be called under this server's own name
  EndpointState state{};
  Timestamp created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(InboundEndpoint, (), (id, provider, name, address, path, state, created_at, updated_at))

/// The only answer with a secret that we made; null when the provider made it, and when the same call is
/// repeated.
struct InboundEndpointWithSecret : InboundEndpoint {
  std::optional<std::string> secret;
};
BOOST_DESCRIBE_STRUCT(InboundEndpointWithSecret, (InboundEndpoint), (secret))

struct ListInboundEndpoints {
  std::optional<Cursor> cursor;
  std::optional<PageLimit> limit;
  std::optional<Text<1, 40>> sort;
  std::optional<Provider> provider;
  std::optional<EndpointState> state;
};
BOOST_DESCRIBE_STRUCT(ListInboundEndpoints, (), (cursor, limit, sort, provider, state))

Task<InboundEndpointWithSecret> create_inbound_endpoint(db::Tx& tx, CreateInboundEndpoint request);

/// What the receiver of a call needs to know.
struct LiveEndpoint {
  OrganizationId organization_id;
  EndpointId id;
  Provider provider{};
  std::vector<std::string> secrets;  // live now, newest first; a signature of any of them counts
};
/// The endpoint behind an address; nullopt when there is none or it is archived.
Task<std::optional<LiveEndpoint>> live_endpoint(db::Pool& pool, std::string address);
/// The same for a job that knows the endpoint already, in the transaction's organization.
Task<std::optional<LiveEndpoint>> live_endpoint(db::Tx& tx, EndpointId id);

void declare_inbound_endpoints(http::Routes& routes);

}  // namespace tandem::attribution
