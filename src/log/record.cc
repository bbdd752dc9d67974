#include "log/record.h"

#include "base/bytes.h"

namespace playhead::log {
namespace {

constexpr std::uint32_t kNull = 0xffffffff;

void append_number(std::string& into, std::uint32_t number) { into.append(reinterpret_cast<const char*>(&number), sizeof number); }

}  // namespace

void RecordBatch::clear() {
  offsets.clear();
  timestamps.clear();
  keys.clear();
  values.clear();
  headers.clear();
}

void encode_headers(std::span<const Header> headers, std::string& into) {
  for (const Header& header : headers) {
    append_number(into, static_cast<std::uint32_t>(header.name.size()));
    into.append(header.name);
    append_number(into, header.value.data() == nullptr ? kNull : static_cast<std::uint32_t>(header.value.size()));
    into.append(header.value);
  }
}

std::vector<Header> headers_of(std::string_view encoded) {
  std::vector<Header> headers;
  ByteReader reader(encoded);
  while (reader.remaining() > 0) {
    Header header;
    header.name = reader.text();
    const auto length = reader.number<std::uint32_t>();
    if (length != kNull) header.value = reader.raw(length);
    if (!reader.ok()) break;
    headers.push_back(header);
  }
  return headers;
}

}  // namespace playhead::log
