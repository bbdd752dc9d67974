// table/parquet_copy.h: row groups of a Parquet file as the bytes they are, to go into another file without being decoded.
//
// A row group is its pages, one column behind the other, and a description in the footer: which bytes are whose, how they are encoded, what
// their least and largest values are. In another file the pages stay as they are; the description and the page index say another place.
// Equal pages under equal descriptions are equal rows, so a copy is as good as its bytes, and a checksum over both tells it from any other.
//
// Only what this program wrote is copied, since of that it is known that every page has a checksum and nothing points into the pages but
// what is moved here. Other writers' files are decoded.
//
// Limits:  1 GiB for a row group.
// Threads: one owner at a time.
// Memory:  the bytes of one row group and the footer. `files` must outlive what was opened.
// Fails:   kCorrupt for damage that shows, among it a page with another checksum; kLimit; kIo.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "table/parquet.h"
#include "table/rows.h"

namespace parquet {
class FileMetaData;
}

namespace playhead::table {

struct EncodedGroup {
  std::shared_ptr<parquet::FileMetaData> footer;  // of its file
  std::size_t number = 0;                         // of the row group, there
  std::uint64_t position = 0;                     // of its pages, there
  std::uint64_t rows = 0;
  std::uint64_t checksum = 0;  // of all pages and of what the footer says of them, but for where they are
  std::string pages{};
  std::vector<std::string> column_indexes{};  // one for each column; empty: it has none
  std::vector<std::string> offset_indexes{};
};

class EncodedGroups {
 public:
  static Result<std::unique_ptr<EncodedGroups>> open(io::FileSystem& files, const std::string& path);
  ~EncodedGroups();

  std::size_t size() const { return extents_.size(); }
  std::uint64_t rows(std::size_t group) const { return extents_[group].rows; }
  std::uint64_t bytes(std::size_t group) const { return extents_[group].bytes; }  // of its pages; 0 where they are not all in one piece
  // Whether a row group may go into a file of this schema as it is.
  Result<bool> can_be_copied(std::size_t group, const Schema& schema) const;
  Result<EncodedGroup> read(std::size_t group) const;

 private:
  struct Extent {
    std::uint64_t rows = 0;
    std::uint64_t position = 0;
    std::uint64_t bytes = 0;
  };
  EncodedGroups(std::string path, std::unique_ptr<io::File> file, std::uint64_t file_bytes, std::shared_ptr<parquet::FileMetaData> footer);
  Status find_groups();

  std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint64_t file_bytes_;
  std::shared_ptr<parquet::FileMetaData> footer_;  // shared with what is read, which may live longer
  std::vector<Extent> extents_{};                  // of each row group
};

// Whether every page is what was written. Of the pages' headers, which have no checksum, as much as the footer says too.
Status check_pages(const EncodedGroup& group);

// What a row group becomes whose pages are put at `position` of another file, where `groups_before` others have ended: the bytes right
// behind its pages, and the footer of a file that had only this one, for RowGroupEncoder::footer().
struct MovedGroup {
  std::string indexes;
  std::shared_ptr<parquet::FileMetaData> footer;
};
Result<MovedGroup> moved(const EncodedGroup& group, std::uint64_t position, std::size_t groups_before, const Metadata& metadata);
// Puts the row groups of `next` behind those of `before`, which may be null: then `next` is the result.
Status append_groups(std::shared_ptr<parquet::FileMetaData>& before, const std::shared_ptr<parquet::FileMetaData>& next);

}  // namespace playhead::table
