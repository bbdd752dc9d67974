#include "cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace playhead::cli {
namespace {

// A signal handler sees only what is global. The pipe ends a sleep that began just before the signal, which the flag alone would not.
std::atomic<bool> asked = false;
std::array<int, 2> bell = {-1, -1};

static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  constexpr int kInterruptedTwice = 130;
  if (asked.exchange(true)) ::_exit(kInterruptedTwice);
  const int error_before = errno;
  [[maybe_unused]] const ssize_t written = ::write(bell[1], "", 1);
  errno = error_before;
}

}  // namespace

Result<std::unique_ptr<Interrupt>> Interrupt::make() {
  asked = false;
  if (::pipe2(bell.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return fail(ErrorKind::kIo, std::string("no pipe for signals: ") + std::strerror(errno));
  struct sigaction action{};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return std::unique_ptr<Interrupt>(new Interrupt());
}

Interrupt::~Interrupt() {
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  ::close(bell[0]);
  ::close(bell[1]);
}

bool Interrupt::requested() const { return asked.load(std::memory_order_relaxed); }

void Interrupt::sleep(Duration span) const {
  if (span <= Duration::zero()) return;
  constexpr Duration kLongest = std::chrono::hours{24};
  const auto micros = std::min(span, kLongest).count();
  const timespec timeout{micros / 1'000'000, micros % 1'000'000 * 1'000};
  pollfd waiting{bell[0], POLLIN, 0};
  ::ppoll(&waiting, 1, &timeout, nullptr);
}

}  // namespace playhead::cli
