#include "sink/growing_files.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "table/parquet.h"
#include "table/parquet_extension.h"

namespace playhead::sink {
namespace {

constexpr std::string_view kEnding = ".parquet";
constexpr std::size_t kDigits = 20;

std::string digits_of(Offset offset) {
  const std::string digits = std::to_string(offset.value);
  return std::string(kDigits - digits.size(), '0') + digits;
}

bool is_file_of(std::string_view name, std::string_view start) {
  if (name.size() != start.size() + kDigits + kEnding.size() || !name.starts_with(start) || !name.ends_with(kEnding)) return false;
  return std::ranges::all_of(name.substr(start.size(), kDigits), [](char digit) { return digit >= '0' && digit <= '9'; });
}

}  // namespace

GrowingFiles::GrowingFiles(io::FileSystem& files, std::string root, table::PublishedFolder& folder, Options options)
    : files_(files), root_(std::move(root)), folder_(folder), options_(options) {}

Status GrowingFiles::add(const std::string& place, Partition partition, Offset first, const table::Rows& rows) {
  if (rows.size() == 0) return {};
  const std::string start = "p" + std::to_string(partition.value) + "-";
  const std::string key = io::join(place, start);
  const auto known = recent_.contains(key) ? recent_.extract(key) : older_.extract(key);
  OpenFile open;
  if (known) {
    open = known.mapped();
  } else {
    TRY_ASSIGN(open, look_up(place, start));
  }
  if (open.name.empty() || open.bytes >= options_.file_bytes_target) {
    TRY_ASSIGN(const std::string bytes, table::write_parquet(rows, {}));
    open = {key + digits_of(first) + std::string(kEnding), bytes.size()};
    TRY(write(open.name, bytes));
  } else {
    TRY(extend(open, rows));
  }
  remember(key, std::move(open));
  return {};
}

Status GrowingFiles::add_file(const std::string& place, Partition partition, Offset first, std::string_view bytes) {
  return write(io::join(place, "p" + std::to_string(partition.value) + "-" + digits_of(first) + std::string(kEnding)), bytes);
}

void GrowingFiles::forget() {
  recent_.clear();
  older_.clear();
}

Result<GrowingFiles::OpenFile> GrowingFiles::look_up(const std::string& place, const std::string& start) const {
  const auto names = files_.list(io::join(root_, place));
  if (!names && names.error().kind == ErrorKind::kNotFound) return OpenFile{};
  if (!names) return std::unexpected(names.error());
  const auto newest = std::find_if(names->rbegin(), names->rend(), [&](const std::string& name) { return is_file_of(name, start); });
  if (newest == names->rend()) return OpenFile{};
  OpenFile open{io::join(place, *newest)};
  TRY_ASSIGN(const auto file, files_.open(io::join(root_, open.name), io::Open::kRead));
  TRY_ASSIGN(open.bytes, file->size());
  return open;
}

Status GrowingFiles::write(const std::string& name, std::string_view bytes) {
  TRY_ASSIGN(table::Staged staged, folder_.stage(name));
  if (auto written = staged.file->write_at(0, bytes); !written) {
    folder_.discard(std::move(staged));
    return std::unexpected(std::move(written.error()));
  }
  return folder_.add(std::move(staged), bytes.size(), checksum(bytes));
}

Status GrowingFiles::extend(OpenFile& open, const table::Rows& rows) {
  TRY_ASSIGN(const table::Extension extension, table::extend_parquet(files_, io::join(root_, open.name), rows));
  TRY(folder_.extend(open.name, extension.kept_bytes, extension.tail));
  open.bytes = extension.kept_bytes + extension.tail.size();
  return {};
}

void GrowingFiles::remember(const std::string& key, OpenFile open) {
  if (recent_.size() * 2 >= options_.remembered) older_ = std::exchange(recent_, {});
  recent_[key] = std::move(open);
}

}  // namespace playhead::sink
