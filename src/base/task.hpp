// Task: what every coroutine of the server returns. Used by everybody above base.
#pragma once
#include <boost/asio/awaitable.hpp>

namespace tandem {

/// A coroutine on the thread that started it; it never changes threads by itself.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace tandem
