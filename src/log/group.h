// log/group.h: which partitions of a topic are this process's, where several processes share them.
//
// A group is a hint: it shares partitions out and notices who is gone, but two processes may for a while take a partition for theirs. Who
// may publish is decided elsewhere (pipeline/journal.h).
//
// Threads: one at a time. Fails: kInvalid where the log has no groups, or the group refuses this member; kIo.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong.h"

namespace playhead::log {

struct GroupOptions {
  std::string topic;
  std::string group;
  std::string member = {};  // a name that stays over restarts: who comes back soon under it gets the same partitions. Empty: none
};

class Group {
 public:
  // Told of all partitions that are this member's from here on.
  using Change = std::function<Status(const std::vector<Partition>& partitions)>;

  virtual ~Group() = default;
  // Calls `change` if others than before are this member's. Partitions that go are given to other members only when it has returned, unless
  // the group has lost sight of this process. Never waits. Returns what `change` did; the change of partitions holds all the same. To be
  // called at least every few minutes, else the group takes this process for stuck.
  virtual Status poll(const Change& change) = 0;
  virtual const std::vector<Partition>& assigned() const = 0;  // in order
  // Asks whether the group still takes this process for the owner of what is assigned to it.
  virtual Result<bool> is_owner() = 0;
  // For tools that show how far a group is; nothing hangs on it, and failures are passed over.
  virtual void tell_progress(const std::vector<std::pair<Partition, Offset>>& positions) = 0;
  // Leaves: calls `change` with no partitions, then the others get them.
  virtual Status leave(const Change& change) = 0;
};

}  // namespace playhead::log
