#include "pipeline/rejected.h"

#include <algorithm>
#include <cstdio>

#include "base/bytes.h"

namespace playhead::pipeline {
namespace {

constexpr std::uint64_t kFileBytesMax = 1ull << 30;
constexpr std::string_view kPrefix = "rejected-";

}  // namespace

void RejectedRecords::add(Epoch epoch, const std::vector<stream::RejectedRecord>& records) {
  if (records_.empty()) first_ = epoch;
  records_.insert(records_.end(), records.begin(), records.end());
}

Status RejectedRecords::save(io::FileSystem& files, const std::string& folder, WriterEpoch writer) {
  if (records_.empty()) return {};
  ByteWriter out;
  for (const stream::RejectedRecord& record : records_) {
    out.number(record.offset.value);
    out.number(record.reason);
  }
  const std::uint64_t sum = checksum(out.bytes());
  out.number(sum);
  char name[80];
  std::snprintf(name, sizeof name, "%s%020llu-%020llu", kPrefix.data(), static_cast<unsigned long long>(first_.value),
                static_cast<unsigned long long>(writer.value));
  const std::string path = io::join(folder, name);
  TRY(io::replace_file(files, path, out.bytes()));
  records_.clear();
  return {};
}

Result<std::vector<stream::RejectedRecord>> read_rejected(io::FileSystem& files, const std::string& folder) {
  std::vector<stream::RejectedRecord> records;
  TRY_ASSIGN(const auto names, files.list(folder));
  for (const std::string& name : names) {
    if (!name.starts_with(kPrefix) || name.ends_with(".new")) continue;
    TRY_ASSIGN(const std::string bytes, io::read_file(files, io::join(folder, name), kFileBytesMax));
    ByteReader in(bytes);
    while (in.remaining() > sizeof(std::uint64_t)) {
      const Offset offset{in.number<std::uint64_t>()};
      records.push_back({offset, in.number<std::uint8_t>()});
    }
    const std::string_view payload = std::string_view(bytes).substr(0, bytes.size() - in.remaining());
    if (in.number<std::uint64_t>() != checksum(payload) || !in.ok())
      return fail(ErrorKind::kCorrupt, io::join(folder, name) + " is damaged");
  }
  std::sort(records.begin(), records.end(), [](const auto& left, const auto& right) { return left.offset < right.offset; });
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

}  // namespace playhead::pipeline
