// simulate/picture.h: line charts as SVG, for a page that needs nothing else.
//
// A chart is drawn with two axes, a few labelled ticks on each, and one path per line; the lines are told apart by colour and by the
// legend, so by more than colour. Texts are escaped. The colours are classes, which the page's style sets for light and for dark.
//
// Limits:  lines of up to kPointsMax points each are drawn as they are; longer ones must be thinned by the caller. Up to 4 lines.
// Threads: pure; any thread. Fails: never; a chart without a point says that there is nothing to see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace playhead::simulate {

inline constexpr std::size_t kPointsMax = 2'000;

struct Point {
  double x, y;
};

struct Line {
  std::string name;
  std::vector<Point> points;  // by rising x
};

struct Chart {
  std::string title;
  std::string x_name, y_name;
  std::vector<Line> lines;
  bool logarithmic = false;  // both axes; all coordinates above 0
};

std::string svg_of(const Chart& chart);
// `text` for HTML and SVG: & < > " ' as entities.
std::string escaped(std::string_view text);

}  // namespace playhead::simulate
