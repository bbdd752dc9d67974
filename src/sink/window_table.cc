#include "sink/window_table.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "stream/watermark.h"
#include "table/parquet.h"

namespace playhead::sink {
namespace {

constexpr std::size_t kCachedFilesMax = 3;
constexpr std::uint64_t kFileBytesMax = 2ull << 30;

Duration span_of(Duration window, Duration file_span) {
  const auto windows = (file_span.count() + window.count() - 1) / window.count();
  return window * std::max<std::int64_t>(1, windows);
}

}  // namespace

WindowTable::WindowTable(io::FileSystem& files, Options options, std::unique_ptr<table::PublishedFolder> folder)
    : files_(files), options_(std::move(options)), folder_(std::move(folder)) {
  options_.file_span = span_of(options_.window, options_.file_span);
}

Result<std::unique_ptr<WindowTable>> WindowTable::claim(io::FileSystem& files, Options options) {
  TRY_ASSIGN(auto folder, table::PublishedFolder::claim(files, options.folder, options.owner, options.may_claim));
  return std::unique_ptr<WindowTable>(new WindowTable(files, std::move(options), std::move(folder)));
}

Result<std::int64_t> WindowTable::prepare(const WindowChanges& changes) {
  TRY_ASSIGN(const std::int64_t closed, apply(changes.closed, Change::kClose));
  TRY_ASSIGN(const std::int64_t restated, apply(changes.restated, Change::kRestate));
  TRY_ASSIGN(const std::int64_t provisional, apply(changes.provisional, Change::kProvision));
  return closed + restated + provisional;
}

Result<std::int64_t> WindowTable::apply(Changes changes, Change change) {
  std::int64_t published = 0;  // the change of the sum of published counts
  const auto published_of = [](const Row& row) { return row.provisional ? 0 : static_cast<std::int64_t>(row.count); };
  for (std::size_t next = 0; next < changes.size();) {
    const Timestamp span_start = stream::window_start_of(changes[next].window_start, options_.file_span);
    const std::string name = file_of(span_start);
    TRY_ASSIGN(FileRows * rows, rows_of(name));
    FileRows merged;
    merged.reserve(rows->size() + 16);
    auto old = rows->begin();
    for (; next < changes.size() && changes[next].window_start < span_start + options_.file_span; ++next) {
      const stream::Increase& increase = changes[next];
      const auto before = [&](const Row& row) {
        return std::tie(row.window_start, row.key) < std::tie(increase.window_start, increase.key);
      };
      while (old != rows->end() && before(*old)) merged.push_back(std::move(*old++));
      Row row{increase.window_start, increase.key, increase.count, change == Change::kProvision};
      if (old != rows->end() && old->window_start == row.window_start && old->key == row.key) {
        published -= published_of(*old);
        if (change == Change::kRestate) row.count += old->count;
        ++old;
      }
      published += published_of(row);
      merged.push_back(std::move(row));
    }
    merged.insert(merged.end(), std::make_move_iterator(old), std::make_move_iterator(rows->end()));
    *rows = std::move(merged);
    changed_.insert(name);
  }
  return published;
}

Status WindowTable::commit(std::string_view ledger) {
  std::vector<table::NewFile> publication;
  for (const std::string& name : changed_) {
    TRY_ASSIGN(std::string bytes, encode(cached_.at(name)));
    publication.push_back({name, std::move(bytes)});
  }
  TRY(folder_->commit(publication, {}, std::string(ledger)));
  changed_.clear();
  forget_cold_files();
  return {};
}

std::string WindowTable::file_of(Timestamp window_start) const {
  return "windows-" + format_compact(stream::window_start_of(window_start, options_.file_span)) + ".parquet";
}

Result<WindowTable::FileRows*> WindowTable::rows_of(const std::string& name) {
  if (const auto cached = cached_.find(name); cached != cached_.end()) return &cached->second;
  FileRows rows;
  auto bytes = io::read_file(files_, io::join(options_.folder, name), kFileBytesMax);
  if (!bytes && bytes.error().kind != ErrorKind::kNotFound) return std::unexpected(bytes.error());
  if (bytes) {
    auto read = table::read_parquet(*bytes);
    if (!read) return fail(read.error().kind, io::join(options_.folder, name) + " can not be read: " + read.error().message);
    table::Rows& columns = *read;
    const std::size_t width = options_.provisional ? 5 : 4;
    if (columns.columns.size() != width)
      return fail(ErrorKind::kCorrupt, io::join(options_.folder, name) + " does not have the columns of this job");
    rows.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      rows.push_back({from_micros(columns.columns[0].numbers[i]), std::move(columns.columns[2].texts[i]),
                      static_cast<std::uint64_t>(columns.columns[3].numbers[i]), width == 5 && columns.columns[4].numbers[i] != 0});
    }
  }
  return &cached_.emplace(name, std::move(rows)).first->second;
}

Result<std::string> WindowTable::encode(const FileRows& rows) const {
  using table::ColumnType;
  table::Rows columns;
  columns.columns = {{"window_start", ColumnType::kTimestamp, {}, {}},
                     {"window_end", ColumnType::kTimestamp, {}, {}},
                     {options_.key_name, ColumnType::kText, {}, {}},
                     {"count", ColumnType::kInteger, {}, {}}};
  if (options_.provisional) columns.columns.push_back({"provisional", ColumnType::kFlag, {}, {}});
  for (const Row& row : rows) {
    columns.columns[0].numbers.push_back(to_micros(row.window_start));
    columns.columns[1].numbers.push_back(to_micros(row.window_start + options_.window));
    columns.columns[2].texts.push_back(row.key);
    columns.columns[3].numbers.push_back(static_cast<std::int64_t>(row.count));
    if (options_.provisional) columns.columns[4].numbers.push_back(row.provisional ? 1 : 0);
  }
  return table::write_parquet(columns, {});
}

// Keeps the files of the latest event times: the next changes most often fall there.
void WindowTable::forget_cold_files() {
  while (cached_.size() > kCachedFilesMax) cached_.erase(cached_.begin());
}

Result<std::vector<stream::Increase>> WindowTable::read_published(io::FileSystem& files, const std::string& folder) {
  std::vector<stream::Increase> published;
  TRY_ASSIGN(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (!name.ends_with(".parquet")) continue;
    TRY_ASSIGN(const std::string bytes, io::read_file(files, io::join(folder, name), kFileBytesMax));
    TRY_ASSIGN(const table::Rows rows, table::read_parquet(bytes));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows.columns.size() == 5 && rows.columns[4].numbers[i] != 0) continue;
      published.push_back(
          {from_micros(rows.columns[0].numbers[i]), rows.columns[2].texts[i], static_cast<std::uint64_t>(rows.columns[3].numbers[i])});
    }
  }
  return published;
}

}  // namespace playhead::sink
