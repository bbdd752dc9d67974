#include "log/block.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/bytes.h"

namespace playhead::log {
namespace {

constexpr std::uint32_t kMagic = 0x4b4c4250;  // "PBLK" as bytes
constexpr std::uint32_t kNull = 0xffffffff;
constexpr std::size_t kChecksumFrom = 16;  // what lies behind the checksum is under it
constexpr std::size_t kLengthsBytes = 2 * sizeof(std::uint32_t);

// Byte positions in the header.
enum Position : std::size_t {
  kMagicAt = 0,
  kLengthAt = 4,
  kChecksumAt = 8,
  kVersionAt = 16,
  kCodecAt = 18,
  kFlagsAt = 19,
  kRecordsAt = 20,
  kBaseAt = 24,
  kAppendedAt = 32,
  kFirstTimestampAt = 40,
  kMaxTimestampAt = 48,
  kStoredBytesAt = 56,
  kRawBytesAt = 60,
};

template <typename Number>
void put(char* bytes, std::size_t position, Number number) {
  std::memcpy(bytes + position, &number, sizeof number);
}

template <typename Number>
Number get(const char* bytes, std::size_t position = 0) {
  Number number;
  std::memcpy(&number, bytes + position, sizeof number);
  return number;
}

std::uint32_t length_of(std::string_view text) { return text.data() == nullptr ? kNull : static_cast<std::uint32_t>(text.size()); }

std::size_t headers_bytes(const Record& record) {
  std::size_t bytes = 0;
  for (const Header& header : record.headers) bytes += kLengthsBytes + header.name.size() + header.value.size();
  return bytes;
}

char* put_bytes(char* at, std::string_view text) {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

std::unexpected<Error> corrupt(std::string reason) { return fail(ErrorKind::kCorrupt, std::move(reason)); }

}  // namespace

void EncodedBlocks::clear() {
  bytes.clear();
  lengths.clear();
}

std::size_t encoded_bytes(const Record& record) { return record.key.size() + record.value.size() + headers_bytes(record); }

// What one block will hold, measured before it is written so that each column is filled in place.
struct BlockEncoder::Plan {
  std::size_t records = 0;
  std::size_t key_bytes = 0;
  std::size_t value_bytes = 0;
  bool headers = false;
  std::size_t raw_bytes = 0;
};

BlockEncoder::Plan BlockEncoder::plan(std::span<const Record* const> records) {
  const std::size_t fixed = kLengthsBytes + (keep_timestamps_ ? sizeof(std::int64_t) : 0) + sizeof(std::uint32_t);
  header_lengths_.clear();
  header_bytes_.clear();
  Plan plan;
  std::size_t estimate = 0;
  for (const Record* record : records) {
    const std::size_t headers = record->headers.empty() ? 0 : headers_bytes(*record);
    estimate += fixed + record->key.size() + record->value.size() + headers;
    if (plan.records > 0 && estimate > kBlockBytesTarget) break;
    ++plan.records;
    plan.key_bytes += record->key.size();
    plan.value_bytes += record->value.size();
    header_lengths_.push_back(static_cast<std::uint32_t>(headers));
    if (headers > 0) encode_headers(record->headers, header_bytes_);
  }
  plan.headers = !header_bytes_.empty();
  plan.raw_bytes =
      plan.records * (fixed - (plan.headers ? 0 : sizeof(std::uint32_t))) + plan.key_bytes + plan.value_bytes + header_bytes_.size();
  return plan;
}

void BlockEncoder::fill_payload(std::span<const Record* const> records, const Plan& plan) {
  if (raw_.size() < plan.raw_bytes) raw_.resize(plan.raw_bytes);
  const std::size_t count = plan.records;
  char* key_lengths = raw_.data();
  char* value_lengths = key_lengths + count * sizeof(std::uint32_t);
  char* at = value_lengths + count * sizeof(std::uint32_t);
  if (keep_timestamps_) {
    for (const Record* record : records.first(count)) {
      put(at, 0, to_micros(record->timestamp));
      at += sizeof(std::int64_t);
    }
  }
  if (plan.headers) {
    std::memcpy(at, header_lengths_.data(), count * sizeof(std::uint32_t));
    at += count * sizeof(std::uint32_t);
  }
  char* keys = at;
  char* values = at + plan.key_bytes;
  for (const Record* record : records.first(count)) {
    put(key_lengths, 0, length_of(record->key));
    put(value_lengths, 0, length_of(record->value));
    key_lengths += sizeof(std::uint32_t);
    value_lengths += sizeof(std::uint32_t);
    keys = put_bytes(keys, record->key);
    values = put_bytes(values, record->value);
  }
  put_bytes(values, header_bytes_);
}

std::size_t BlockEncoder::encode(std::span<const Record* const> records, EncodedBlocks& into) {
  if (records.empty()) return 0;
  const Plan measured = plan(records);
  fill_payload(records, measured);
  append_block(records, measured, into);
  return measured.records;
}

void BlockEncoder::append_block(std::span<const Record* const> records, const Plan& plan, EncodedBlocks& into) {
  const std::size_t start = into.bytes.size();
  into.bytes.resize(start + kBlockHeaderBytes + plan.raw_bytes + 8);
  char* block = into.bytes.data() + start;
  const std::string_view raw(raw_.data(), plan.raw_bytes);
  std::size_t stored = compressor_.compress(raw, block + kBlockHeaderBytes);
  const Codec codec = stored == 0 ? Codec::kNone : compressor_.codec();
  if (stored == 0) {
    std::memcpy(block + kBlockHeaderBytes, raw.data(), raw.size());
    stored = raw.size();
  }
  const std::size_t length = (kBlockHeaderBytes + stored + 7) / 8 * 8;
  std::memset(block + kBlockHeaderBytes + stored, 0, length - kBlockHeaderBytes - stored);
  Timestamp latest = records.front()->timestamp;
  for (const Record* record : records.first(plan.records)) latest = std::max(latest, record->timestamp);
  put(block, kMagicAt, kMagic);
  put(block, kLengthAt, static_cast<std::uint32_t>(length));
  put(block, kVersionAt, kBlockVersion);
  put(block, kCodecAt, static_cast<std::uint8_t>(codec));
  put(block, kFlagsAt, static_cast<std::uint8_t>((keep_timestamps_ ? kFlagTimestamps : 0) | (plan.headers ? kFlagHeaders : 0)));
  put(block, kRecordsAt, static_cast<std::uint32_t>(plan.records));
  put(block, kFirstTimestampAt, to_micros(records.front()->timestamp));
  put(block, kMaxTimestampAt, to_micros(latest));
  put(block, kStoredBytesAt, static_cast<std::uint32_t>(stored));
  put(block, kRawBytesAt, static_cast<std::uint32_t>(plan.raw_bytes));
  into.bytes.resize(start + length);
  into.lengths.push_back(static_cast<std::uint32_t>(length));
}

std::uint32_t stamp_block(char* block, std::uint32_t length, Offset base, Timestamp appended) {
  put(block, kBaseAt, base.value);
  put(block, kAppendedAt, to_micros(appended));
  if ((get<std::uint8_t>(block, kFlagsAt) & kFlagTimestamps) == 0) {
    put(block, kFirstTimestampAt, to_micros(appended));
    put(block, kMaxTimestampAt, to_micros(appended));
  }
  put(block, kChecksumAt, checksum(std::string_view(block, length).substr(kChecksumFrom)));
  return get<std::uint32_t>(block, kRecordsAt);
}

Result<BlockHeader> read_block_header(std::string_view bytes) {
  assert(bytes.size() >= kBlockHeaderBytes);
  const char* at = bytes.data();
  if (get<std::uint32_t>(at, kMagicAt) != kMagic) return corrupt("no block of records begins here");
  BlockHeader header;
  header.length = get<std::uint32_t>(at, kLengthAt);
  header.checksum = get<std::uint64_t>(at, kChecksumAt);
  header.version = get<std::uint16_t>(at, kVersionAt);
  header.codec = static_cast<Codec>(get<std::uint8_t>(at, kCodecAt));
  header.flags = get<std::uint8_t>(at, kFlagsAt);
  header.records = get<std::uint32_t>(at, kRecordsAt);
  header.base = Offset{get<std::uint64_t>(at, kBaseAt)};
  header.appended = from_micros(get<std::int64_t>(at, kAppendedAt));
  header.first_timestamp = from_micros(get<std::int64_t>(at, kFirstTimestampAt));
  header.max_timestamp = from_micros(get<std::int64_t>(at, kMaxTimestampAt));
  header.stored_bytes = get<std::uint32_t>(at, kStoredBytesAt);
  header.raw_bytes = get<std::uint32_t>(at, kRawBytesAt);
  if (header.length % 8 != 0 || header.length < kBlockHeaderBytes || header.length > kBlockHeaderBytes + kBlockRawBytesMax + 8) {
    return corrupt("the length of the block is impossible");
  }
  return header;
}

Result<BlockHeader> verify_block(std::string_view bytes) {
  TRY_ASSIGN(const BlockHeader header, read_block_header(bytes));
  if (bytes.size() < header.length) return corrupt("the block is cut off");
  if (checksum(bytes.substr(kChecksumFrom, header.length - kChecksumFrom)) != header.checksum)
    return corrupt("the checksum of the block is wrong");
  // Only now: a version in bytes that fail their checksum says nothing.
  if (header.version > kBlockVersion) {
    return fail(ErrorKind::kInvalid, "the block has format version " + std::to_string(header.version) + ", this program knows up to " +
                                         std::to_string(kBlockVersion) + ": use a newer Playhead");
  }
  const bool sane = header.version != 0 && header.codec <= Codec::kZstd && header.flags <= (kFlagTimestamps | kFlagHeaders) &&
                    header.records > 0 && header.stored_bytes <= header.length - kBlockHeaderBytes && header.raw_bytes <= kBlockRawBytesMax;
  if (!sane) return corrupt("the header of the block contradicts itself");
  return header;
}

namespace {

// The columns of a payload as their positions in it.
struct Columns {
  const char* key_lengths;
  const char* value_lengths;
  const char* timestamps;      // nullptr: all have the append time
  const char* header_lengths;  // nullptr: no headers
  const char* bytes;           // keys, values, headers
};

Columns columns_of(const BlockHeader& header, const char* payload) {
  const std::size_t lengths = header.records * sizeof(std::uint32_t);
  Columns columns{};
  columns.key_lengths = payload;
  columns.value_lengths = payload + lengths;
  const char* at = payload + 2 * lengths;
  if ((header.flags & kFlagTimestamps) != 0) {
    columns.timestamps = at;
    at += header.records * sizeof(std::int64_t);
  }
  if ((header.flags & kFlagHeaders) != 0) {
    columns.header_lengths = at;
    at += lengths;
  }
  columns.bytes = at;
  return columns;
}

std::size_t fixed_bytes(const BlockHeader& header) {
  std::size_t each = kLengthsBytes;
  if ((header.flags & kFlagTimestamps) != 0) each += sizeof(std::int64_t);
  if ((header.flags & kFlagHeaders) != 0) each += sizeof(std::uint32_t);
  return each * header.records;
}

std::uint64_t sum_of(const char* lengths, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto length = get<std::uint32_t>(lengths + i * sizeof(std::uint32_t));
    sum += length == kNull ? 0 : length;
  }
  return sum;
}

// Views of records [first, end) of a column of texts whose bytes begin at `at`.
void fill_texts(const char* lengths, std::size_t first, std::size_t end, const char* at, std::vector<std::string_view>& into) {
  at += sum_of(lengths, first);
  into.resize(end - first);
  for (std::size_t i = first; i < end; ++i) {
    const auto length = get<std::uint32_t>(lengths + i * sizeof(std::uint32_t));
    if (length == kNull) {
      into[i - first] = {};
    } else {
      into[i - first] = std::string_view(at, length);
      at += length;
    }
  }
}

void fill_numbers(const BlockHeader& header, const Columns& columns, std::size_t first, std::size_t end, RecordBatch& batch) {
  batch.offsets.resize(end - first);
  for (std::size_t i = first; i < end; ++i) batch.offsets[i - first] = Offset{header.base.value + i};
  if (columns.timestamps == nullptr) {
    batch.timestamps.assign(end - first, header.appended);
    return;
  }
  batch.timestamps.resize(end - first);
  for (std::size_t i = first; i < end; ++i) {
    batch.timestamps[i - first] = from_micros(get<std::int64_t>(columns.timestamps + i * sizeof(std::int64_t)));
  }
}

}  // namespace

Status decode_block(const BlockHeader& header, std::string_view bytes, OffsetRange wanted, Decompressor& decompressor, RecordBatch& batch) {
  batch.clear();
  const std::size_t fixed = fixed_bytes(header);
  if (fixed > header.raw_bytes) return corrupt("the block states more records than it has room for");
  if (batch.buffer.size() < header.raw_bytes + kPaddingBytes) batch.buffer.resize(header.raw_bytes + kPaddingBytes);
  TRY(decompressor.decompress(header.codec, bytes.substr(kBlockHeaderBytes, header.stored_bytes), batch.buffer.data(), header.raw_bytes));
  const Columns columns = columns_of(header, batch.buffer.data());
  const std::uint64_t key_bytes = sum_of(columns.key_lengths, header.records);
  const std::uint64_t value_bytes = sum_of(columns.value_lengths, header.records);
  const std::uint64_t header_bytes = columns.header_lengths == nullptr ? 0 : sum_of(columns.header_lengths, header.records);
  if (fixed + key_bytes + value_bytes + header_bytes != header.raw_bytes)
    return corrupt("the lengths of the records do not add up to the block");
  const Offset wanted_start = std::max(wanted.start, header.base);
  const Offset wanted_end = std::min(wanted.end, header.end());
  if (wanted_start >= wanted_end) return {};
  const std::size_t first = wanted_start.value - header.base.value;
  const std::size_t end = wanted_end.value - header.base.value;
  fill_numbers(header, columns, first, end, batch);
  fill_texts(columns.key_lengths, first, end, columns.bytes, batch.keys);
  fill_texts(columns.value_lengths, first, end, columns.bytes + key_bytes, batch.values);
  if (columns.header_lengths == nullptr) {
    batch.headers.assign(end - first, std::string_view{});
  } else {
    fill_texts(columns.header_lengths, first, end, columns.bytes + key_bytes + value_bytes, batch.headers);
  }
  return {};
}

}  // namespace playhead::log
