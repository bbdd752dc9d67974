#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace playhead {
namespace {

Status check(int number) {
  if (number < 0) return fail(ErrorKind::kInvalid, "negative");
  return {};
}

Result<int> twice(int number) {
  TRY(check(number));
  return number * 2;
}

Result<std::unique_ptr<int>> boxed(int number) {
  TRY_ASSIGN(const int first, twice(number));
  TRY_ASSIGN(const int second, twice(first));
  return std::make_unique<int>(second);
}

TEST(Result, EveryKindHasItsName) {
  const std::set<std::string_view> names{name_of(ErrorKind::kInvalid), name_of(ErrorKind::kNotFound), name_of(ErrorKind::kExists),
                                         name_of(ErrorKind::kBusy),    name_of(ErrorKind::kFenced),   name_of(ErrorKind::kCorrupt),
                                         name_of(ErrorKind::kLimit),   name_of(ErrorKind::kIo)};
  EXPECT_EQ(names, (std::set<std::string_view>{"invalid", "not_found", "exists", "busy", "fenced", "corrupt", "limit", "io"}));
}

TEST(Result, AFailureGoesThroughToTheCaller) {
  const auto failed = boxed(-1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(failed.error().message, "negative");
}

TEST(Result, AValueIsMovedOut) {
  const auto box = boxed(3);
  ASSERT_TRUE(box);
  EXPECT_EQ(**box, 12);
}

TEST(Result, TryEvaluatesItsExpressionOnce) {
  int calls = 0;
  const auto count = [&calls]() -> Status {
    ++calls;
    return {};
  };
  const auto run = [&count]() -> Status {
    TRY(count());
    return {};
  };
  EXPECT_TRUE(run());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace playhead
