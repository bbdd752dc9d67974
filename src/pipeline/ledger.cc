#include "pipeline/ledger.h"

#include <nlohmann/json.hpp>

#include "table/published_folder.h"

namespace playhead::pipeline {
namespace {

using nlohmann::json;

// Microseconds since 1970, UTC; null before the first event.
json json_of(Timestamp time) { return time == kNever ? json(nullptr) : json(to_micros(time)); }
Timestamp time_from(const json& value) { return value.is_null() ? kNever : from_micros(value.get<std::int64_t>()); }

json json_of(const stream::Tally& tally) {
  json object = {{"plays_on_time", tally.plays_on_time},
                 {"plays_restated", tally.plays_restated},
                 {"no_plays", tally.no_plays},
                 {"not_keyed_by_user", tally.not_keyed_by_user},
                 {"gaps", tally.gaps},
                 {"skipped", tally.skipped},
                 {"resets", tally.resets}};
  for (std::size_t i = 0; i < stream::kDispositionCount; ++i) {
    object[std::string(stream::name_of(static_cast<stream::Disposition>(i)))] = tally.records[i];
  }
  return object;
}

stream::Tally tally_from(const json& object) {
  stream::Tally tally;
  object.at("plays_on_time").get_to(tally.plays_on_time);
  object.at("plays_restated").get_to(tally.plays_restated);
  object.at("no_plays").get_to(tally.no_plays);
  tally.not_keyed_by_user = object.value("not_keyed_by_user", std::uint64_t{0});  // the first release did not count them
  tally.gaps = object.value("gaps", std::uint64_t{0});                            // nor did those before Kafka
  tally.skipped = object.value("skipped", std::uint64_t{0});
  tally.resets = object.value("resets", std::uint64_t{0});
  for (std::size_t i = 0; i < stream::kDispositionCount; ++i) {
    object.at(std::string(stream::name_of(static_cast<stream::Disposition>(i)))).get_to(tally.records[i]);
  }
  return tally;
}

json json_of(const LedgerPartition& partition) {
  return {{"epoch", partition.epoch.value},
          {"next_offset", partition.next.value},
          {"writer_epoch", partition.writer.value},
          {"watermark_us", json_of(partition.watermark)},
          {"idle", partition.idle},
          {"records", json_of(partition.tally)}};
}

LedgerPartition partition_from(const json& object) {
  LedgerPartition partition;
  object.at("epoch").get_to(partition.epoch.value);
  object.at("next_offset").get_to(partition.next.value);
  object.at("writer_epoch").get_to(partition.writer.value);
  partition.watermark = time_from(object.at("watermark_us"));
  object.at("idle").get_to(partition.idle);
  partition.tally = tally_from(object.at("records"));
  return partition;
}

}  // namespace

LedgerPartition ledger_entry(WriterEpoch writer, const Outcome& outcome) {
  return {.epoch = outcome.epoch,
          .next = outcome.end,
          .writer = writer,
          .watermark = outcome.result.watermark,
          .idle = outcome.idle,
          .tally = outcome.result.state.tally};
}

LedgerPartition ledger_entry(WriterEpoch writer, const Snapshot& snapshot) {
  return {.epoch = snapshot.epoch,
          .next = snapshot.next,
          .writer = writer,
          .watermark = snapshot.watermark,
          .idle = snapshot.idle,
          .tally = snapshot.state.tally};
}

stream::Tally Ledger::tally() const {
  stream::Tally sum;
  for (const LedgerPartition& partition : partitions) sum += partition.tally;
  return sum;
}

std::string to_text(const Ledger& ledger) {
  json object = {{"job_watermark_us", json_of(ledger.job_watermark)}, {"published_through_us", json_of(ledger.published_through)},
                 {"published_plays", ledger.published_plays},         {"open_plays", ledger.open_plays},
                 {"recomputed_plays", ledger.recomputed_plays},       {"partitions", json::array()}};
  for (const LedgerPartition& partition : ledger.partitions) object["partitions"].push_back(json_of(partition));
  return object.dump();
}

Result<Ledger> ledger_from(std::string_view text) {
  Ledger ledger;
  try {
    const json object = json::parse(text);
    ledger.job_watermark = time_from(object.at("job_watermark_us"));
    ledger.published_through = time_from(object.at("published_through_us"));
    object.at("published_plays").get_to(ledger.published_plays);
    object.at("open_plays").get_to(ledger.open_plays);
    ledger.recomputed_plays = object.value("recomputed_plays", std::int64_t{0});
    for (const json& partition : object.at("partitions")) ledger.partitions.push_back(partition_from(partition));
  } catch (const json::exception& error) {
    return fail(ErrorKind::kCorrupt, std::string("the ledger can not be read: ") + error.what());
  }
  return ledger;
}

Result<std::optional<Ledger>> committed_ledger(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(files, folder));
  if (!manifest || manifest->ledger == "null") return std::nullopt;
  return ledger_from(manifest->ledger);
}

}  // namespace playhead::pipeline
