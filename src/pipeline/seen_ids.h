// pipeline/seen_ids.h: the ids of one partition that are remembered, so that an event that was sent twice is counted once.
//
// The rule: an id that arrives with basis b (the later of its event time and the watermark) is remembered until the watermark reaches
// b + 24 h. Meanwhile each arrival of that id is a duplicate, and does not renew it; after that, the id is a new event. Exact: nothing is
// evicted early, and nothing is decided by a hash or a filter. The answers depend on ids, bases, watermarks and their order only, never
// on when ids were sealed, merged or read back.
//
// New ids are in memory. seal() writes them to runs (pipeline/id_run.h), each of ids whose basis lies in one stretch of six hours,
// so that runs are forgotten whole; runs of a stretch are merged four at a time, and into one once the watermark has left the stretch. What
// seal() returns goes into the caller's snapshot; files that a former snapshot may name stay until remove_unnamed(), which the caller calls
// when the new snapshot is durable. A caller may seal between snapshots to bound recent(): after a crash those files are garbage.
//
// Limits:  2^32 - 2 ids between seals (kLimit); five to twenty runs in practice. On disk 27 bytes an id and 200 a run, twice that while
//          files of a former snapshot stay; what has passed stays there for up to six hours of event time more. One writer per folder:
//          keeping a second one out is the caller's.
// Threads: one owner at a time.
// Memory:  recent ids 40 to 90 bytes each, twice 24 more while sealing; filters and fences of runs, 2.25 bytes an id, up to a set bound;
//          some hundred kB for a merge. memory_bytes() tells.
// Costs:   check() is one cache line in memory an event, and one more for each run; a duplicate found in a run reads a block of 1.5 kB,
//          and so does about one new id in a thousand for each run, or every id for a run whose filter is over the bound.
// Fails:   kCorrupt with the path for a run that is missing, damaged or not the one named; kLimit for a full disk, kIo. A failed check()
//          has remembered nothing, a failed seal() has forgotten nothing, and leaves no half-written file: either may be called again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "event/event_id.h"
#include "io/file_system.h"
#include "pipeline/id_run.h"
#include "stream/id_table.h"

namespace playhead::pipeline {

class SeenIds {
 public:
  struct Options {
    std::uint64_t filter_bytes_max = 256u << 20;  // of filters and fences in memory; what does not fit costs a read for each event
    std::uint64_t seed = 0x706c617968656164;      // of the table of recent ids: a live system draws it, so that nobody can aim at a slot
  };

  // Makes `folder` if it is absent. `runs` are those that the snapshot names.
  static Result<std::unique_ptr<SeenIds>> open(io::FileSystem& files, std::string folder, std::vector<IdRun> runs, Options options);

  // Row by row, in order: duplicates[i] becomes 1 if ids[i] is remembered; else 0, and it is remembered with basis[i] from here on. The
  // three have one length. Watermarks, of arrival, never fall, from call to call either; kNever comes before all. basis[i] >=
  // watermarks[i].
  Status check(std::span<const event::EventId> ids, std::span<const Timestamp> basis, std::span<const Timestamp> watermarks,
               std::vector<std::uint8_t>& duplicates);

  // Makes all that is remembered durable, and forgets what has passed by `watermark`, the partition's. Returns the runs that the next
  // snapshot must name.
  Result<std::vector<IdRun>> seal(Timestamp watermark);
  // Removes the files of runs that the last seal(), or open() before the first, did not name.
  Status remove_unnamed();

  std::uint64_t recent() const { return recent_.size(); }  // ids not sealed yet
  std::uint64_t ids() const;                               // all that are held; some may have passed
  std::uint64_t memory_bytes() const;

 private:
  // What a seal does with the ids and runs of one stretch of time.
  struct Group {
    std::vector<stream::IdEntry> entries;
    std::vector<IdRunFile*> runs;
  };
  using Groups = std::map<std::int64_t, Group>;
  struct Sealed {
    std::set<std::string> merged;  // names of runs that are in others now
    std::vector<IdRun> written;
    std::vector<std::unique_ptr<IdRunFile>> opened;
  };

  SeenIds(io::FileSystem& files, std::string folder, Options options)
      : files_(files), folder_(std::move(folder)), options_(options), recent_(options.seed) {}

  Status look_into_runs(std::span<const Timestamp> watermarks, std::vector<std::uint8_t>& duplicates);
  Status look_into(IdRunFile& run, std::size_t start, std::size_t count, std::span<const Timestamp> watermarks,
                   std::vector<std::uint8_t>& duplicates);
  Groups group(Timestamp watermark) const;
  Status write_groups(Groups groups, Timestamp watermark, Sealed& sealed);
  Status settle_memory();
  std::vector<IdRun> name_runs();
  std::string next_name();

  io::FileSystem& files_;
  std::string folder_;
  Options options_;
  std::uint64_t sequence_ = 0;  // of the newest name
  std::vector<std::unique_ptr<IdRunFile>> runs_;
  std::set<std::string> named_;  // by the last seal() that succeeded
  stream::IdTable recent_;
  std::vector<stream::MixedId> mixed_;  // of the batch
  std::vector<std::uint32_t> rows_;     // that a filter lets through
};

}  // namespace playhead::pipeline
