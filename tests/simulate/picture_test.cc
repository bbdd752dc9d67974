#include "simulate/picture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace playhead::simulate {
namespace {

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Picture, APointLiesWhereItsValueIs) {
  const std::string svg = svg_of({"t", "x", "y", {{"line", {{0, 0}, {10, 5}, {20, 10}}}}});
  EXPECT_NE(svg.find(R"(points="64.0,256.0 344.0,136.0 624.0,16.0 ")"), std::string::npos) << svg;
}

TEST(Picture, ALogarithmicAxisSpacesPowersOfTenEvenly) {
  const std::string svg = svg_of({"t", "x", "y", {{"line", {{1, 1}, {10, 10}, {100, 100}}}}, true});
  EXPECT_NE(svg.find(R"(points="64.0,256.0 344.0,136.0 624.0,16.0 ")"), std::string::npos) << svg;
  EXPECT_NE(svg.find(">100</text>"), std::string::npos);
}

TEST(Picture, EveryLineHasItsPathAndItsNameInTheLegend) {
  const std::string svg = svg_of({"t", "x", "y", {{"one", {{0, 1}, {1, 2}}}, {"two", {{0, 3}, {1, 4}}}}});
  EXPECT_EQ(count_of(svg, "<polyline"), 2u);
  EXPECT_EQ(count_of(svg, "one</span>"), 1u);
  EXPECT_EQ(count_of(svg, "two</span>"), 1u);
}

TEST(Picture, TextsCannotEscapeIntoThePage) {
  const std::string svg = svg_of({"<script>alert('x')</script>", "a\"b", "c&d", {{"</figure>", {{0, 1}, {1, 1}}}}});
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(count_of(svg, "</figure>"), 1u);
  EXPECT_NE(svg.find("a&quot;b"), std::string::npos);
  EXPECT_NE(svg.find("c&amp;d"), std::string::npos);
}

TEST(Picture, NothingToDrawIsSaid) {
  EXPECT_NE(svg_of({"t", "x", "y", {}}).find("nothing to see"), std::string::npos);
  EXPECT_NE(svg_of({"t", "x", "y", {{"line", {}}}}).find("nothing to see"), std::string::npos);
}

TEST(Picture, OnePointAloneIsDrawn) { EXPECT_EQ(svg_of({"t", "x", "y", {{"line", {{3, 3}}}}}).find("nan"), std::string::npos); }

}  // namespace
}  // namespace playhead::simulate
