// cli/simulate_truth.h: the ground truth of a simulation as Parquet files.
//
//   <folder>/plays.parquet, sessions.parquet, deliveries.parquet   written as they come, a row group at a time
//   <folder>/listeners.parquet, tracks.parquet                     written at the end
// Files of these names that are there are replaced. docs/simulator.md lists the columns.
//
// Rows stand in the order of the events, whatever the number of threads: by (sent, listener, number).
// Limits:  those of table/parquet_writer.h. Threads: one owner at a time. Memory: the rows of one slice and one row group a file.
// Fails:   as the files do. Until finish() has succeeded the files can not be read.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "cli/simulate_generator.h"
#include "io/file_system.h"
#include "simulate/truth.h"
#include "simulate/world.h"

namespace playhead::cli {

class TruthFiles {
 public:
  static Result<std::unique_ptr<TruthFiles>> make(io::FileSystem& files, const std::string& folder, const simulate::World& world);
  ~TruthFiles();

  void add(const simulate::Arrival& arrival);
  // Takes and clears what the generator's threads have gathered, and the arrivals.
  Status write(Generator& generator);
  // After the last slice: open sessions, listeners (`arrived` of them) and tracks; then all files are durable.
  Status finish(Generator& generator, std::uint64_t arrived);

 private:
  class Tables;  // simulate_truth.cc
  explicit TruthFiles(std::unique_ptr<Tables> tables);
  std::unique_ptr<Tables> tables_;
};

}  // namespace playhead::cli
