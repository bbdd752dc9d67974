#include "event/text_arena.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace playhead::event {
namespace {

TEST(TextArena, TextsStayWhereTheyAre) {
  Random random(1);
  TextArena arena;
  std::vector<std::pair<std::string, std::string_view>> kept;
  for (int i = 0; i < 2000; ++i) {
    const std::string text(random.chance(0.01) ? 70'000 + random.below(100'000) : random.below(500), static_cast<char>('a' + i % 26));
    kept.emplace_back(text, arena.copy(text));
  }
  const TextArena moved = std::move(arena);
  for (const auto& [text, view] : kept) ASSERT_EQ(view, text);
}

TEST(TextArena, NothingHasAPlaceToo) {
  TextArena arena;
  EXPECT_NE(arena.take(0), nullptr);
  EXPECT_NE(arena.copy("").data(), nullptr);
}

TEST(TextArena, GivesBackWhatWasNotNeeded) {
  TextArena arena;
  char* first = arena.take(100);
  arena.give_back(90);
  EXPECT_EQ(arena.take(1), first + 10);
}

TEST(TextArena, KeepsItsMemoryForTheNextRound) {
  TextArena arena;
  const auto fill = [&arena] {
    for (int i = 0; i < 5; ++i) arena.take(TextArena::kChunkBytes / 2 + 1);
    arena.take(3 * TextArena::kChunkBytes);
  };
  fill();
  const std::size_t capacity = arena.capacity();
  EXPECT_EQ(capacity, 8 * TextArena::kChunkBytes);
  for (int round = 0; round < 3; ++round) {
    arena.clear();
    fill();
    EXPECT_EQ(arena.capacity(), capacity);
  }
}

TEST(TextArena, ATextThatFillsAChunkFits) {
  TextArena arena;
  arena.take(TextArena::kChunkBytes);
  EXPECT_EQ(arena.capacity(), TextArena::kChunkBytes);
  arena.take(1);
  EXPECT_EQ(arena.capacity(), 2 * TextArena::kChunkBytes);
}

}  // namespace
}  // namespace playhead::event
