// log/record.h: records as columns, on their way out of a log and into it.
//
// Limits:  key, value and encoded headers of one record are together at most kRecordBytesMax. A null key, value or header value
//          (Kafka's tombstone) is a view whose data() is nullptr; an empty one has a data().
// Memory:  a RecordBatch owns one buffer; its views point into it and die with the next read into the same batch. At least
//          kPaddingBytes readable bytes follow every value (simdjson reads past the end).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "base/time.h"

namespace playhead::log {

inline constexpr std::size_t kRecordBytesMax = 16u << 20;
inline constexpr std::size_t kPaddingBytes = 64;

struct Header {
  std::string_view name;
  std::string_view value;
};

// A record to append. The views are borrowed for the call.
struct Record {
  std::string_view key;
  std::string_view value;
  Timestamp timestamp;  // used where the topic's clock is `record`; otherwise the log stamps it
  std::vector<Header> headers = {};
};

// Records of one partition in offset order, as columns of equal length.
struct RecordBatch {
  std::vector<Offset> offsets;
  std::vector<Timestamp> timestamps;  // the ingest time
  std::vector<std::string_view> keys;
  std::vector<std::string_view> values;
  std::vector<std::string_view> headers;  // encoded; empty: none. See headers_of()
  Offset next;                            // where to read on: offsets between the last record's and this one do not exist
  std::string buffer;

  std::size_t size() const { return offsets.size(); }
  void clear();  // no records; all memory is kept for the next read
};

// Appends the encoded form of `headers`: for each a length and the name, a length and the value (length 0xffffffff: null).
void encode_headers(std::span<const Header> headers, std::string& into);
// The headers of one record, decoded; empty where there are none. Bytes that are no headers end the list early.
std::vector<Header> headers_of(std::string_view encoded);

}  // namespace playhead::log
