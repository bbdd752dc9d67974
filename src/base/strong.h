// base/strong.h: numbers that can not be mixed up.
//
// An offset, an epoch and a partition are all integers; as types of their own, the compiler refuses one in the place of another.
// A Strong costs what its integer costs. `value` is open: at the edge (formats, arithmetic with counts) it is taken out by name.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace playhead {

template <typename Tag, typename Number>
struct Strong {
  Number value{};

  constexpr auto operator<=>(const Strong&) const = default;
  constexpr Strong next() const { return Strong{static_cast<Number>(value + 1)}; }
};

using Partition = Strong<struct PartitionTag, std::uint32_t>;      // of a topic, from 0
using Offset = Strong<struct OffsetTag, std::uint64_t>;            // of a record in its partition, from 0
using Epoch = Strong<struct EpochTag, std::uint64_t>;              // of one partition of one job, from 1; 0: none yet
using WriterEpoch = Strong<struct WriterEpochTag, std::uint64_t>;  // grows with each claim; 0: nobody yet

// The records [start, end) of one partition.
struct OffsetRange {
  Offset start;
  Offset end;

  constexpr std::uint64_t count() const { return end.value - start.value; }
  constexpr bool empty() const { return start == end; }
  constexpr bool operator==(const OffsetRange&) const = default;
};

}  // namespace playhead

template <typename Tag, typename Number>
struct std::hash<playhead::Strong<Tag, Number>> {
  std::size_t operator()(const playhead::Strong<Tag, Number>& strong) const noexcept { return std::hash<Number>{}(strong.value); }
};
