// simulate/person_table.h: the names and user agents that People draws from; constants of the program.
//
// Names are common ones of each origin, the most frequent first, and put together at random. User agents are composed after the
// published patterns of the browsers of 2024 and 2025; their weights are rounded shares of the web's traffic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace playhead::simulate {

struct NameGroup {
  std::span<const std::string_view> female, male;
  std::span<const std::string_view> last;
  std::span<const std::string_view> last_female;  // where women's differ; else empty
};

std::span<const NameGroup> name_groups();
std::size_t name_group_of(std::string_view country);  // index into name_groups()

struct UserAgent {
  std::uint32_t weight;  // of 1,000
  std::string_view text;
};
std::span<const UserAgent> user_agents();

}  // namespace playhead::simulate
