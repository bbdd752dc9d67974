#include "pipeline/row_ledger.h"

#include <nlohmann/json.hpp>

namespace playhead::pipeline {

using nlohmann::json;

std::string to_text(const RowLedger& ledger) {
  json partitions = json::array();
  for (const RowLedgerPartition& partition : ledger) {
    partitions.push_back({{"epoch", partition.epoch.value},
                          {"first_offset", partition.first.value},
                          {"next_offset", partition.next.value},
                          {"gaps", partition.gaps},
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
      partition.at("writer_epoch").get_to(entry.writer.value);
      ledger.push_back(entry);
    }
  } catch (const json::exception& error) {
    return fail(ErrorKind::kCorrupt, std::string("a ledger of rows can not be read: ") + error.what());
  }
  return ledger;
}

}  // namespace playhead::pipeline
