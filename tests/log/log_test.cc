#include "log/log.h"

#include <gtest/gtest.h>

#include <array>

namespace playhead::log {
namespace {

// What Kafka's Java client gives (Utils.murmur2 of the bytes), so that a topic keeps its partitioning when it moves.
TEST(Log, PartitionsAsKafkaDoes) {
  struct Known {
    std::string_view key;
    std::int32_t hash;
  };
  constexpr std::array<Known, 6> kKnown{{{"21", -973932308},
                                         {"foobar", -790332482},
                                         {"a-little-bit-long-string", -985981536},
                                         {"a-little-bit-longer-string", -1486304829},
                                         {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
                                         {"abc", 479470107}}};
  for (const Known& known : kKnown) {
    const auto positive = static_cast<std::uint32_t>(known.hash) & 0x7fffffffu;
    // The remainders by these primes fix all 31 bits.
    for (const std::uint32_t partitions : {1u, 2u, 4093u, 65537u, 0x7fffffffu}) {
      EXPECT_EQ(partition_of(known.key, partitions).value, positive % partitions) << known.key << " over " << partitions;
    }
  }
}

TEST(Log, PartitionsTheEmptyKeyAndBytesAboveAscii) {
  EXPECT_LT(partition_of("", 7).value, 7u);
  EXPECT_EQ(partition_of("Zoë", 64), partition_of("Zo\xc3\xab", 64));
  EXPECT_NE(partition_of("\xff", 0x7fffffffu), partition_of("\x7f", 0x7fffffffu));
}

}  // namespace
}  // namespace playhead::log
