#include "pipeline/row_ledger.h"

#include <nlohmann/json.hpp>

#include "table/published_folder.h"

namespace playhead::pipeline {

using nlohmann::json;

std::uint64_t RowLedgerPartition::records() const {
  std::uint64_t offsets = next.value - first.value;
  for (const OffsetRange& range : earlier) offsets += range.count();
  return offsets - gaps;
}

void RowLedgerPartition::begin_again(std::uint64_t resets_now, Offset at) {
  if (resets_now <= resets) return;
  earlier.push_back({first, next});
  // One that was reset twice while nothing of it was taken in has nothing in between.
  for (std::uint64_t missed = resets + 1; missed < resets_now; ++missed) earlier.push_back({at, at});
  first = next = at;
  resets = resets_now;
}

std::string to_text(const RowLedger& ledger) {
  json partitions = json::array();
  for (const RowLedgerPartition& partition : ledger) {
    json earlier = json::array();
    for (const OffsetRange& range : partition.earlier)
      earlier.push_back({{"first_offset", range.start.value}, {"next_offset", range.end.value}});
    partitions.push_back({{"epoch", partition.epoch.value},
                          {"first_offset", partition.first.value},
                          {"next_offset", partition.next.value},
                          {"gaps", partition.gaps},
                          {"resets", partition.resets},
                          {"earlier", std::move(earlier)},
                          {"writer_epoch", partition.writer.value}});
  }
  return json{{"partitions", std::move(partitions)}}.dump();
}

Result<RowLedger> row_ledger_from(std::string_view text) {
  RowLedger ledger;
  try {
    const json object = json::parse(text);
    if (object.is_null()) return ledger;
    for (const json& partition : object.at("partitions")) {
      RowLedgerPartition entry;
      partition.at("epoch").get_to(entry.epoch.value);
      partition.at("first_offset").get_to(entry.first.value);
      partition.at("next_offset").get_to(entry.next.value);
      entry.gaps = partition.value("gaps", std::uint64_t{0});  // not counted before Kafka
      entry.resets = partition.value("resets", std::uint64_t{0});
      for (const json& range : partition.value("earlier", json::array()))
        entry.earlier.push_back({{range.at("first_offset").get<std::uint64_t>()}, {range.at("next_offset").get<std::uint64_t>()}});
      partition.at("writer_epoch").get_to(entry.writer.value);
      ledger.push_back(entry);
    }
  } catch (const json::exception& error) {
    return fail(ErrorKind::kCorrupt, std::string("a ledger of rows can not be read: ") + error.what());
  }
  return ledger;
}

Result<RowLedger> committed_row_ledger(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files, folder));
  return row_ledger_from(manifest ? manifest->ledger : "null");
}

}  // namespace playhead::pipeline
