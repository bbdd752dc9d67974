#include "sink/window_table.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

#include "stream/watermark.h"
#include "table/parquet_extension.h"
#include "table/parquet_reader.h"
#include "table/parquet_writer.h"

namespace playhead::sink {
namespace {

using stream::Increase;
using table::ParquetReader;
using table::Rows;

constexpr std::string_view kPrefix = "windows-";
constexpr std::string_view kEnding = ".parquet";
constexpr std::size_t kBatchRows = 8192;
// The columns; the key's name is the job's.
constexpr std::size_t kStart = 0;
constexpr std::size_t kEnd = 1;
constexpr std::size_t kKey = 2;
constexpr std::size_t kCount = 3;
constexpr std::size_t kProvisional = 4;

enum class Change { kClose, kRestate, kProvision };

Duration span_of(Duration window, Duration file_span) {
  const auto windows = (file_span.count() + window.count() - 1) / window.count();
  return window * std::max<std::int64_t>(1, windows);
}

table::Schema schema_of(const std::string& key_name, bool provisional) {
  using table::ColumnType;
  table::Schema schema{{"window_start", ColumnType::kTimestamp},
                       {"window_end", ColumnType::kTimestamp},
                       {key_name, ColumnType::kText},
                       {"count", ColumnType::kInteger}};
  if (provisional) schema.push_back({"provisional", ColumnType::kFlag});
  return schema;
}

// The start of a span that this text of format_compact names; format_compact cuts fractions of a second.
std::optional<Timestamp> span_start_named(std::string_view text, Duration span) {
  if (text.size() != std::string_view("20181101T120000Z").size()) return std::nullopt;
  std::string iso(text);
  for (const auto& [at, mark] : {std::pair{13, ':'}, {11, ':'}, {6, '-'}, {4, '-'}}) iso.insert(static_cast<std::size_t>(at), 1, mark);
  const auto parsed = parse_iso(iso);
  if (!parsed) return std::nullopt;
  const Timestamp start = floor_to(parsed->time + std::chrono::microseconds{999'999}, span);
  return format_compact(start) == text ? std::optional(start) : std::nullopt;
}

// All changes by window and key; those of one row in the order in which they apply.
class Cursor {
 public:
  explicit Cursor(const WindowChanges& changes) : lists_{changes.closed, changes.restated, changes.provisional} { choose(); }

  bool any() const { return !lists_[chosen_].empty(); }
  const Increase& increase() const { return lists_[chosen_].front(); }
  Change change() const { return static_cast<Change>(chosen_); }
  void advance() {
    lists_[chosen_] = lists_[chosen_].subspan(1);
    choose();
  }

 private:
  void choose() {
    const auto before = [&](std::size_t list, std::size_t other) {
      if (lists_[list].empty() || lists_[other].empty()) return !lists_[list].empty();
      const Increase& one = lists_[list].front();
      const Increase& two = lists_[other].front();
      return std::tie(one.window_start, one.key) < std::tie(two.window_start, two.key);
    };
    chosen_ = 0;
    for (std::size_t list = 1; list < lists_.size(); ++list) {
      if (before(list, chosen_)) chosen_ = list;
    }
  }

  std::array<std::span<const Increase>, 3> lists_;
  std::size_t chosen_ = 0;
};

// The rows of a file in order, or of none.
class OldRows {
 public:
  explicit OldRows(std::unique_ptr<ParquetReader> reader) : reader_(std::move(reader)) {}

  Result<bool> any() {
    if (at_ < rows_.size()) return true;
    if (reader_ == nullptr) return false;
    at_ = 0;
    rows_.clear();
    return reader_->next(rows_);
  }
  // Moves those before this place to `out`, or those of this batch.
  void take_before(Timestamp window_start, std::string_view key, Rows& out) {
    const auto before = [&](std::size_t row) {
      const std::int64_t start = rows_.columns[kStart].number(row);
      return start != to_micros(window_start) ? start < to_micros(window_start) : rows_.columns[kKey].text(row) < key;
    };
    // Steps that double, then halve: few where changes are dense, and few where they are rare.
    std::size_t low = at_;
    std::size_t step = 1;
    while (low + step <= rows_.size() && before(low + step - 1)) {
      low += step;
      step *= 2;
    }
    for (; step > 0; step /= 2) {
      if (low + step <= rows_.size() && before(low + step - 1)) low += step;
    }
    out.append(rows_, at_, low - at_);
    at_ = low;
  }
  void take_all(Rows& out) {
    out.append(rows_, at_, rows_.size() - at_);
    at_ = rows_.size();
  }
  bool batch_ended() const { return at_ == rows_.size(); }
  // Of the next row of this batch.
  bool is_at(Timestamp window_start, std::string_view key) const {
    return rows_.columns[kStart].number(at_) == to_micros(window_start) && rows_.columns[kKey].text(at_) == key;
  }
  std::uint64_t count() const { return static_cast<std::uint64_t>(rows_.columns[kCount].number(at_)); }
  bool provisional() const { return rows_.columns.size() > kProvisional && rows_.columns[kProvisional].number(at_) != 0; }
  void advance() { ++at_; }

 private:
  std::unique_ptr<ParquetReader> reader_;
  Rows rows_{};
  std::size_t at_ = 0;
};

}  // namespace

// The rows of one file, old ones and the changes that fall there, in order.
class WindowTable::Merge {
 public:
  using Take = std::function<Status(const Rows&)>;

  Merge(Cursor& changes, Timestamp end, Duration window, const table::Schema& schema)
      : changes_(changes), end_(end), window_(window), out_(schema) {}

  // Gives all rows to `take`, some thousand at a time.
  Status run(std::unique_ptr<ParquetReader> reader, const Take& take) {
    OldRows old(std::move(reader));
    while (changes_.any() && changes_.increase().window_start < end_) {
      TRY_ASSIGN(const bool found, copy_before(changes_.increase(), old, take));
      add_changed(found, old);
      TRY(flush(kBatchRows, take));
    }
    while (true) {
      TRY_ASSIGN(const bool more, old.any());
      if (!more) return flush(1, take);
      old.take_all(out_);
      TRY(flush(kBatchRows, take));
    }
  }

  std::int64_t published() const { return published_; }  // the change of the sum of the published counts
  const Place& last() const { return last_; }            // of the last row

 private:
  // The old rows before the change's place; whether one is in it.
  Result<bool> copy_before(const Increase& increase, OldRows& old, const Take& take) {
    while (true) {
      TRY_ASSIGN(const bool any, old.any());
      if (!any) return false;
      old.take_before(increase.window_start, increase.key, out_);
      TRY(flush(kBatchRows, take));
      if (!old.batch_ended()) return old.is_at(increase.window_start, increase.key);
    }
  }

  // One row, of all that changes it; none where that comes to 0.
  void add_changed(bool found, OldRows& old) {
    const Increase& first = changes_.increase();
    std::uint64_t count = found ? old.count() : 0;
    bool provisional = found && old.provisional();
    if (!provisional) published_ -= static_cast<std::int64_t>(count);
    if (found) old.advance();
    while (changes_.any() && changes_.increase().window_start == first.window_start && changes_.increase().key == first.key) {
      count = changes_.increase().count + (changes_.change() == Change::kRestate ? count : 0);
      provisional = changes_.change() == Change::kProvision;
      changes_.advance();
    }
    if (count == 0) return;
    if (!provisional) published_ += static_cast<std::int64_t>(count);
    out_.columns[kStart].add_number(to_micros(first.window_start));
    out_.columns[kEnd].add_number(to_micros(first.window_start + window_));
    out_.columns[kKey].add_text(first.key);
    out_.columns[kCount].add_number(static_cast<std::int64_t>(count));
    if (out_.columns.size() > kProvisional) out_.columns[kProvisional].add_number(provisional ? 1 : 0);
  }

  Status flush(std::size_t rows_min, const Take& take) {
    if (out_.size() < rows_min) return {};
    TRY(take(out_));
    last_ = {from_micros(out_.columns[kStart].number(out_.size() - 1)), std::string(out_.columns[kKey].text(out_.size() - 1))};
    out_.clear();
    return {};
  }

  Cursor& changes_;
  Timestamp end_;
  Duration window_;
  Rows out_;
  std::int64_t published_ = 0;
  Place last_{};
};

WindowTable::WindowTable(io::FileSystem& files, Options options, std::unique_ptr<table::PublishedFolder> folder)
    : files_(files), options_(std::move(options)), schema_(schema_of(options_.key_name, options_.provisional)), folder_(std::move(folder)) {
  options_.file_span = span_of(options_.window, options_.file_span);
}

Result<std::unique_ptr<WindowTable>> WindowTable::claim(io::FileSystem& files, Options options) {
  TRY_ASSIGN(auto folder, table::PublishedFolder::claim(files, options.folder, options.owner, options.may_claim));
  std::unique_ptr<WindowTable> table(new WindowTable(files, std::move(options), std::move(folder)));
  TRY(table->look_again());
  return table;
}

Status WindowTable::look_again() {
  TRY_ASSIGN(const auto names, files_.list(options_.folder));
  window_files_.clear();
  for (const std::string& name : names) {
    if (auto file = file_named(name); file && !window_files_.insert(*file).second)
      return fail(ErrorKind::kInvalid, io::join(options_.folder, name) + " begins with the same windows as another file");
  }
  const auto overlap =
      std::ranges::adjacent_find(window_files_, [](const auto& earlier, const auto& later) { return earlier.second.end > later.first; });
  if (overlap == window_files_.end()) return {};
  return fail(ErrorKind::kInvalid, options_.folder + ": " + overlap->second.name + " and " + std::next(overlap)->second.name +
                                       " may hold the same windows: take away the one that is not Playhead's");
}

// Null for a name that is none of ours.
std::optional<WindowTable::WindowFiles::value_type> WindowTable::file_named(const std::string& name) const {
  if (!name.starts_with(kPrefix) || !name.ends_with(kEnding) || name.size() < kPrefix.size() + kEnding.size()) return std::nullopt;
  const std::string_view range = std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kEnding.size());
  const std::size_t dash = range.find('-');
  const auto start = span_start_named(range.substr(0, dash), options_.file_span);
  if (!start) return std::nullopt;
  const auto end =
      dash == std::string_view::npos ? *start + options_.file_span : span_start_named(range.substr(dash + 1), options_.file_span);
  if (!end || *end <= *start) return std::nullopt;
  return WindowFiles::value_type{*start, {.end = *end, .name = name, .exists = true}};
}

WindowTable::WindowFile& WindowTable::file_of(Timestamp window_start) {
  const auto after = window_files_.upper_bound(window_start);
  if (after != window_files_.begin() && std::prev(after)->second.end > window_start) return std::prev(after)->second;
  const Timestamp start = floor_to(window_start, options_.file_span);
  const std::string name = std::string(kPrefix) + format_compact(start) + std::string(kEnding);
  return window_files_.emplace(start, WindowFile{.end = start + options_.file_span, .name = name}).first->second;
}

Result<std::int64_t> WindowTable::prepare(const WindowChanges& changes) {
  if (stopped_) return std::unexpected(*stopped_);
  auto published = write_files(changes);
  if (!published) stopped_ = published.error();
  return published;
}

Result<std::int64_t> WindowTable::write_files(const WindowChanges& changes) {
  std::int64_t published = 0;
  Cursor cursor(changes);
  while (cursor.any()) {
    const Increase& first = cursor.increase();
    WindowFile& file = file_of(first.window_start);
    Merge merge(cursor, file.end, options_.window, schema_);
    const bool behind = file.last && std::tie(file.last->window_start, file.last->key) < std::tie(first.window_start, first.key);
    TRY(behind ? extend(file, merge) : rewrite(file, merge));
    published += merge.published();
    file.exists = true;
    file.last = merge.last();
  }
  return published;
}

Status WindowTable::extend(const WindowFile& file, Merge& merge) {
  Rows added(schema_);
  TRY(merge.run(nullptr, [&](const Rows& rows) {
    added.append(rows, 0, rows.size());
    return Status{};
  }));
  TRY_ASSIGN(const auto extension, table::extend_parquet(files_, io::join(options_.folder, file.name), added));
  return folder_->extend(file.name, extension.kept_bytes, extension.tail);
}

Status WindowTable::rewrite(const WindowFile& file, Merge& merge) {
  std::unique_ptr<ParquetReader> reader;
  if (file.exists) {
    const std::string path = io::join(options_.folder, file.name);
    TRY_ASSIGN(reader, ParquetReader::open(files_, path, {.batch_rows = kBatchRows}));
    if (reader->schema() != schema_) return fail(ErrorKind::kCorrupt, path + " does not have the columns of this job");
  }
  TRY_ASSIGN(table::Staged staged, folder_->stage(file.name));
  TRY_ASSIGN(const auto writer, table::ParquetWriter::make(*staged.file, schema_, {}));
  TRY(merge.run(std::move(reader), [&](const Rows& rows) { return writer->add(rows); }));
  TRY(writer->close());
  return folder_->add(std::move(staged), writer->bytes(), writer->checksum());
}

Status WindowTable::commit(std::string_view ledger) {
  if (stopped_) return std::unexpected(*stopped_);
  return folder_->commit({}, {}, std::string(ledger));
}

Result<table::ConsolidationReport> WindowTable::consolidate(const table::ConsolidationOptions& options) {
  if (stopped_) return std::unexpected(*stopped_);
  auto report = table::consolidate(files_, *folder_, options);
  TRY(look_again());
  return report;
}

Result<std::vector<Increase>> WindowTable::read_published(io::FileSystem& files, const std::string& folder) {
  std::vector<Increase> published;
  TRY_ASSIGN(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (!name.ends_with(kEnding)) continue;
    TRY_ASSIGN(const auto reader, ParquetReader::open(files, io::join(folder, name), {}));
    if (reader->schema().size() < kProvisional) return fail(ErrorKind::kCorrupt, io::join(folder, name) + " is no file of windows");
    Rows rows;
    while (true) {
      TRY_ASSIGN(const bool more, reader->next(rows));
      if (!more) break;
      for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows.columns.size() > kProvisional && rows.columns[kProvisional].number(row) != 0) continue;
        published.push_back({from_micros(rows.columns[kStart].number(row)), std::string(rows.columns[kKey].text(row)),
                             static_cast<std::uint64_t>(rows.columns[kCount].number(row))});
      }
    }
  }
  return published;
}

}  // namespace playhead::sink
