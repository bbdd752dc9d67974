// log/bell.h: wakes those who wait for records of a topic.
//
// Each waiter has a descriptor that counts rings; a ring between two waits ends the second at once, so none is slept through.
// Limits:  one descriptor a waiter. Threads: any; wake() may be called from a signal handler, and the rings from librdkafka's threads.
// Memory:  a Waiter shares its Bell. Fails: kIo when there are no descriptors left.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace playhead::log {

class Bell : public std::enable_shared_from_this<Bell> {
 public:
  class Waiter {
   public:
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    // Until a ring or wake() since the last wait (true), or `timeout` (false). May return early.
    bool wait(Duration timeout);
    void wake();

   private:
    friend class Bell;
    Waiter(std::shared_ptr<Bell> bell, int descriptor) : bell_(std::move(bell)), descriptor_(descriptor) {}
    std::shared_ptr<Bell> bell_;
    int descriptor_;
  };

  Result<std::unique_ptr<Waiter>> waiter();
  void ring();
  // Whether somebody rings when records come to the partition; each begin() has its end().
  void begin(std::uint32_t partition);
  void end(std::uint32_t partition);
  bool rings_for(std::uint32_t partition);

 private:
  std::mutex mutex_;
  std::map<std::uint32_t, int> partitions_;
  std::vector<int> descriptors_;
};

}  // namespace playhead::log
