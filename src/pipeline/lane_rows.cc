#include "pipeline/lane_rows.h"

namespace playhead::pipeline {

void LaneRows::clear() {
  events.clear();
  rejects.clear();
  gaps.clear();
}

std::string bundle_file(const std::string& folder, std::size_t number) { return io::join(folder, std::to_string(number)); }

Result<std::vector<sink::RowFile>> write_bundle(io::FileSystem& files, const std::string& folder, const std::string& topic,
                                                const LaneRows& rows) {
  TRY(files.remove_all(folder));  // of a process that was stopped while it wrote them
  TRY(files.make_folders(folder));
  std::vector<sink::RowFile> written;
  const auto write = [&](sink::RowTable table, Timestamp hour, const table::Rows& part) -> Status {
    if (part.size() == 0) return {};
    TRY_ASSIGN(const sink::RowFile file, sink::write_row_file(files, bundle_file(folder, written.size()), table, hour, part));
    written.push_back(file);
    return {};
  };
  table::Rows scratch;
  TRY(rows.events.each_hour(topic, rows.rejects.partition(), scratch,
                            [&](Timestamp hour, Offset, const table::Rows& part) { return write(sink::RowTable::kLake, hour, part); }));
  TRY(write(sink::RowTable::kLate, kNever, rows.rejects.late()));
  TRY(write(sink::RowTable::kDeadLetters, kNever, rows.rejects.dead_letters()));
  TRY(files.sync_folder(folder));
  return written;
}

}  // namespace playhead::pipeline
