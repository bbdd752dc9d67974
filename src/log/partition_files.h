// log/partition_files.h: the names in a partition's folder, and a look at its mark and segments.
//
//   <topic>/topic                                      options and id
//   <topic>/holds/<holder>.hold                        what a job still needs
//   <topic>/<partition>/<base, 20 digits>.segment      blocks of records
//   <topic>/<partition>/mark                           the high-water mark
//   <topic>/<partition>/lock                           held by whoever appends, repairs or removes segments
//
// Threads: const functions from any thread. Memory: a value; it borrows the FileSystem, which outlives it.
// Fails:   kNotFound when the topic was deleted, or made anew under the same name; kCorrupt with file and position for damage.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "log/block.h"
#include "log/mark.h"

namespace playhead::log {

class PartitionFiles {
 public:
  PartitionFiles(io::FileSystem& files, std::string topic_folder, std::string topic_id, Partition partition);

  io::FileSystem& files() const { return *files_; }
  const std::string& topic_id() const { return topic_id_; }  // kTopicIdBytes bytes
  Partition partition() const { return partition_; }
  const std::string& folder() const { return folder_; }
  std::string mark_path() const { return io::join(folder_, "mark"); }
  std::string lock_path() const { return io::join(folder_, "lock"); }
  std::string holds_folder() const { return io::join(topic_folder_, "holds"); }
  std::string segment_path(Offset base) const;

  // Base offsets of the segments, in order; kNotFound if the folder is gone.
  Result<std::vector<Offset>> segments() const;
  // The mark now; nullopt: absent, empty, damaged or half-written.
  Result<std::optional<Mark>> read_mark() const;
  Status write_mark(const Mark& mark) const;
  // kNotFound unless the topic of our id still has its name.
  Status check_topic() const;
  Error gone() const;

 private:
  io::FileSystem* files_;
  std::string topic_folder_;
  std::string topic_id_;
  Partition partition_;
  std::string folder_;
};

// A place between two blocks.
struct BlockPlace {
  std::uint64_t position = 0;
  Offset offset;
};

// Reads the headers of the blocks from `from` on to byte `limit` and shows each to `visit` until that returns false. Payloads are
// skipped, so checksums are not verified: offsets must follow each other, else kCorrupt.
Status visit_blocks(io::File& file, const std::string& path, BlockPlace from, std::uint64_t limit,
                    const std::function<bool(const BlockPlace&, const BlockHeader&)>& visit);

// Error text for damage: "<path> at byte <position>: <reason>".
Error at_place(const std::string& path, std::uint64_t position, Error error);

}  // namespace playhead::log
