#include "table/file_merger.h"

#include <utility>

namespace playhead::table {
namespace {

// The rows of one row group.
template <typename Take>
Status each_batch(ParquetReader& reader, std::size_t group, Rows& rows, Take take) {
  reader.seek_group(group);
  for (std::uint64_t rest = reader.group_rows(group); rest > 0; rest -= rows.size()) {
    TRY_ASSIGN(const bool any, reader.next(rows));
    if (!any || rows.size() > rest) return fail(ErrorKind::kCorrupt, "a row group has another number of rows than it says");
    TRY(take(rows));
  }
  return {};
}

}  // namespace

Status FileMerger::add(const std::string& path) {
  const auto source = std::make_shared<Source>(Source{.path = path, .reader = nullptr, .groups = nullptr});
  TRY_ASSIGN(source->reader, ParquetReader::open(files_, path, {}));
  TRY_ASSIGN(source->groups, EncodedGroups::open(files_, path));
  if (!writer_) {
    TRY_ASSIGN(file_, files_.open(path_, io::Open::kCreateNew));
    TRY_ASSIGN(writer_, ParquetWriter::make(*file_, source->reader->schema(), source->reader->metadata()));
  }
  const EncodedGroups& groups = *source->groups;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    TRY_ASSIGN(const bool can_be_copied, groups.can_be_copied(group, source->reader->schema()));
    const bool large = groups.rows(group) >= kLargeGroupRows || groups.bytes(group) >= kLargeGroupBytes;
    if (!can_be_copied || !large) {
      TRY(add_small({source, group}, can_be_copied));
      continue;
    }
    TRY(copy_held());
    TRY(copy({source, group}));
  }
  return {};
}

Status FileMerger::add_small(Place place, bool can_be_copied) {
  if (!held_ && !joining_ && can_be_copied) {
    held_ = std::move(place);
    return {};
  }
  if (held_) TRY(join(*std::exchange(held_, std::nullopt)));
  return join(place);
}

Status FileMerger::copy_held() {
  if (!held_) return {};
  return copy(*std::exchange(held_, std::nullopt));
}

Status FileMerger::copy(const Place& place) {
  TRY_ASSIGN(const EncodedGroup group, place.source->groups->read(place.group));
  if (const Status checked = check_pages(group); !checked)
    return fail(checked.error().kind, place.source->path + ": " + checked.error().message);
  sum_.add_group(group.rows, group.checksum);
  TRY(writer_->copy(group));
  copied_.push_back(writer_->groups() - 1);
  joining_ = false;
  return {};
}

Status FileMerger::join(const Place& place) {
  joining_ = true;
  return each_batch(*place.source->reader, place.group, rows_, [this](const Rows& rows) {
    sum_.add(rows);
    return writer_->add(rows);
  });
}

Status FileMerger::finish() {
  TRY(copy_held());
  TRY(writer_->close());
  TRY(file_->sync());
  TRY_ASSIGN(const ContentSum found, sum_written());
  if (found == sum_) return {};
  return fail(ErrorKind::kCorrupt, path_ + " does not hold the rows that were copied into it (" + std::to_string(found.rows()) + " of " +
                                       std::to_string(sum_.rows()) + ", content " + found.text() + " for " + sum_.text() +
                                       "); nothing was exchanged: check the memory and the disk of this machine");
}

Result<ContentSum> FileMerger::sum_written() const {
  TRY_ASSIGN(const auto groups, EncodedGroups::open(files_, path_));
  TRY_ASSIGN(const auto reader, ParquetReader::open(files_, path_, {}));
  ContentSum sum;
  Rows rows;
  auto copied = copied_.begin();
  for (std::size_t number = 0; number < groups->size(); ++number) {
    if (copied == copied_.end() || *copied != number) {
      TRY(each_batch(*reader, number, rows, [&sum](const Rows& read) -> Status {
        sum.add(read);
        return {};
      }));
      continue;
    }
    ++copied;
    TRY_ASSIGN(const EncodedGroup group, groups->read(number));
    sum.add_group(group.rows, group.checksum);
  }
  return sum;
}

}  // namespace playhead::table
