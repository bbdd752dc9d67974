// io/observed.h: a file system with a hook before every call, for tests.
//
// A test may look at the disk between any two calls of the code under test, or let another writer live there a whole life: what a process
// meets that was stopped at this place and goes on later.
//
// Threads: as the inner file system; the hook runs on the caller's thread. Memory: the inner one outlives it, and it outlives its files.
// Fails:   as the inner one. The hook may use the inner file system, not this one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/file_system.h"

namespace playhead::io {

class ObservedFileSystem final : public FileSystem {
 public:
  ObservedFileSystem(FileSystem& inner, std::function<void()> before) : inner_(inner), before_(std::move(before)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) override {
    TRY_ASSIGN(auto file, step().open(path, mode));
    return std::make_unique<ObservedFile>(*this, std::move(file));
  }
  Result<std::unique_ptr<FileLock>> open_lock(const std::string& path) override { return step().open_lock(path); }
  Result<std::unique_ptr<Watch>> watch(const std::vector<std::string>& paths) override { return step().watch(paths); }
  Status make_folders(const std::string& path) override { return step().make_folders(path); }
  Result<std::vector<std::string>> list(const std::string& path) override { return step().list(path); }
  Result<bool> exists(const std::string& path) override { return step().exists(path); }
  Status rename(const std::string& from, const std::string& to) override { return step().rename(from, to); }
  Status rename_if_absent(const std::string& from, const std::string& to) override { return step().rename_if_absent(from, to); }
  Status exchange(const std::string& first, const std::string& second) override { return step().exchange(first, second); }
  Status link(const std::string& from, const std::string& to) override { return step().link(from, to); }
  Status remove(const std::string& path) override { return step().remove(path); }
  Status remove_all(const std::string& path) override { return step().remove_all(path); }
  Status sync_folder(const std::string& path) override { return step().sync_folder(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override { return step().free_bytes(path); }

 private:
  class ObservedFile final : public File {
   public:
    ObservedFile(ObservedFileSystem& files, std::unique_ptr<File> inner) : files_(files), inner_(std::move(inner)) {}
    Status read_at(std::uint64_t position, std::size_t length, std::string& into) override {
      return step().read_at(position, length, into);
    }
    Status write_at(std::uint64_t position, std::string_view bytes) override { return step().write_at(position, bytes); }
    Status truncate(std::uint64_t size_bytes) override { return step().truncate(size_bytes); }
    Result<std::uint64_t> size() override { return step().size(); }
    Status sync() override { return step().sync(); }

   private:
    File& step() {
      files_.before_();
      return *inner_;
    }

    ObservedFileSystem& files_;
    std::unique_ptr<File> inner_;
  };

  FileSystem& step() {
    before_();
    return inner_;
  }

  FileSystem& inner_;
  std::function<void()> before_;
};

}  // namespace playhead::io
