#include "io/simulated_disk.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace playhead::io {
namespace {

constexpr std::uint64_t kPositionMax = std::uint64_t{1} << 62;  // no file system has larger files; keeps sums from wrapping

std::unexpected<Error> power_loss() { return fail(ErrorKind::kIo, "simulated power loss"); }

std::unexpected<Error> disk_full(std::string_view path) {
  return fail(ErrorKind::kLimit, "cannot write " + std::string(path) + ": the disk is full; free some space on it");
}

void put(std::string& bytes, std::uint64_t position, std::string_view written) {
  if (bytes.size() < position + written.size()) bytes.resize(position + written.size());
  std::ranges::copy(written, bytes.begin() + static_cast<std::ptrdiff_t>(position));
}

void put(std::string& bytes, const ByteChange& change) {
  if (change.truncates) {
    bytes.resize(change.position);
  } else {
    put(bytes, change.position, change.bytes);
  }
}

// A part of the write only, from its start or to its end; by chance the file has its new size already, and zeros where bytes are missing.
void put_torn(std::string& bytes, const ByteChange& change, Random& random) {
  const std::string_view whole = change.bytes;
  const std::uint64_t cut = random.below(whole.size() + 1);
  const bool from_start = random.chance(0.5);
  const auto part = from_start ? whole.substr(0, cut) : whole.substr(cut);
  if (!part.empty()) put(bytes, change.position + (from_start ? 0 : cut), part);
  if (random.chance(0.5)) bytes.resize(std::max<std::uint64_t>(bytes.size(), change.position + whole.size()));
}

enum class Kept { kNothing, kAll, kSome };

Kept draw_kept(Random& random) {
  switch (random.below(3)) {
    case 0: return Kept::kNothing;
    case 1: return Kept::kAll;
    default: return Kept::kSome;
  }
}

void put_some(std::string& bytes, const ByteChange& change, Random& random) {
  switch (random.below(4)) {
    case 0: return;
    case 1: return put(bytes, change);
    case 2:
      if (!change.truncates) bytes.resize(std::max<std::uint64_t>(bytes.size(), change.position + change.bytes.size()));
      return;
    default: return change.truncates ? put(bytes, change) : put_torn(bytes, change, random);
  }
}

// Leaves of a file what the power loss left, and makes that the live content.
void settle_bytes(Node& file, Random& random) {
  if (file.unsynced.empty()) return;
  const Kept kept = draw_kept(random);
  for (const auto& change : file.unsynced) {
    if (kept == Kept::kAll) put(file.durable, change);
    if (kept == Kept::kSome) put_some(file.durable, change, random);
  }
  file.unsynced.clear();
  file.live = file.durable;
}

void assign(Node::Entries& entries, const std::string& name, const NodePointer& node) {
  if (node) {
    entries.insert_or_assign(name, node);
  } else {
    entries.erase(name);
  }
}

}  // namespace

SimulatedDisk::SimulatedDisk() {
  root_->names = 1;
  folders_.push_back(root_);
}

// Lost renames of folders can leave two that hold each other; nothing else would free them.
SimulatedDisk::~SimulatedDisk() {
  pending_.clear();
  for (const auto& weak : folders_) {
    const NodePointer folder = weak.lock();
    if (!folder) continue;
    const auto live = std::exchange(folder->live_entries, {});
    const auto durable = std::exchange(folder->durable_entries, {});
  }
}

Status SimulatedDisk::powered() const { return power_lost_ ? Status{power_loss()} : Status{}; }

Result<Place> SimulatedDisk::locate(std::string_view path) const {
  Place place{nullptr, "", root_};
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") return fail(ErrorKind::kInvalid, "the simulated file system knows no \"..\": " + std::string(path));
    if (!place.node) return fail(ErrorKind::kNotFound, "no such file or folder: " + std::string(path));
    if (!place.node->folder) return fail(ErrorKind::kIo, "a part of the path is a file, not a folder: " + std::string(path));
    place.folder = std::move(place.node);
    place.name = part;
    const auto entry = place.folder->live_entries.find(part);
    place.node = entry == place.folder->live_entries.end() ? nullptr : entry->second;
  }
  return place;
}

// Counts an operation. True: it is the one at which the power fails, so it may be half done, and is answered with power_loss().
bool SimulatedDisk::power_fails() {
  ++operations_;
  if (operations_left_ && (*operations_left_)-- == 0) power_lost_ = true;
  return power_lost_;
}

void SimulatedDisk::change_bytes(Node& file, ByteChange change) {
  const std::uint64_t before = file.live.size();
  put(file.live, change);
  if (file.names > 0) used_ = used_ + file.live.size() - before;
  ++file.changes;
  file.unsynced.push_back(std::move(change));
}

Status SimulatedDisk::write(Node& file, std::uint64_t position, std::string_view bytes, std::string_view path) {
  if (bytes.empty()) return {};
  if (position > kPositionMax) return disk_full(path);
  const std::uint64_t end_max = file.live.size() + free_bytes();
  const std::uint64_t fitting = end_max > position ? end_max - position : 0;
  const auto written = bytes.substr(0, fitting);
  const bool failing = power_fails();
  if (!written.empty()) change_bytes(file, {.truncates = false, .position = position, .bytes = std::string(written)});
  if (failing) return power_loss();
  return written.size() < bytes.size() ? Status{disk_full(path)} : Status{};
}

Status SimulatedDisk::truncate(Node& file, std::uint64_t size_bytes, std::string_view path) {
  if (size_bytes > file.live.size() + free_bytes()) return disk_full(path);
  const bool failing = power_fails();
  change_bytes(file, {.truncates = true, .position = size_bytes, .bytes = {}});
  return failing ? Status{power_loss()} : Status{};
}

Status SimulatedDisk::sync(Node& file) {
  if (power_fails()) return power_loss();
  for (const auto& change : file.unsynced) put(file.durable, change);
  file.unsynced.clear();
  return {};
}

void SimulatedDisk::change_names(std::optional<Assignment> taken, Assignment given) {
  if (taken) change_live_name(*taken);
  change_live_name(given);
  pending_.push_back({++name_changes_, std::move(taken), std::move(given)});
}

void SimulatedDisk::change_live_name(const Assignment& assignment) {
  auto& entries = assignment.folder->live_entries;
  if (const auto replaced = entries.find(assignment.name); replaced != entries.end() && --replaced->second->names == 0)
    used_ -= replaced->second->live.size();
  if (assignment.node && ++assignment.node->names == 1) used_ += assignment.node->live.size();
  assign(entries, assignment.name, assignment.node);
}

void SimulatedDisk::NameChange::apply() const {
  if (taken) assign(taken->folder->durable_entries, taken->name, taken->node);
  assign(given.folder->durable_entries, given.name, given.node);
}

Status SimulatedDisk::create(const Place& place, NodePointer node) {
  const bool failing = power_fails();
  if (node->folder) folders_.push_back(node);
  change_names({}, {place.folder, place.name, std::move(node)});
  return failing ? Status{power_loss()} : Status{};
}

Status SimulatedDisk::remove(const Place& place) {
  const bool failing = power_fails();
  change_names({}, {place.folder, place.name, nullptr});
  return failing ? Status{power_loss()} : Status{};
}

Status SimulatedDisk::move(const Place& from, const Place& to) {
  const bool failing = power_fails();
  change_names(Assignment{from.folder, from.name, nullptr}, {to.folder, to.name, from.node});
  return failing ? Status{power_loss()} : Status{};
}

Status SimulatedDisk::exchange(const Place& first, const Place& second) {
  const bool failing = power_fails();
  change_names(Assignment{first.folder, first.name, second.node}, {second.folder, second.name, first.node});
  return failing ? Status{power_loss()} : Status{};
}

Status SimulatedDisk::sync_folder(Node& folder) {
  if (power_fails()) return power_loss();
  folder.synced_at = name_changes_;
  settle_front();
  return {};
}

void SimulatedDisk::settle_front() {
  for (; !pending_.empty() && pending_.front().durable(); pending_.pop_front()) pending_.front().apply();
}

std::vector<bool> SimulatedDisk::choose_name_changes(Random& random) const {
  const Kept kept = draw_kept(random);
  std::vector<bool> chosen;
  chosen.reserve(pending_.size());
  for (const auto& change : pending_)
    chosen.push_back(change.durable() || kept == Kept::kAll || (kept == Kept::kSome && random.chance(0.5)));
  std::unordered_set<const Node*> moved_later;
  for (std::size_t i = pending_.size(); i-- > 0;) {
    if (!pending_[i].taken) continue;
    const Node* moved = pending_[i].given.node.get();
    const Node* exchanged = pending_[i].taken->node.get();  // null for a rename
    if (moved_later.contains(moved) || moved_later.contains(exchanged)) chosen[i] = true;
    if (!chosen[i]) continue;
    moved_later.insert(moved);
    if (exchanged != nullptr) moved_later.insert(exchanged);
  }
  return chosen;
}

void SimulatedDisk::crash(Random& random) {
  const auto chosen = choose_name_changes(random);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (chosen[i]) pending_[i].apply();
  }
  pending_.clear();
  lock_holders_.clear();
  std::erase_if(folders_, [](const auto& folder) { return folder.expired(); });
  used_ = 0;
  forget_names(*root_);
  revive(*root_, random);
  operations_left_.reset();
  power_lost_ = false;
  ++generation_;
}

void SimulatedDisk::forget_names(Node& node) {
  node.names = 0;
  for (const auto& [name, child] : node.durable_entries) forget_names(*child);
}

// The durable content of all that still has a name becomes the live one.
void SimulatedDisk::revive(Node& node, Random& random) {
  ++node.names;
  if (!node.folder) {
    if (node.names > 1) return;
    settle_bytes(node, random);
    used_ += node.live.size();
    return;
  }
  node.live_entries = node.durable_entries;
  for (const auto& [name, child] : node.live_entries) revive(*child, random);
}

}  // namespace playhead::io
