// table/file_merger.h: several Parquet files with the same columns, one after another, as one.
//
// Rows stay in their order. A row group that is large enough goes over as it is, encoded (table/parquet_copy.h), which costs little more
// than reading it; its pages are held against their checksums on the way. Small ones that follow one another are decoded and become larger
// ones. A small one between two large ones stays, so that row groups are not smaller, on average, than half of what is large enough.
//
// finish() reads the new file back: the number of rows and the content sum (table/content_sum.h) must be those of what went in.
//
// Limits:  32,767 row groups.
// Threads: one owner at a time.
// Memory:  two row groups, decoded or as they are. `files` must outlive the merger.
// Fails:   kCorrupt for a damaged source, or for a new file that does not hold what went in; else as the files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "table/content_sum.h"
#include "table/parquet_copy.h"
#include "table/parquet_reader.h"
#include "table/parquet_writer.h"

namespace playhead::table {

// A query over larger row groups is hardly faster, and a copy is much cheaper than encoding again.
inline constexpr std::uint64_t kLargeGroupRows = kRowGroupRows / 8;
inline constexpr std::uint64_t kLargeGroupBytes = std::uint64_t{1} << 20;

class FileMerger {
 public:
  FileMerger(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Status add(const std::string& source);
  Status finish();
  const ContentSum& sum() const { return sum_; }

 private:
  struct Source {
    std::string path;
    std::unique_ptr<ParquetReader> reader;
    std::unique_ptr<EncodedGroups> groups;
  };
  struct Place {
    std::shared_ptr<Source> source;  // shared by the loop over its row groups and the one that is held
    std::size_t group = 0;
  };

  Status add_small(Place place, bool can_be_copied);
  Status copy_held();
  Status copy(const Place& place);
  Status join(const Place& place);
  Result<ContentSum> sum_written() const;

  io::FileSystem& files_;
  std::string path_;
  std::unique_ptr<io::File> file_{};  // borrowed by the writer, so it is closed after it
  std::unique_ptr<ParquetWriter> writer_{};
  std::optional<Place> held_{};        // a small row group, until it is known what follows
  bool joining_ = false;               // the one before was decoded, and the writer may still hold its rows
  std::vector<std::size_t> copied_{};  // numbers of row groups in the new file
  Rows rows_{};
  ContentSum sum_{};
};

}  // namespace playhead::table
