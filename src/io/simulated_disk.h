// io/simulated_disk.h: what the twin in memory remembers, and what a power loss leaves of it.
//
// Every file and folder is a Node with two contents: the live one, which all calls see (the page cache), and the durable one,
// which is on the platter. Between them lie the changes that no sync has covered yet:
//   - of bytes: per file, writes and truncates in order. A sync of the file applies them to the durable bytes.
//   - of names: one ordered list for the whole disk. A change of names is one or two assignments (folder, name) -> node or nothing; it
//     is durable once EVERY folder that it touches was synced after it. A rename or an exchange is one change: kept or lost whole.
// crash() keeps a random part of both lists and forgets the rest:
//   - of names, any subset, applied in order. Only one thing is bound: a rename that is kept keeps the earlier renames of the same
//     node, since a file that moved twice is never left under its first name as well. A kept rename does not need the create of its
//     source to be kept.
//   - of bytes, for each file any subset; each write whole, torn to a part, or as zeros where it made the file longer.
// For the names, and for each file, it first draws: nothing, everything, or some. Chances for each change alone would hardly ever give
// the two extremes, and those are what a real power loss mostly leaves.
//
// Units:   bytes; an operation is one call that changes something (a sync too).
// Limits:  capacity counts the live bytes of named files, holes too. ".." in paths is refused.
// Threads: one at a time, by the design of its users: one seeded thread gives the same run again.
// Memory:  live and durable bytes and the unsynced changes, so up to three times the files. Costs: a change is paid by its own size, a
//          crash by the number of nodes and the size of the files with unsynced bytes.
// Fails:   as io/file_system.h; kIo "simulated power loss" for everything between the failing operation and crash().
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace playhead::io {

struct ByteChange {
  bool truncates;
  std::uint64_t position;  // of a truncate: the new size
  std::string bytes;
};

struct Node {
  using Entries = std::map<std::string, std::shared_ptr<Node>, std::less<>>;

  explicit Node(bool is_folder) : folder(is_folder) {}

  const bool folder;
  std::uint32_t names = 0;  // live ones: with any, its bytes count
  // Of a file.
  std::string live;
  std::string durable;
  std::vector<ByteChange> unsynced;
  std::uint64_t changes = 0;  // of its bytes, ever: watches compare it
  // Of a folder.
  Entries live_entries;
  Entries durable_entries;
  std::uint64_t synced_at = 0;  // the number of name changes when it was last synced
};

using NodePointer = std::shared_ptr<Node>;

// Where a path leads: `node` is null if the last name is free. The root has no folder and no name.
struct Place {
  NodePointer folder;
  std::string name;
  NodePointer node;
};

class SimulatedDisk {
 public:
  SimulatedDisk();
  ~SimulatedDisk();
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // Fails while the power is off.
  Status powered() const;
  // kNotFound if a folder on the way is absent.
  Result<Place> locate(std::string_view path) const;
  const NodePointer& root() const { return root_; }

  // Each of these is one operation. Their arguments are valid: the caller has looked.
  Status write(Node& file, std::uint64_t position, std::string_view bytes, std::string_view path);
  Status truncate(Node& file, std::uint64_t size_bytes, std::string_view path);
  Status sync(Node& file);
  Status create(const Place& place, NodePointer node);  // or another name for a file that has one
  Status remove(const Place& place);
  Status move(const Place& from, const Place& to);
  Status exchange(const Place& first, const Place& second);
  Status sync_folder(Node& folder);

  // Whoever holds the lock of the node; null: nobody.
  const void*& lock_holder(const Node& node) { return lock_holders_[&node]; }

  std::uint64_t operations() const { return operations_; }
  std::uint64_t generation() const { return generation_; }  // grows with each crash: handles of an older one are dead
  std::uint64_t free_bytes() const { return capacity_ > used_ ? capacity_ - used_ : 0; }
  void limit_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  void fail_after(std::uint64_t operations) { operations_left_ = operations; }
  void crash(Random& random);

 private:
  struct Assignment {
    NodePointer folder;
    std::string name;
    NodePointer node;  // null: the name is free
  };
  struct NameChange {
    std::uint64_t number;
    std::optional<Assignment> taken;  // of a rename its old name, of an exchange its first: applied first
    Assignment given;

    bool durable() const { return given.folder->synced_at >= number && (!taken || taken->folder->synced_at >= number); }
    void apply() const;
  };

  bool power_fails();
  void change_bytes(Node& file, ByteChange change);
  void change_names(std::optional<Assignment> taken, Assignment given);
  void change_live_name(const Assignment& assignment);
  void settle_front();
  std::vector<bool> choose_name_changes(Random& random) const;
  static void forget_names(Node& node);
  void revive(Node& node, Random& random);

  NodePointer root_ = std::make_shared<Node>(true);
  std::deque<NameChange> pending_;  // behind a front that is not durable yet, durable ones wait too: order matters
  std::uint64_t name_changes_ = 0;
  std::vector<std::weak_ptr<Node>> folders_;
  std::unordered_map<const Node*, const void*> lock_holders_;
  std::uint64_t capacity_ = std::uint64_t{1} << 30;
  std::uint64_t used_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t generation_ = 0;
  std::optional<std::uint64_t> operations_left_;
  bool power_lost_ = false;
};

}  // namespace playhead::io
