#include "support/local_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/assert.hpp"

namespace tandem::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

LocalRequest parsed(std::string_view head) {
  LocalRequest out;
  auto line = head.substr(0, head.find("\r\n"));
  out.method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), out.method.size() + 1));
  out.target = line.substr(0, line.find(' '));
  while (head.find("\r\n") != std::string_view::npos) {
    head.remove_prefix(head.find("\r\n") + 2);
    line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    out.headers.emplace_back(lower(std::string(line.substr(0, colon))), value);
  }
  return out;
}

template <class Stream>
Task<> serve(std::shared_ptr<Stream> stream, LocalHandler handler) {
  std::string buffer;
  const auto [error, size] =
      co_await asio::async_read_until(*stream, asio::dynamic_buffer(buffer, 64 * 1024), "\r\n\r\n", kAwait);
  if (error) co_return;
  LocalRequest request = parsed(std::string_view(buffer).substr(0, size - 2));
  request.body = buffer.substr(size);
  const std::string length = request.header("content-length");
  if (const auto wanted = length.empty() ? 0 : std::stoul(length); wanted > request.body.size()) {
    std::string rest(wanted - request.body.size(), '\0');
    const auto [body_error, got] = co_await asio::async_read(*stream, asio::buffer(rest), kAwait);
    if (body_error) co_return;
    request.body += rest;
  }
  co_await handler(std::move(request), [stream](std::string bytes) -> Task<bool> {
    const auto [write_error, sent] = co_await asio::async_write(*stream, asio::buffer(bytes), kAwait);
    co_return !write_error;
  });
}

}  // namespace

struct LocalServer::Impl {
  Impl(const asio::any_io_executor& executor, LocalHandler with)
      : acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), handler(std::move(with)) {}
  tcp::acceptor acceptor;
  LocalHandler handler;
  std::optional<asio::ssl::context> tls;
};

namespace {

template <class Impl>
Task<> one(std::shared_ptr<Impl> impl, tcp::socket socket) {
  if (!impl->tls) {
    const auto stream = std::make_shared<tcp::socket>(std::move(socket));
    co_await serve(stream, impl->handler);
    boost::system::error_code ignored;
    stream->shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }
  const auto stream = std::make_shared<asio::ssl::stream<tcp::socket>>(std::move(socket), *impl->tls);
  const auto [error] = co_await stream->async_handshake(asio::ssl::stream_base::server, kAwait);
  if (error) co_return;
  co_await serve(stream, impl->handler);
  co_await stream->async_shutdown(kAwait);
}

template <class Impl>
Task<> accept_all(std::shared_ptr<Impl> impl) {
  for (;;) {
    auto [error, socket] = co_await impl->acceptor.async_accept(kAwait);
    if (error) co_return;
    asio::co_spawn(impl->acceptor.get_executor(), one(impl, std::move(socket)), asio::detached);
  }
}

}  // namespace

LocalServer::LocalServer(asio::any_io_executor executor, LocalHandler handler, std::optional<LocalTls> tls)
    : impl_(std::make_shared<Impl>(executor, std::move(handler))) {
  if (tls) {
    impl_->tls.emplace(asio::ssl::context::tls_server);
    impl_->tls->use_certificate_chain(asio::buffer(tls->certificate));
    impl_->tls->use_private_key(asio::buffer(tls->private_key), asio::ssl::context::pem);
  }
  asio::co_spawn(executor, accept_all(impl_), asio::detached);
}

LocalServer::~LocalServer() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
}

unsigned short LocalServer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::string LocalRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string local_answer(int status, std::string_view body, std::string_view more_headers) {
  return fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), more_headers,
                     body);
}

Task<> local_pause(int milliseconds) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(milliseconds));
  co_await timer.async_wait(kAwait);
}

LocalTls self_signed(const std::string& name, bool is_expired) {
  constexpr long kDay = 86'400;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  TANDEM_ASSERT(key && certificate, "OpenSSL makes no key");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), is_expired ? -kDay : kDay);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  const std::string names = "DNS:" + name;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const auto text = [](auto write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  return {text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }), text([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace tandem::test
