#include "io/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace playhead::io {
namespace {

ErrorKind kind_of(int number) {
  switch (number) {
    case ENOENT: return ErrorKind::kNotFound;
    case EEXIST:
    case ENOTEMPTY: return ErrorKind::kExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE: return ErrorKind::kLimit;
    default: return ErrorKind::kIo;
  }
}

// What a person can do about it, where the system's own words do not say.
std::string_view advice_for(int number) {
  switch (number) {
    case ENOSPC: return "the disk is full; free some space on it";
    case EDQUOT: return "the disk quota is used up; free some space or raise the quota";
    case EFBIG: return "the file has reached the size limit of the system or of this process (ulimit -f)";
    case EMFILE:
    case ENFILE: return "too many open files; raise the limit (ulimit -n)";
    case EACCES:
    case EPERM: return "this user may not; change the owner or the permissions";
    case ENOTDIR: return "one of the folders in this path is a file";
    case EROFS: return "the file system is mounted read-only";
    default: return "";
  }
}

std::unexpected<Error> refused(std::string_view verb, std::string_view path, int number) {
  std::string message = "cannot ";
  message.append(verb).append(" ").append(path).append(": ");
  if (const auto advice = advice_for(number); !advice.empty()) message.append(advice).append(": ");
  return fail(kind_of(number), message + std::generic_category().message(number));
}

// Calls again while a signal interrupts it.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_;
};

constexpr mode_t kFileMode = 0666;  // the umask takes from it
constexpr mode_t kFolderMode = 0777;
constexpr int kRemovalsMax = 16;

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status read_at(std::uint64_t position, std::size_t length, std::string& into) override {
    int number = 0;
    // Not the room that the string offers: libstdc++ 12 offers all that it has grown to.
    into.resize_and_overwrite(length, [&](char* bytes, std::size_t) { return read_fully(position, bytes, length, number); });
    if (number != 0) return refused("read", path_, number);
    return {};
  }

  Status write_at(std::uint64_t position, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          uninterrupted([&] { return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(position)); });
      if (written <= 0) return refused("write", path_, written < 0 ? errno : EIO);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      position += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Status truncate(std::uint64_t size_bytes) override {
    const int result = uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes)); });
    if (result != 0) return refused("change the size of", path_, errno);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat facts{};
    if (::fstat(descriptor_.get(), &facts) != 0) return refused("inspect", path_, errno);
    return static_cast<std::uint64_t>(facts.st_size);
  }

  Status sync() override {
    // Not repeated when interrupted: a second call may report success for pages that the first one gave up.
    if (::fdatasync(descriptor_.get()) != 0) return refused("sync", path_, errno);
    return {};
  }

 private:
  // Bytes read; on failure 0, and `number` says why.
  std::size_t read_fully(std::uint64_t position, char* bytes, std::size_t room, int& number) {
    std::size_t filled = 0;
    while (filled < room) {
      const auto at = static_cast<off_t>(position + filled);
      const ssize_t count = uninterrupted([&] { return ::pread(descriptor_.get(), bytes + filled, room - filled, at); });
      if (count == 0) break;
      if (count < 0) {
        number = errno;
        return 0;
      }
      filled += static_cast<std::size_t>(count);
    }
    return filled;
  }

  Descriptor descriptor_;
  std::string path_;
};

// Open-file-description locks belong to the descriptor, not to the process: two FileLocks of one process exclude each other, and
// closing another descriptor of the same file does not free the lock, as it would with the older fcntl locks.
class PosixLock final : public FileLock {
 public:
  PosixLock(Descriptor descriptor, std::string path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<bool> try_acquire() override {
    if (set(F_OFD_SETLK, F_WRLCK) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    return refused("lock", path_, errno);
  }
  Status acquire() override {
    if (set(F_OFD_SETLKW, F_WRLCK) != 0) return refused("lock", path_, errno);
    return {};
  }
  void release() override { set(F_OFD_SETLK, F_UNLCK); }

 private:
  int set(int command, short type) {
    struct flock range{};
    range.l_type = type;
    range.l_whence = SEEK_SET;  // from 0, length 0: the whole file
    return uninterrupted([&] { return ::fcntl(descriptor_.get(), command, &range); });
  }

  Descriptor descriptor_;
  std::string path_;
};

class PosixWatch final : public Watch {
 public:
  PosixWatch(Descriptor writes, Descriptor wakes) : writes_(std::move(writes)), wakes_(std::move(wakes)) {}

  Result<bool> wait(Duration timeout) override {
    std::array<pollfd, 2> sources{pollfd{writes_.get(), POLLIN, 0}, pollfd{wakes_.get(), POLLIN, 0}};
    const auto micros = std::max<std::int64_t>(timeout.count(), 0);
    const timespec span{.tv_sec = micros / 1'000'000, .tv_nsec = micros % 1'000'000 * 1'000};
    if (::ppoll(sources.data(), sources.size(), &span, nullptr) < 0) {
      if (errno == EINTR) return false;
      return refused("wait for", "writes to the watched files", errno);
    }
    if (sources[1].revents != 0) drain(wakes_);
    if (sources[0].revents != 0) drain(writes_);
    return sources[0].revents != 0;
  }

  void wake() override {
    const int kept = errno;  // a signal handler must not change it
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wakes_.get(), &one, sizeof one);  // full: a wake is already waiting
    errno = kept;
  }

 private:
  // Bounded, as a busy writer could refill it for ever; what is left ends the next wait early, which is allowed.
  static void drain(const Descriptor& source) {
    alignas(inotify_event) std::array<char, 4096> events;
    for (int round = 0; round < 16; ++round) {
      if (::read(source.get(), events.data(), events.size()) <= 0) return;
    }
  }

  Descriptor writes_;
  Descriptor wakes_;
};

int flags_of(Open mode) {
  switch (mode) {
    case Open::kRead: return O_RDONLY;
    case Open::kWrite: return O_RDWR;
    case Open::kCreate: return O_RDWR | O_CREAT;
    case Open::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

bool is_folder(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool is_link(const std::string& path) {
  struct stat facts{};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode);
}

// "/a/b" of "/a/b/c"; empty when there is none above.
std::string parent_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/" || path == "." || path.empty()) return "";
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) override {
    Descriptor descriptor = open_descriptor(path, flags_of(mode));
    if (!descriptor.open()) return refused("open", path, errno);
    struct stat facts{};
    if (::fstat(descriptor.get(), &facts) == 0 && S_ISDIR(facts.st_mode)) return refused("open", path, EISDIR);
    return std::make_unique<PosixFile>(std::move(descriptor), path);
  }

  Result<std::unique_ptr<FileLock>> open_lock(const std::string& path) override {
    Descriptor descriptor = open_descriptor(path, O_RDWR | O_CREAT);
    if (!descriptor.open()) return refused("open the lock", path, errno);
    return std::make_unique<PosixLock>(std::move(descriptor), path);
  }

  Result<std::unique_ptr<Watch>> watch(const std::vector<std::string>& paths) override {
    Descriptor writes(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!writes.open()) return refused("watch", "files (see the sysctl fs.inotify.max_user_instances)", errno);
    Descriptor wakes(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wakes.open()) return refused("make", "an eventfd", errno);
    for (const auto& path : paths) {
      if (::inotify_add_watch(writes.get(), path.c_str(), IN_MODIFY | IN_CLOSE_WRITE) >= 0) continue;
      // Here ENOSPC means no watch left, not a full disk.
      if (errno == ENOSPC) return fail(ErrorKind::kLimit, "cannot watch " + path + ": raise the sysctl fs.inotify.max_user_watches");
      return refused("watch", path, errno);
    }
    return std::make_unique<PosixWatch>(std::move(writes), std::move(wakes));
  }

  Status make_folders(const std::string& path) override {
    const std::string parent = parent_of(path);
    if (is_folder(path)) return sync_name_in(parent);
    if (!parent.empty()) TRY(make_folders(parent));
    if (::mkdir(path.c_str(), kFolderMode) != 0 && !(errno == EEXIST && is_folder(path))) return refused("make the folder", path, errno);
    return parent.empty() ? Status{} : sync_folder(parent);
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder) return refused("list", path, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): safe, as the stream is our own
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return refused("list", path, errno);
    std::ranges::sort(names);
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return refused("inspect", path, errno);
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return refused("rename", from + " to " + to, errno);
    return {};
  }

  Status rename_if_absent(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return refused("rename", from + " to " + to, errno);
    if (::link(from.c_str(), to.c_str()) != 0) return refused("rename", from + " to " + to, errno);
    return remove(from);
  }

  Status exchange(const std::string& first, const std::string& second) override {
    const auto impossible = [&](const std::string& why) {
      return fail(ErrorKind::kInvalid, "cannot exchange " + first + " and " + second + ": " + why);
    };
    // The link would be exchanged, not what it leads to.
    if (is_link(first) || is_link(second)) return impossible("one is a symbolic link; use the path that it leads to");
    if (::renameat2(AT_FDCWD, first.c_str(), AT_FDCWD, second.c_str(), RENAME_EXCHANGE) == 0) return {};
    switch (errno) {
      case EINVAL:
      case ENOSYS:
      case EOPNOTSUPP: return impossible("this file system can not do it in one step");
      case EBUSY:
      case EXDEV: return impossible("one is a mount point, or they lie in different file systems");
      default: return refused("exchange", first + " and " + second, errno);
    }
  }

  Status link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    const int number = errno;
    if (number != EXDEV && number != EPERM && number != EMLINK && number != EOPNOTSUPP && number != ENOSYS)
      return refused("link", from + " to " + to, number);
    return fail(ErrorKind::kInvalid, "cannot link " + from + " to " + to + ": " + std::generic_category().message(number));
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return {};
    const int number = errno;
    if ((number == EISDIR || number == EPERM) && is_folder(path)) {
      if (::rmdir(path.c_str()) == 0) return {};
      return refused("remove", path, errno);
    }
    return refused("remove", path, number);
  }

  Status remove_all(const std::string& path) override {
    std::error_code error;
    // Where another process removes the same, an entry may be gone when its turn comes: begun anew, there is only less to do.
    for (int attempt = 0; attempt < kRemovalsMax; ++attempt) {
      error.clear();
      std::filesystem::remove_all(path, error);
      if (error != std::errc::no_such_file_or_directory) break;
    }
    if (error) return refused("remove", path, error.value());
    return {};
  }

  Status sync_folder(const std::string& path) override {
    const Descriptor descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
    if (!descriptor.open()) return refused("open the folder", path, errno);
    if (::fsync(descriptor.get()) != 0) return refused("sync the folder", path, errno);
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs facts{};
    if (uninterrupted([&] { return ::statvfs(path.c_str(), &facts); }) != 0) return refused("inspect", path, errno);
    return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
  }

 private:
  // A folder that is there may have been made by a process that died before it synced the parent. Not readable: not made by us.
  Status sync_name_in(const std::string& parent) {
    if (parent.empty() || ::access(parent.c_str(), R_OK) != 0) return {};
    return sync_folder(parent);
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix() { return std::make_unique<PosixFileSystem>(); }

}  // namespace playhead::io
