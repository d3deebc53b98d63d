#include <boost/asio/thread_pool.hpp>

#include <atomic>

#include "base/on_threads.hpp"
#include "documents/paper.hpp"

namespace tandem::documents {

Task<std::string> render_elsewhere(Paper paper) {
  constexpr int kWaitingMax = 32;
  static boost::asio::thread_pool thread(1);
  static std::atomic<int> waiting{0};
  struct Place {
    bool is_free = waiting.fetch_add(1) < kWaitingMax;
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { waiting.fetch_sub(1); }
  } place;
  if (!place.is_free) throw Problem(kUnavailable);
  co_return co_await on_threads<std::string>(thread, [&paper] { return render(paper); });
}

}  // namespace tandem::documents
