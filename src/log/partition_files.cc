#include "log/partition_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "log/topic_file.h"

namespace playhead::log {
namespace {

constexpr std::string_view kSegmentSuffix = ".segment";
constexpr std::size_t kSegmentDigits = 20;
constexpr std::uint64_t kTopicFileBytesMax = 4096;

std::optional<Offset> base_of(std::string_view name) {
  if (name.size() != kSegmentDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  Offset base;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kSegmentDigits, base.value);
  if (error != std::errc{} || end != name.data() + kSegmentDigits) return std::nullopt;
  return base;
}

}  // namespace

PartitionFiles::PartitionFiles(io::FileSystem& files, std::string topic_folder, std::string topic_id, Partition partition)
    : files_(&files),
      topic_folder_(std::move(topic_folder)),
      topic_id_(std::move(topic_id)),
      partition_(partition),
      folder_(io::join(topic_folder_, std::to_string(partition.value))) {}

std::string PartitionFiles::segment_path(Offset base) const {
  const std::string digits = std::to_string(base.value);
  return io::join(folder_, std::string(kSegmentDigits - digits.size(), '0') + digits + std::string(kSegmentSuffix));
}

Result<std::vector<Offset>> PartitionFiles::segments() const {
  TRY_ASSIGN(const auto names, files_->list(folder_));
  std::vector<Offset> bases;
  for (const std::string& name : names) {
    if (const auto base = base_of(name)) bases.push_back(*base);
  }
  std::ranges::sort(bases);
  return bases;
}

Result<std::optional<Mark>> PartitionFiles::read_mark() const {
  auto file = files_->open(mark_path(), io::Open::kRead);
  if (!file && file.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  std::string bytes;
  TRY((*file)->read_at(0, kMarkBytes, bytes));
  auto mark = decode_mark(bytes);
  if (!mark) return std::unexpected(at_place(mark_path(), 0, mark.error()));
  return mark;
}

Status PartitionFiles::write_mark(const Mark& mark) const {
  TRY_ASSIGN(const auto file, files_->open(mark_path(), io::Open::kCreate));
  return file->write_at(0, encode_mark(mark));
}

Status PartitionFiles::check_topic() const {
  const auto bytes = io::read_file(*files_, io::join(topic_folder_, "topic"), kTopicFileBytesMax);
  if (!bytes) return std::unexpected(bytes.error().kind == ErrorKind::kNotFound ? gone() : bytes.error());
  const auto topic = decode_topic(*bytes);
  if (!topic) return std::unexpected(at_place(io::join(topic_folder_, "topic"), 0, topic.error()));
  if (topic->id != hex_of(topic_id_)) return std::unexpected(gone());
  return {};
}

Error PartitionFiles::gone() const {
  return {ErrorKind::kNotFound, "the topic in " + topic_folder_ + " was deleted, or deleted and made anew, since it was opened"};
}

Status visit_blocks(io::File& file, const std::string& path, BlockPlace from, std::uint64_t limit,
                    const std::function<bool(const BlockPlace&, const BlockHeader&)>& visit) {
  std::string bytes;
  for (BlockPlace place = from; place.position < limit;) {
    TRY(file.read_at(place.position, kBlockHeaderBytes, bytes));
    if (bytes.size() < kBlockHeaderBytes)
      return std::unexpected(at_place(path, place.position, {ErrorKind::kCorrupt, "the block is cut off"}));
    const auto header = read_block_header(bytes);
    if (!header) return std::unexpected(at_place(path, place.position, header.error()));
    if (header->base != place.offset || header->records == 0) {
      return std::unexpected(at_place(path, place.position, {ErrorKind::kCorrupt, "the block has another offset than its place demands"}));
    }
    if (!visit(place, *header)) return {};
    place = {place.position + header->length, header->end()};
  }
  return {};
}

Error at_place(const std::string& path, std::uint64_t position, Error error) {
  error.message = path + " at byte " + std::to_string(position) + ": " + error.message;
  return error;
}

}  // namespace playhead::log
