#include "io/file_system.h"

#include <utility>

namespace playhead::io {
namespace {

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// After a failure the temporary is of no use to anybody; that it may not go either must not hide why the call failed.
Status drop(FileSystem& files, const std::string& temporary, Status failure) {
  [[maybe_unused]] const auto removed = files.remove(temporary);
  return failure;
}

}  // namespace

std::string join(std::string_view folder, std::string_view name) {
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  path.append(folder).append("/").append(name);
  return path;
}

Result<std::string> read_file(FileSystem& files, const std::string& path, std::uint64_t bytes_max) {
  TRY_ASSIGN(const auto file, files.open(path, Open::kRead));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  if (size > bytes_max) return fail(ErrorKind::kLimit, path + " has " + std::to_string(size) + " bytes, over " + std::to_string(bytes_max));
  std::string bytes;
  TRY(file->read_at(0, size, bytes));
  return bytes;
}

Status write_file_synced(FileSystem& files, const std::string& path, std::string_view bytes) {
  TRY_ASSIGN(const auto file, files.open(path, Open::kCreate));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  if (size > 0) TRY(file->truncate(0));
  TRY(file->write_at(0, bytes));
  return file->sync();
}

Status replace_file(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".new";
  if (auto status = write_file_synced(files, temporary, bytes); !status) return drop(files, temporary, std::move(status));
  if (auto status = files.rename(temporary, path); !status) return drop(files, temporary, std::move(status));
  return files.sync_folder(folder_of(path));
}

Status create_file(FileSystem& files, const std::string& path, const std::string& temporary, std::string_view bytes) {
  if (auto status = write_file_synced(files, temporary, bytes); !status) return drop(files, temporary, std::move(status));
  if (auto status = files.rename_if_absent(temporary, path); !status) return drop(files, temporary, std::move(status));
  const std::string folder = folder_of(path);
  const std::string staging = folder_of(temporary);
  TRY(files.sync_folder(folder));
  return staging == folder ? Status{} : files.sync_folder(staging);
}

}  // namespace playhead::io
