#include "crypto/password.hpp"

#include <argon2.h>
#include <sys/resource.h>

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <thread>

#include "base/assert.hpp"
#include "base/on_threads.hpp"
#include "base/problem.hpp"
#include "crypto/random.hpp"

namespace tandem::crypto {

namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kMemoryKib = 19'456, kPasses = 2, kLanes = 1;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
constexpr std::string_view kPrefix = "$argon2id$v=19$m=19456,t=2,p=1$";
constexpr int kQueueMax = 32;
constexpr int kNiceness = 10;  // requests go first

class Workers {
 public:
  static Workers& instance() {
    static Workers workers;
    return workers;
  }
  /// Runs `work` on a thread of the pool and comes back to the caller's.
  template <class T, class Work>
  Task<T> run(Work work) {
    struct Place {
      std::atomic<int>& waiting;
      explicit Place(std::atomic<int>& count) : waiting(count) { ++waiting; }
      Place(const Place&) = delete;
      Place& operator=(const Place&) = delete;
      ~Place() { --waiting; }
    };
    const Place place(waiting_);
    require_room(most());
    co_return co_await on_threads<T>(pool_, [&work] {
      // On Linux a priority is a thread's own.
      thread_local const int lowered = ::setpriority(PRIO_PROCESS, 0, kNiceness);
      static_cast<void>(lowered);
      return work();
    });
  }

  /// Throws Problem kUnavailable when more than this many wait or work.
  void require_room(int most) const {
    if (waiting_ > most) throw Problem(kUnavailable).retry_after(1);
  }
  int most() const { return threads_ + kQueueMax; }

 private:
  Workers()
      : threads_(std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2)),
        pool_(static_cast<std::size_t>(threads_)) {}

  const int threads_;
  std::atomic<int> waiting_{0};
  asio::thread_pool pool_;
};

/// Verified for users that do not exist, so that they take as long.
const std::string& nobodys_hash() {
  static const std::string hash = hash_password(Secret(random_text(32)));
  return hash;
}

}  // namespace

std::optional<PasswordText> PasswordText::parse(std::string_view text) {
  if (text.empty() || text.size() > kBytesMax || text.contains('\0') || !is_utf8(text)) return std::nullopt;
  PasswordText out;
  out.value_ = Secret(std::string(text));
  return out;
}

std::string hash_password(const Secret& password) {
  const std::string salt = random_bytes(kSaltBytes);
  std::array<char, 128> out{};
  const int status =
      argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.reveal().data(), password.reveal().size(),
                            salt.data(), salt.size(), kHashBytes, out.data(), out.size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  TANDEM_ASSERT(status == ARGON2_OK, "Argon2: {}", argon2_error_message(status));
  return out.data();
}

bool verify_password(const std::string& phc, const Secret& password) {
  const int status = argon2id_verify(phc.c_str(), password.reveal().data(), password.reveal().size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return status == ARGON2_OK;
}

bool is_password_hash_old(std::string_view phc) { return !phc.starts_with(kPrefix); }

void require_password_pool() { Workers::instance().require_room(Workers::instance().most() - 1); }

Task<std::string> hash_password_on_pool(Secret password) {
  co_return co_await Workers::instance().run<std::string>(
      [password = std::move(password)] { return hash_password(password); });
}

Task<bool> verify_password_on_pool(std::optional<std::string> phc, Secret password) {
  co_return co_await Workers::instance().run<bool>([phc = std::move(phc), password = std::move(password)] {
    const bool is_right = verify_password(phc ? *phc : nobodys_hash(), password);
    return is_right && phc.has_value();
  });
}

}  // namespace tandem::crypto
