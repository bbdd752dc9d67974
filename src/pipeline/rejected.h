// pipeline/rejected.h: the positions of records that are in no window, with the reason of each.
//
// Outcomes in the journal carry them; before a journal is cut short, save() writes those of its epochs to a file of the partition's folder,
// "rejected-<first epoch>-<writer epoch>". After a crash the next writer saves the same positions again in a file of its own; readers
// take each offset once.
//
// Limits:  16 bytes a record in memory until saved. Threads: one owner at a time. Fails: kLimit, kIo, kCorrupt.
#pragma once

#include <string>
#include <vector>

#include "io/file_system.h"
#include "stream/disposition.h"

namespace playhead::pipeline {

class RejectedRecords {
 public:
  void add(Epoch epoch, const std::vector<stream::RejectedRecord>& records);
  // Writes what was added since the last save, durably; nothing to write: no file.
  Status save(io::FileSystem& files, const std::string& folder, WriterEpoch writer);

 private:
  Epoch first_;
  std::vector<stream::RejectedRecord> records_;
};

// All saved positions of a partition, by offset; none twice.
Result<std::vector<stream::RejectedRecord>> read_rejected(io::FileSystem& files, const std::string& folder);

}  // namespace playhead::pipeline
