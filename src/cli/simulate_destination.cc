#include "cli/simulate_destination.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "cli/simulate_packer.h"

namespace playhead::cli {
namespace {

constexpr std::size_t kLotBytes = 1 << 20;

// Lines, gathered and packed. What comes out is taken by its owner, who knows where it goes.
class LinePack {
 public:
  explicit LinePack(std::unique_ptr<Packer> packer) : packer_(std::move(packer)) { lot_.reserve(kLotBytes + (64 << 10)); }

  // True: take() now.
  bool add(std::string_view line) {
    lot_.append(line).push_back('\n');
    return lot_.size() >= kLotBytes;
  }
  // What can be written out by now; with `frame`, all that was added.
  Result<std::string_view> take(bool frame) {
    packed_.clear();
    TRY(packer_->add(lot_, packed_));
    lot_.clear();
    if (frame) TRY(packer_->end_frame(packed_));
    return packed_;
  }

 private:
  std::unique_ptr<Packer> packer_;
  std::string lot_;
  std::string packed_;
};

struct TopicFile {
  std::string path;
  std::unique_ptr<io::File> file;
  LinePack lines;
  std::uint64_t size = 0;

  Status write_out(bool frame) {
    TRY_ASSIGN(const std::string_view bytes, lines.take(frame));
    if (bytes.empty()) return {};
    TRY(file->write_at(size, bytes));
    size += bytes.size();
    return {};
  }
};

class Folder final : public Destination {
 public:
  static Result<std::unique_ptr<Destination>> make(const DestinationOptions& options, io::FileSystem& files, const std::string* saved) {
    TRY(files.make_folders(options.place));
    auto folder = std::make_unique<Folder>();
    ByteReader sizes(saved ? std::string_view(*saved) : std::string_view());
    for (const simulate::Topic topic : options.topics) {
      const std::string path =
          io::join(options.place, options.names[static_cast<std::size_t>(topic)] + ".json" + std::string(ending_of(options.packing)));
      TRY_ASSIGN(auto packer, Packer::make(options.packing));
      TRY_ASSIGN(auto file, files.open(path, saved ? io::Open::kWrite : io::Open::kCreate));
      auto opened = std::make_unique<TopicFile>(path, std::move(file), LinePack(std::move(packer)));
      if (saved) opened->size = sizes.number<std::uint64_t>();
      TRY(cut_back(*opened));
      folder->files_[static_cast<std::size_t>(topic)] = std::move(opened);
    }
    if (!sizes.ok()) return fail(ErrorKind::kCorrupt, "the state does not fit the files in " + options.place);
    TRY(files.sync_folder(options.place));
    return folder;
  }

  Status write(std::span<const simulate::Arrival> arrivals) override {
    for (const simulate::Arrival& arrival : arrivals) {
      TopicFile& file = *files_[static_cast<std::size_t>(arrival.message.topic)];
      if (file.lines.add(arrival.value)) TRY(file.write_out(false));
    }
    return {};
  }

  Status flush() override { return write_out(false, false); }
  Status finish() override { return write_out(true, true); }

  Result<std::string> save() override {
    TRY(write_out(true, true));
    ByteWriter sizes;
    for (const auto& file : files_) {
      if (file) sizes.number(file->size);
    }
    return std::move(sizes).take();
  }

 private:
  static Status cut_back(TopicFile& file) {
    TRY_ASSIGN(const std::uint64_t found, file.file->size());
    if (found < file.size) {
      return fail(ErrorKind::kCorrupt,
                  fmt::format("{} has {} bytes, and had {} when its run was saved: start anew with an empty --state folder", file.path,
                              found, file.size));
    }
    return found == file.size ? Status{} : file.file->truncate(file.size);
  }

  Status write_out(bool frame, bool sync) {
    for (const auto& file : files_) {
      if (!file) continue;
      TRY(file->write_out(frame));
      if (sync) TRY(file->file->sync());
    }
    return {};
  }

  std::array<std::unique_ptr<TopicFile>, simulate::kTopicCount> files_{};
};

class StandardOutput final : public Destination {
 public:
  explicit StandardOutput(std::unique_ptr<Packer> packer) : lines_(std::move(packer)) {}

  Status write(std::span<const simulate::Arrival> arrivals) override {
    for (const simulate::Arrival& arrival : arrivals) {
      if (lines_.add(arrival.value)) TRY(write_out(false));
    }
    return {};
  }
  Status flush() override { return write_out(false); }
  Status finish() override { return write_out(true); }
  Result<std::string> save() override { return fail(ErrorKind::kInvalid, "standard output can not be gone on with"); }
  bool closed() const override { return closed_; }

 private:
  // A reader that has gone away (| head) is no failure.
  Status write_out(bool frame) {
    TRY_ASSIGN(const std::string_view bytes, lines_.take(frame));
    if (closed_) return {};
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::fflush(stdout) == 0) return {};
    const std::error_code error(errno, std::generic_category());
    closed_ = error == std::errc::broken_pipe;
    if (closed_) return {};
    return fail(error == std::errc::no_space_on_device ? ErrorKind::kLimit : ErrorKind::kIo, "standard output: " + error.message());
  }

  LinePack lines_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<Destination>> open_destination(DestinationOptions options, io::FileSystem& files, log::Log* log,
                                                      const std::string* saved) {
  std::sort(options.topics.begin(), options.topics.end());  // what save() gives is in this order
  if (options.place == "log") return open_log_destination(options, *log, saved);
  if (options.place != "-") return Folder::make(options, files, saved);
  TRY_ASSIGN(auto packer, Packer::make(options.packing));
  return std::make_unique<StandardOutput>(std::move(packer));
}

}  // namespace playhead::cli
