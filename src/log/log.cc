#include "log/log.h"

#include <cstring>

namespace playhead::log {
namespace {

// MurmurHash2 of Austin Appleby (public domain), 32 bits, in the variant and with the seed of Kafka's Java client.
std::uint32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  while (bytes.size() >= 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
    bytes.remove_prefix(4);
  }
  if (!bytes.empty()) {
    for (std::size_t i = 0; i < bytes.size(); ++i) hash ^= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ (hash >> 15);
}

}  // namespace

Partition partition_of(std::string_view key, std::uint32_t partitions) { return Partition{(murmur2(key) & 0x7fffffff) % partitions}; }

}  // namespace playhead::log
