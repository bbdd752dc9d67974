// libFuzzer: any bytes are rows or dead letters, one for each record, whatever is projected and however the records are cut.
//
// The first byte chooses the dialect and the projection; the rest is records, one a line.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "event/decoder.h"
#include "event/record_scan.h"

namespace {

using namespace playhead;
using namespace playhead::event;

void require(bool holds) {
  if (!holds) std::abort();
}

// Each record in memory of its own, with the readable bytes behind it and not one more, so that a sanitizer sees a read past them.
struct Record {
  explicit Record(std::string_view text) : bytes(std::make_unique<char[]>(text.size() + kReadableBehind)), value(bytes.get(), text.size()) {
    if (!text.empty()) std::memcpy(bytes.get(), text.data(), text.size());
    std::memset(bytes.get() + text.size(), '"', kReadableBehind);
  }

  std::unique_ptr<char[]> bytes;
  std::string_view value;
};

std::vector<Field> all_fields() {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < kFieldCount; ++i) fields.push_back(Field{static_cast<std::uint8_t>(i)});
  return fields;
}

// Reads every byte of the text, so that a sanitizer sees a view that leads nowhere.
void check_text(std::string_view text, std::string_view record) {
  unsigned sum = 0;
  for (const char byte : text) sum += static_cast<unsigned char>(byte);
  require(sum <= 255 * text.size());
  require(text.size() <= record.size());
}

void check(const EventBatch& batch, const std::vector<std::string_view>& values) {
  require(batch.size() + batch.rejected.size() == values.size());
  require(batch.record.size() == batch.size() && batch.kind.size() == batch.size() && batch.is_play.size() == batch.size());
  for (const auto& column : batch.text) {
    require(column.empty() || column.size() == batch.size());
    for (std::size_t row = 0; row < column.size(); ++row) check_text(column[row], values[batch.record[row]]);
  }
  for (std::size_t row = 0; row < batch.size(); ++row) require(batch.time[row] >= Timestamp{});
}

bool same(const EventBatch& full, const EventBatch& bare) {
  if (full.record != bare.record || full.time != bare.time || full.is_play != bare.is_play || full.kind != bare.kind) return false;
  for (std::size_t i = 0; i < full.rejected.size(); ++i) {
    if (full.rejected[i].record != bare.rejected[i].record || full.rejected[i].reason != bare.rejected[i].reason) return false;
  }
  return full.rejected.size() == bare.rejected.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const Dialect dialect{static_cast<std::uint8_t>(data[0] % 3)};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<Record> records;
  std::vector<std::string_view> values;
  while (true) {
    const std::size_t end = rest.find('\n');
    records.emplace_back(rest.substr(0, end));
    values.push_back(records.back().value);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  const std::vector<Timestamp> ingest_times(values.size(), from_micros(1'800'000'000'000'000));

  static const auto full_decoder = Decoder::make({.projection = all_fields()}).value();  // keeps what it learnt from earlier inputs
  static const std::unique_ptr<Decoder> bare_decoders[] = {Decoder::make({.dialect = Dialect::kAuto}).value(),
                                                           Decoder::make({.dialect = Dialect::kTuneTracker}).value(),
                                                           Decoder::make({.dialect = Dialect::kEventsim}).value()};
  static EventBatch full;
  static EventBatch bare;
  full_decoder->decode(values, ingest_times, full);
  check(full, values);
  bare_decoders[static_cast<std::size_t>(dialect)]->decode(values, ingest_times, bare);
  check(bare, values);
  if (dialect == Dialect::kAuto) require(same(full, bare));
  return 0;
}
