// tests/log/disks.h: what the log's tests stand on: the system's files, their twin in memory, a decorator that counts and fails, and
// records as plain values.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/posix.h"
#include "io/simulated.h"
#include "log/log.h"

namespace playhead::log {

inline constexpr Timestamp kStart = from_micros(1'541'105'830'796'000);

class Disk {
 public:
  virtual ~Disk() = default;
  virtual io::FileSystem& files() = 0;
  virtual std::string root() const = 0;
};

class SystemDisk final : public Disk {
 public:
  SystemDisk() {
    std::string pattern = (std::filesystem::temp_directory_path() / "playhead_log_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SystemDisk() override { std::filesystem::remove_all(folder_); }
  io::FileSystem& files() override { return *files_; }
  std::string root() const override { return folder_ + "/log"; }

 private:
  std::unique_ptr<io::FileSystem> files_ = io::make_posix();
  std::string folder_;
};

class TwinDisk final : public Disk {
 public:
  io::SimulatedFileSystem& files() override { return files_; }
  std::string root() const override { return "log"; }

 private:
  io::SimulatedFileSystem files_;
};

// Counts syncs of files, and fails an operation on a file where `fails` says so ("write", "sync", "truncate" and the path).
class WatchedFiles final : public io::FileSystem {
 public:
  explicit WatchedFiles(io::FileSystem& inner) : inner_(inner) {}

  std::atomic<std::uint64_t> syncs = 0;
  std::function<std::optional<ErrorKind>(std::string_view operation, const std::string& path)> fails;

  Status check(std::string_view operation, const std::string& path) {
    const auto kind = fails ? fails(operation, path) : std::nullopt;
    if (kind) return fail(*kind, "arranged failure: " + std::string(operation) + " " + path);
    return {};
  }

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::Open mode) override {
    TRY_ASSIGN(auto file, inner_.open(path, mode));
    return std::make_unique<WatchedFile>(*this, std::move(file), path);
  }
  Result<std::unique_ptr<io::FileLock>> open_lock(const std::string& path) override { return inner_.open_lock(path); }
  Result<std::unique_ptr<io::Watch>> watch(const std::vector<std::string>& paths) override { return inner_.watch(paths); }
  Status make_folders(const std::string& path) override { return inner_.make_folders(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return inner_.list(path); }
  Result<bool> exists(const std::string& path) override { return inner_.exists(path); }
  Status rename(const std::string& from, const std::string& to) override { return inner_.rename(from, to); }
  Status rename_if_absent(const std::string& from, const std::string& to) override { return inner_.rename_if_absent(from, to); }
  Status exchange(const std::string& first, const std::string& second) override { return inner_.exchange(first, second); }
  Status link(const std::string& from, const std::string& to) override { return inner_.link(from, to); }
  Status remove(const std::string& path) override { return inner_.remove(path); }
  Status remove_all(const std::string& path) override { return inner_.remove_all(path); }
  Status sync_folder(const std::string& path) override {
    TRY(check("sync-folder", path));
    return inner_.sync_folder(path);
  }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return inner_.free_bytes(path); }

 private:
  class WatchedFile final : public io::File {
   public:
    WatchedFile(WatchedFiles& files, std::unique_ptr<io::File> inner, std::string path)
        : files_(files), inner_(std::move(inner)), path_(std::move(path)) {}
    Status read_at(std::uint64_t position, std::size_t length, std::string& into) override {
      return inner_->read_at(position, length, into);
    }
    Status write_at(std::uint64_t position, std::string_view bytes) override {
      if (auto status = files_.check("write", path_); !status) {
        // A part is written, as a full disk does, or all of it: after a failure the range may hold anything.
        whole_ = !whole_;
        static_cast<void>(inner_->write_at(position, whole_ ? bytes : bytes.substr(0, bytes.size() / 2)));
        return status;
      }
      return inner_->write_at(position, bytes);
    }
    Status truncate(std::uint64_t size_bytes) override {
      TRY(files_.check("truncate", path_));
      return inner_->truncate(size_bytes);
    }
    Result<std::uint64_t> size() override { return inner_->size(); }
    Status sync() override {
      ++files_.syncs;
      TRY(files_.check("sync", path_));
      return inner_->sync();
    }

   private:
    WatchedFiles& files_;
    std::unique_ptr<io::File> inner_;
    std::string path_;
    bool whole_ = false;
  };

  io::FileSystem& inner_;
};

struct Row {
  Offset offset;
  Timestamp timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;

  bool operator==(const Row&) const = default;
};

inline std::optional<std::string> text_of(std::string_view view) {
  return view.data() == nullptr ? std::nullopt : std::optional<std::string>(view);
}

inline std::vector<Row> rows_of(const RecordBatch& batch) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Row row{batch.offsets[i], batch.timestamps[i], text_of(batch.keys[i]), text_of(batch.values[i]), {}};
    for (const Header& header : headers_of(batch.headers[i])) row.headers.emplace_back(header.name, header.value);
    rows.push_back(std::move(row));
  }
  return rows;
}

inline Result<std::vector<Row>> read_rows(Reader& reader, Partition partition) {
  std::vector<Row> rows;
  TRY_ASSIGN(const auto range, reader.range(partition));
  RecordBatch batch;
  for (Offset at = range.start; at < range.end; at = rows.back().offset.next()) {
    TRY(reader.read(partition, at, range.end, batch));
    for (auto& row : rows_of(batch)) rows.push_back(std::move(row));
  }
  return rows;
}

// All rows of a partition; the test fails where they can't be read.
inline std::vector<Row> read_all(Reader& reader, Partition partition) {
  auto rows = read_rows(reader, partition);
  EXPECT_TRUE(rows.has_value()) << rows.error().message;
  return rows ? *std::move(rows) : std::vector<Row>{};
}

inline std::vector<std::string> values_of(const std::vector<Row>& rows) {
  std::vector<std::string> values;
  for (const Row& row : rows) values.push_back(row.value.value_or("(null)"));
  return values;
}

}  // namespace playhead::log
