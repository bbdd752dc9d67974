#include "io/simulated.h"

#include <algorithm>
#include <utility>

#include "io/simulated_disk.h"

namespace playhead::io {
namespace {

std::unexpected<Error> absent(const std::string& path) { return fail(ErrorKind::kNotFound, "no such file or folder: " + path); }

// What every handle knows: its disk, its node, and whether it is from before the last crash.
class Handle {
 public:
  Handle(std::shared_ptr<SimulatedDisk> disk, NodePointer node, std::string path)
      : disk_(std::move(disk)), node_(std::move(node)), path_(std::move(path)), generation_(disk_->generation()) {}

  Status usable() const {
    TRY(disk_->powered());
    if (stale()) return fail(ErrorKind::kIo, path_ + " was opened before the simulated power loss");
    return {};
  }
  bool stale() const { return generation_ != disk_->generation(); }
  SimulatedDisk& disk() const { return *disk_; }
  Node& node() const { return *node_; }
  const std::string& path() const { return path_; }

 private:
  std::shared_ptr<SimulatedDisk> disk_;
  NodePointer node_;
  std::string path_;
  std::uint64_t generation_;
};

class SimulatedFile final : public File {
 public:
  SimulatedFile(Handle handle, bool writable) : handle_(std::move(handle)), writable_(writable) {}

  Status read_at(std::uint64_t position, std::size_t length, std::string& into) override {
    into.clear();
    TRY(handle_.usable());
    const std::string& bytes = handle_.node().live;
    if (position < bytes.size()) into.assign(bytes, position, length);
    return {};
  }
  Status write_at(std::uint64_t position, std::string_view bytes) override {
    TRY(changeable());
    return handle_.disk().write(handle_.node(), position, bytes, handle_.path());
  }
  Status truncate(std::uint64_t size_bytes) override {
    TRY(changeable());
    return handle_.disk().truncate(handle_.node(), size_bytes, handle_.path());
  }
  Result<std::uint64_t> size() override {
    TRY(handle_.usable());
    return handle_.node().live.size();
  }
  Status sync() override {
    TRY(handle_.usable());
    return handle_.disk().sync(handle_.node());
  }

 private:
  Status changeable() const {
    TRY(handle_.usable());
    if (!writable_) return fail(ErrorKind::kIo, "cannot write " + handle_.path() + ": it is open for reading only");
    return {};
  }

  Handle handle_;
  bool writable_;
};

class SimulatedLock final : public FileLock {
 public:
  explicit SimulatedLock(Handle handle) : handle_(std::move(handle)) {}
  SimulatedLock(const SimulatedLock&) = delete;
  SimulatedLock& operator=(const SimulatedLock&) = delete;
  ~SimulatedLock() override { release(); }

  Result<bool> try_acquire() override {
    TRY(handle_.usable());
    const void*& holder = handle_.disk().lock_holder(handle_.node());
    if (holder == nullptr) holder = this;
    return holder == this;
  }
  Status acquire() override {
    TRY_ASSIGN(const bool acquired, try_acquire());
    if (!acquired) return fail(ErrorKind::kBusy, handle_.path() + " is locked, and with one thread nobody could free it");
    return {};
  }
  void release() override {
    if (handle_.stale()) return;  // the crash has freed it
    const void*& holder = handle_.disk().lock_holder(handle_.node());
    if (holder == this) holder = nullptr;
  }

 private:
  Handle handle_;
};

class SimulatedWatch final : public Watch {
 public:
  explicit SimulatedWatch(std::vector<Handle> files) : files_(std::move(files)), seen_(changes()) {}

  Result<bool> wait(Duration) override {
    for (const auto& file : files_) TRY(file.usable());
    const std::uint64_t now = changes();
    return std::exchange(seen_, now) != now;
  }
  void wake() override {}  // no wait lasts

 private:
  std::uint64_t changes() const {
    std::uint64_t sum = 0;
    for (const auto& file : files_) sum += file.node().changes;
    return sum;
  }

  std::vector<Handle> files_;
  std::uint64_t seen_;
};

Result<Place> locate_present(const SimulatedDisk& disk, const std::string& path) {
  TRY(disk.powered());
  TRY_ASSIGN(Place place, disk.locate(path));
  if (!place.node) return absent(path);
  return place;
}

Result<Place> locate_folder(const SimulatedDisk& disk, const std::string& path) {
  TRY_ASSIGN(Place place, locate_present(disk, path));
  if (!place.node->folder) return fail(ErrorKind::kIo, "not a folder: " + path);
  return place;
}

// The node of the file, made if the mode says so.
Result<NodePointer> open_node(SimulatedDisk& disk, const std::string& path, Open mode) {
  TRY(disk.powered());
  TRY_ASSIGN(const Place place, disk.locate(path));
  if (place.node) {
    if (mode == Open::kCreateNew) return fail(ErrorKind::kExists, "it is there already: " + path);
    if (place.node->folder) return fail(ErrorKind::kIo, "cannot open " + path + ": it is a folder");
    return place.node;
  }
  if (mode == Open::kRead || mode == Open::kWrite) return absent(path);
  auto node = std::make_shared<Node>(false);
  TRY(disk.create(place, node));
  return node;
}

bool lies_within(const Node& folder, const Node& inner) {
  if (&folder == &inner) return true;
  return std::ranges::any_of(folder.live_entries,
                             [&](const auto& entry) { return entry.second->folder && lies_within(*entry.second, inner); });
}

// What rename(2) refuses, but for a missing source.
Status check_rename(const Place& from, const Place& to, const std::string& words) {
  if (!from.folder || !to.folder) return fail(ErrorKind::kIo, "cannot rename the root: " + words);
  if (from.node->folder && lies_within(*from.node, *to.folder)) return fail(ErrorKind::kIo, "cannot rename a folder into itself: " + words);
  if (!to.node) return {};
  if (from.node->folder != to.node->folder) return fail(ErrorKind::kIo, "cannot rename between a file and a folder: " + words);
  if (!to.node->live_entries.empty()) return fail(ErrorKind::kExists, "the folder is not empty: " + words);
  return {};
}

Status remove_place(SimulatedDisk& disk, const Place& place, const std::string& path) {
  if (!place.folder) return fail(ErrorKind::kIo, "cannot remove the root");
  if (!place.node->live_entries.empty()) return fail(ErrorKind::kExists, "cannot remove " + path + ": the folder is not empty");
  return disk.remove(place);
}

Status remove_below(SimulatedDisk& disk, const Place& place, const std::string& path) {
  while (!place.node->live_entries.empty()) {
    const auto& [name, node] = *place.node->live_entries.begin();
    TRY(remove_below(disk, {place.node, name, node}, path));
  }
  return remove_place(disk, place, path);
}

}  // namespace

SimulatedFileSystem::SimulatedFileSystem() : disk_(std::make_shared<SimulatedDisk>()) {}
SimulatedFileSystem::~SimulatedFileSystem() = default;

void SimulatedFileSystem::crash_after(std::uint64_t operations) { disk_->fail_after(operations); }
void SimulatedFileSystem::crash(Random& random) { disk_->crash(random); }
std::uint64_t SimulatedFileSystem::operations() const { return disk_->operations(); }
void SimulatedFileSystem::limit_capacity(std::uint64_t bytes) { disk_->limit_capacity(bytes); }

Result<std::unique_ptr<File>> SimulatedFileSystem::open(const std::string& path, Open mode) {
  TRY_ASSIGN(NodePointer node, open_node(*disk_, path, mode));
  return std::make_unique<SimulatedFile>(Handle(disk_, std::move(node), path), mode != Open::kRead);
}

Result<std::unique_ptr<FileLock>> SimulatedFileSystem::open_lock(const std::string& path) {
  TRY_ASSIGN(NodePointer node, open_node(*disk_, path, Open::kCreate));
  return std::make_unique<SimulatedLock>(Handle(disk_, std::move(node), path));
}

Result<std::unique_ptr<Watch>> SimulatedFileSystem::watch(const std::vector<std::string>& paths) {
  std::vector<Handle> files;
  for (const auto& path : paths) {
    TRY_ASSIGN(Place place, locate_present(*disk_, path));
    files.emplace_back(disk_, std::move(place.node), path);
  }
  return std::make_unique<SimulatedWatch>(std::move(files));
}

Status SimulatedFileSystem::make_folders(const std::string& path) {
  TRY(disk_->powered());
  std::size_t end = 0;
  Place above{nullptr, "", disk_->root()};  // the deepest that is there
  while (end < path.size()) {
    end = std::min(path.find('/', end + 1), path.size());
    TRY_ASSIGN(Place place, disk_->locate(std::string_view(path).substr(0, end)));
    if (!place.node) {
      if (above.folder) TRY(disk_->sync_folder(*above.folder));  // whoever made it may have died before that
      place.node = std::make_shared<Node>(true);
      TRY(disk_->create(place, place.node));
      TRY(disk_->sync_folder(*place.folder));
      above = {nullptr, "", place.node};
    } else {
      if (!place.node->folder) return fail(ErrorKind::kExists, "cannot make the folder " + path + ": a file has its name");
      above = std::move(place);
    }
  }
  return above.folder ? disk_->sync_folder(*above.folder) : Status{};
}

Result<std::vector<std::string>> SimulatedFileSystem::list(const std::string& path) {
  TRY_ASSIGN(const Place place, locate_folder(*disk_, path));
  std::vector<std::string> names;
  names.reserve(place.node->live_entries.size());
  for (const auto& [name, node] : place.node->live_entries) names.push_back(name);
  return names;
}

Result<bool> SimulatedFileSystem::exists(const std::string& path) {
  TRY(disk_->powered());
  const auto place = disk_->locate(path);
  return place && place->node;
}

Status SimulatedFileSystem::rename(const std::string& from, const std::string& to) {
  TRY_ASSIGN(const Place source, locate_present(*disk_, from));
  TRY_ASSIGN(const Place target, disk_->locate(to));
  if (source.node == target.node) return {};
  TRY(check_rename(source, target, from + " to " + to));
  return disk_->move(source, target);
}

Status SimulatedFileSystem::rename_if_absent(const std::string& from, const std::string& to) {
  TRY_ASSIGN(const Place source, locate_present(*disk_, from));
  TRY_ASSIGN(const Place target, disk_->locate(to));
  if (target.node) return fail(ErrorKind::kExists, "cannot rename " + from + " to " + to + ": it is there already");
  TRY(check_rename(source, target, from + " to " + to));
  return disk_->move(source, target);
}

Status SimulatedFileSystem::exchange(const std::string& first, const std::string& second) {
  TRY_ASSIGN(const Place one, locate_present(*disk_, first));
  TRY_ASSIGN(const Place other, locate_present(*disk_, second));
  const std::string words = first + " and " + second;
  if (!one.folder || !other.folder) return fail(ErrorKind::kInvalid, "cannot exchange the root: " + words);
  if (one.node->folder != other.node->folder) return fail(ErrorKind::kIo, "cannot exchange a file and a folder: " + words);
  if (one.node == other.node) return {};
  if (lies_within(*one.node, *other.folder) || lies_within(*other.node, *one.folder))
    return fail(ErrorKind::kInvalid, "cannot exchange a folder with one inside it: " + words);
  return disk_->exchange(one, other);
}

Status SimulatedFileSystem::link(const std::string& from, const std::string& to) {
  TRY_ASSIGN(const Place source, locate_present(*disk_, from));
  TRY_ASSIGN(const Place target, disk_->locate(to));
  if (target.node) return fail(ErrorKind::kExists, "cannot link " + from + " to " + to + ": it is there already");
  if (source.node->folder) return fail(ErrorKind::kInvalid, "cannot link " + from + ": it is a folder");
  return disk_->create(target, source.node);
}

Status SimulatedFileSystem::remove(const std::string& path) {
  TRY_ASSIGN(const Place place, locate_present(*disk_, path));
  return remove_place(*disk_, place, path);
}

Status SimulatedFileSystem::remove_all(const std::string& path) {
  TRY(disk_->powered());
  const auto place = disk_->locate(path);
  if (!place || !place->node) return {};
  return remove_below(*disk_, *place, path);
}

Status SimulatedFileSystem::sync_folder(const std::string& path) {
  TRY_ASSIGN(const Place place, locate_folder(*disk_, path));
  return disk_->sync_folder(*place.node);
}

Result<std::uint64_t> SimulatedFileSystem::free_bytes(const std::string& path) {
  TRY_ASSIGN(const Place place, locate_present(*disk_, path));
  return disk_->free_bytes();
}

}  // namespace playhead::io
