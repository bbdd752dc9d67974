// log/block.h: the bytes of one block of records (docs/log-format.md is the page about it).
//
// A segment is a sequence of blocks; a block is what is compressed, checksummed and read as one. Its payload is columnar, so that
// reading makes views into one decompressed buffer and copies nothing else.
// Limits:  a block takes records of about kBlockBytesTarget uncompressed, and always at least one; so at most kBlockRawBytesMax.
// Memory:  an encoder keeps working buffers of one block; decoding fills the batch's own buffer.
// Threads: one owner at a time. Fails: kCorrupt for damage, kInvalid for a format version this program does not know; messages do
//          not know the file, so callers add it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/codec.h"
#include "log/record.h"

namespace playhead::log {

inline constexpr std::size_t kBlockHeaderBytes = 64;
inline constexpr std::size_t kBlockBytesTarget = 512u << 10;
inline constexpr std::size_t kBlockRawBytesMax = kRecordBytesMax + (1u << 20);
inline constexpr std::uint16_t kBlockVersion = 1;

struct BlockHeader {
  std::uint32_t length = 0;  // of the whole block, a multiple of 8
  std::uint64_t checksum = 0;
  std::uint16_t version = kBlockVersion;
  Codec codec = Codec::kNone;
  std::uint8_t flags = 0;
  std::uint32_t records = 0;
  Offset base;
  Timestamp appended;         // the log's clock when the block was written
  Timestamp first_timestamp;  // of the first record
  Timestamp max_timestamp;    // of any record
  std::uint32_t stored_bytes = 0;
  std::uint32_t raw_bytes = 0;

  Offset end() const { return Offset{base.value + records}; }
};

inline constexpr std::uint8_t kFlagTimestamps = 1;  // one timestamp a record; else all have the append time
inline constexpr std::uint8_t kFlagHeaders = 2;     // at least one record has headers

// Whole blocks back to back, as yet without offsets and append time.
struct EncodedBlocks {
  std::string bytes;
  std::vector<std::uint32_t> lengths;

  void clear();
};

// Bytes a record takes of a block's target; also what kRecordBytesMax bounds.
std::size_t encoded_bytes(const Record& record);

class BlockEncoder {
 public:
  // `keep_timestamps`: the records' own are stored (ClockSource::kRecord).
  BlockEncoder(Codec codec, bool keep_timestamps) : compressor_(codec), keep_timestamps_(keep_timestamps) {}
  // Appends one block of the first records to `into` and returns how many it took (at least one of a list that is not empty).
  std::size_t encode(std::span<const Record* const> records, EncodedBlocks& into);

 private:
  struct Plan;
  Plan plan(std::span<const Record* const> records);
  void fill_payload(std::span<const Record* const> records, const Plan& plan);
  void append_block(std::span<const Record* const> records, const Plan& plan, EncodedBlocks& into);

  Compressor compressor_;
  bool keep_timestamps_;
  std::string raw_;
  std::vector<std::uint32_t> header_lengths_;
  std::string header_bytes_;
};

// Gives an encoded block its offset, append time and checksum. Returns the number of its records.
std::uint32_t stamp_block(char* block, std::uint32_t length, Offset base, Timestamp appended);

// The header at the start of `bytes` (at least kBlockHeaderBytes), checked for sense but not against the checksum.
Result<BlockHeader> read_block_header(std::string_view bytes);
// The header of a block whose bytes are all there and match the checksum.
Result<BlockHeader> verify_block(std::string_view bytes);
// Replaces `batch` by the records of a verified block with offsets in [from, end).
Status decode_block(const BlockHeader& header, std::string_view bytes, OffsetRange wanted, Decompressor& decompressor, RecordBatch& batch);

}  // namespace playhead::log
