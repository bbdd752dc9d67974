#include "simulate/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace playhead::simulate {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 300;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 16;
constexpr double kBottom = 44;

// One axis: values to places on the page, and where its ticks are.
class Axis {
 public:
  Axis(double low, double high, double from, double to, bool logarithmic) : from_(from), to_(to), logarithmic_(logarithmic) {
    low_ = logarithmic ? std::floor(std::log10(low)) : low;
    high_ = logarithmic ? std::ceil(std::log10(high)) : high;
    if (!(high_ > low_)) high_ = low_ + 1;
  }

  double place(double value) const {
    const double at = logarithmic_ ? std::log10(value) : value;
    return from_ + (to_ - from_) * (at - low_) / (high_ - low_);
  }

  std::vector<double> ticks() const {
    std::vector<double> ticks;
    const double step = logarithmic_ ? 1 : round_step((high_ - low_) / 5);
    const auto first = static_cast<std::int64_t>(std::ceil(low_ / step));
    const auto last = static_cast<std::int64_t>(std::floor(high_ / step + 1e-9));
    for (std::int64_t tick = first; tick <= last; ++tick) {
      const double at = static_cast<double>(tick) * step;
      ticks.push_back(logarithmic_ ? std::pow(10, at) : at);
    }
    return ticks;
  }

 private:
  // The next 1, 2 or 5 times a power of ten.
  static double round_step(double step) {
    const double power = std::pow(10, std::floor(std::log10(step)));
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (step <= factor * power) return factor * power;
    }
    return 10 * power;
  }

  double low_;
  double high_;
  double from_;
  double to_;
  bool logarithmic_;
};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

std::string number_of(double value) {
  if (std::abs(value) >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (std::abs(value) >= 1e4) return fmt::format("{:g}k", value / 1e3);
  return std::abs(value) < 1e-9 ? "0" : fmt::format("{:g}", value);
}

void draw_axes(const Chart& chart, const Axis& x, const Axis& y, std::string& svg) {
  for (const double tick : y.ticks()) {
    const double at = y.place(tick);
    svg += fmt::format(R"(<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)", kLeft, at, kWidth - kRight, at);
    svg += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", kLeft - 6, at + 4, number_of(tick));
  }
  for (const double tick : x.ticks()) {
    svg += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", x.place(tick), kHeight - kBottom + 16,
                       number_of(tick));
  }
  svg += fmt::format(R"(<text class="name" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", (kLeft + kWidth - kRight) / 2,
                     kHeight - 8, escaped(chart.x_name));
  svg += fmt::format(R"svg(<text class="name" transform="translate(14 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>)svg",
                     (kTop + kHeight - kBottom) / 2, escaped(chart.y_name));
}

void draw_line(const Line& line, std::size_t number, const Axis& x, const Axis& y, std::string& svg) {
  svg += fmt::format(R"(<polyline class="line line{}" points=")", number + 1);
  for (const Point& point : line.points) svg += fmt::format("{:.1f},{:.1f} ", x.place(point.x), y.place(point.y));
  svg += R"("/>)";
}

std::string legend_of(const Chart& chart) {
  std::string legend;
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    legend += fmt::format(
        R"(<span class="key"><svg width="24" height="8"><line class="line line{}" x1="0" y1="4" x2="24" y2="4"/></svg>{}</span>)", i + 1,
        escaped(chart.lines[i].name));
  }
  return legend;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string svg_of(const Chart& chart) {
  Range across;
  Range up;
  for (const Line& line : chart.lines) {
    for (const Point& point : line.points) {
      across.take(point.x);
      up.take(point.y);
    }
  }
  std::string out = fmt::format("<figure><figcaption>{}</figcaption>", escaped(chart.title));
  if (!(across.low <= across.high)) return out + "<p>There is nothing to see.</p></figure>";
  if (!chart.logarithmic) up.low = std::min(up.low, 0.0);  // a curve of shares begins at the ground
  const Axis x(across.low, across.high, kLeft, kWidth - kRight, chart.logarithmic);
  const Axis y(up.low, up.high, kHeight - kBottom, kTop, chart.logarithmic);
  out += fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kWidth, kHeight, escaped(chart.title));
  draw_axes(chart, x, y, out);
  for (std::size_t i = 0; i < chart.lines.size(); ++i) draw_line(chart.lines[i], i, x, y, out);
  return out + "</svg>" + legend_of(chart) + "</figure>";
}

}  // namespace playhead::simulate
