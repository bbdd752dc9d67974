// pipeline/journal_tail.h: reads the journal of a partition that another process owns, as it grows.
//
// An outcome follows from its cut and the records, and a cut is in force once a journal holds it: so whoever wrote an outcome, owner or
// stopped writer, wrote the same one, and it may be merged as soon as it can be read. A tail gives each outcome once, in the order of
// epochs, across checkpoints and changes of the owner. It writes nothing.
//
// Memory:  what the journal has grown by since the last poll(); the newest journal's bundles, as names.
// Threads: one at a time.
// Fails:   kInvalid where outcomes that were never given are gone (the checkpoint was lost, or is older), kCorrupt, kIo.
#pragma once

#include <string>
#include <vector>

#include "io/file_system.h"
#include "pipeline/epoch.h"
#include "pipeline/journal_file.h"

namespace playhead::pipeline {

class JournalTail {
 public:
  // Gives the outcomes of the epochs above `after`.
  JournalTail(io::FileSystem& files, std::string folder, Epoch after) : files_(files), folder_(std::move(folder)), epoch_(after) {}

  // The outcomes that have come since the last call; none where there is no journal yet.
  Result<std::vector<Outcome>> poll();

  WriterEpoch writer() const { return writer_; }                   // of the journal that was read last; 0: there was none
  const std::vector<Bundle>& bundles() const { return bundles_; }  // that it names
  std::string folder_of(const Bundle& bundle) const;               // of the bundle's files; gone once its owner has another name
  Epoch last() const { return epoch_; }

 private:
  Status take(FrameType type, std::string_view payload, std::vector<Outcome>& news);

  io::FileSystem& files_;
  std::string folder_;
  Epoch epoch_;  // of the last outcome given
  std::string name_;
  std::uint64_t position_ = 0;
  std::uint32_t format_ = 0;
  WriterEpoch writer_;
  std::vector<Bundle> bundles_;
};

}  // namespace playhead::pipeline
