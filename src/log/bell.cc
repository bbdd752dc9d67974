#include "log/bell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>

namespace playhead::log {
namespace {

void add_one(int descriptor) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(descriptor, &one, sizeof one);  // fails only when it is full of rings already
}

}  // namespace

Result<std::unique_ptr<Bell::Waiter>> Bell::waiter() {
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return fail(ErrorKind::kIo, std::string("eventfd: ") + std::strerror(errno));
  const std::scoped_lock guard(mutex_);
  descriptors_.push_back(descriptor);
  return std::unique_ptr<Waiter>(new Waiter(shared_from_this(), descriptor));
}

void Bell::ring() {
  const std::scoped_lock guard(mutex_);
  for (const int descriptor : descriptors_) add_one(descriptor);
}

void Bell::begin(std::uint32_t partition) {
  const std::scoped_lock guard(mutex_);
  ++partitions_[partition];
}

void Bell::end(std::uint32_t partition) {
  const std::scoped_lock guard(mutex_);
  if (--partitions_[partition] == 0) partitions_.erase(partition);
}

bool Bell::rings_for(std::uint32_t partition) {
  const std::scoped_lock guard(mutex_);
  return partitions_.contains(partition);
}

Bell::Waiter::~Waiter() {
  const std::scoped_lock guard(bell_->mutex_);
  std::erase(bell_->descriptors_, descriptor_);
  ::close(descriptor_);
}

bool Bell::Waiter::wait(Duration timeout) {
  pollfd asked{descriptor_, POLLIN, 0};
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  const int found = ::poll(&asked, 1, static_cast<int>(std::clamp<std::int64_t>(millis, 0, std::numeric_limits<int>::max())));
  if (found <= 0) return false;
  std::uint64_t rings = 0;
  return ::read(descriptor_, &rings, sizeof rings) == sizeof rings;
}

void Bell::Waiter::wake() { add_one(descriptor_); }

}  // namespace playhead::log
