#include "simulate/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "simulate/picture.h"

namespace playhead::simulate {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A simulated music service</title><style>
:root { color-scheme: light dark; --text: #1b1b1f; --quiet: #6a6a75; --grid: #dcdce2; --one: #1f5fbf; --two: #c2571a; }
@media (prefers-color-scheme: dark) { :root { --text: #ececf1; --quiet: #a2a2ad; --grid: #3a3a44; --one: #7fb2ff; --two: #ffab70; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
figure { margin: 2rem 0; } figcaption { font-weight: 600; margin-bottom: .5rem; } svg { max-width: 100%; }
svg text { font-size: 12px; fill: var(--quiet); } .grid { stroke: var(--grid); } .line { fill: none; stroke-width: 2; }
.line1 { stroke: var(--one); } .line2 { stroke: var(--two); stroke-dasharray: 6 4; } .key { margin-right: 1.5rem; color: var(--quiet); }
table { border-collapse: collapse; } td, th { padding: .2rem 1.2rem .2rem 0; text-align: left; } td + td { text-align: right; }
</style></head><body>
)";

template <typename To, typename From>
void add_each(To& to, const From& from) {
  std::transform(to.begin(), to.end(), from.begin(), to.begin(), [](auto a, auto b) { return static_cast<decltype(a)>(a + b); });
}

// Each count as a multiple of their mean.
template <typename Counts>
Line relative(std::string name, const Counts& counts) {
  Line line{std::move(name), {}};
  const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  for (std::size_t i = 0; i < counts.size() && mean > 0; ++i) {
    line.points.push_back({static_cast<double>(i), static_cast<double>(counts[i]) / mean});
  }
  return line;
}

// Plays by rank, from one on, thinned to places that lie evenly on a logarithmic axis.
Line by_rank(std::string name, std::vector<double> plays) {
  std::sort(plays.begin(), plays.end(), std::greater<>());
  Line line{std::move(name), {}};
  for (std::size_t rank = 1; rank <= plays.size() && plays[rank - 1] >= 1; rank = std::max(rank + 1, rank * 21 / 20)) {
    line.points.push_back({static_cast<double>(rank), plays[rank - 1]});
  }
  return line;
}

Chart chart_of_skips(const Report& report) {
  Line curve{"this service", {}};
  for (std::size_t seconds = 0; seconds <= 300 && report.plays() > 0; ++seconds) {
    curve.points.push_back({static_cast<double>(seconds), 100 * report.skipped_within(seconds)});
  }
  const Line published{"published (Spotify, 2014)", {{5, 24.14}, {10, 28.97}, {30, 35.05}}};
  return {"How soon people skip", "seconds heard", "% of plays skipped by then", {curve, published}};
}

std::string row(std::string_view name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td>{}</td></tr>", escaped(name), escaped(value));
}

std::string percent(double part, double whole) { return whole > 0 ? fmt::format("{:.2f} %", 100 * part / whole) : "-"; }

}  // namespace

Report::Report(const World& world)
    : world_(world),
      by_track_(world.catalogue().size()),
      by_page_(world.machine().states().size()),
      by_level_(world.machine().levels().size()) {}

void Report::add(std::span<const Happening> happenings) {
  for (const Happening& happening : happenings) {
    if (happening.kind == HappeningKind::kPage) add_page(happening);
    if (happening.kind == HappeningKind::kPlayEnd) add_play(happening);
  }
}

void Report::add(const Report& other) {
  add_each(hours_, other.hours_);
  add_each(weekdays_, other.weekdays_);
  add_each(skipped_, other.skipped_);
  add_each(by_track_, other.by_track_);
  add_each(by_page_, other.by_page_);
  add_each(by_level_, other.by_level_);
  plays_ += other.plays_;
  completed_ += other.completed_;
  sessions_ += other.sessions_;
  pages_ += other.pages_;
}

void Report::add_page(const Happening& page) {
  const std::uint16_t place = world_.people().person(page.listener).place;
  const auto wall = page.time + std::chrono::seconds{world_.time().offset_at(page.time, place)};
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  ++hours_[static_cast<std::size_t>(std::chrono::floor<std::chrono::hours>(wall - day).count())];
  ++weekdays_[std::chrono::weekday{day}.iso_encoding() - 1];
  ++by_page_[page.state];
  ++by_level_[page.level];
  ++pages_;
  if (page.item == 0) ++sessions_;
}

void Report::add_play(const Happening& play) {
  ++plays_;
  ++by_track_[play.track];
  if (play.heard.completed) ++completed_;
  if (!play.heard.skipped) return;
  const auto seconds = static_cast<std::size_t>(std::chrono::floor<std::chrono::seconds>(play.heard.position).count());
  ++skipped_[std::min(seconds, kHeardMax)];
}

double Report::skipped_within(std::size_t seconds) const {
  const auto end = skipped_.begin() + static_cast<std::ptrdiff_t>(std::min(seconds, skipped_.size()));
  const auto count = std::accumulate(skipped_.begin(), end, std::uint64_t{0});
  return plays_ == 0 ? 0 : static_cast<double>(count) / static_cast<double>(plays_);
}

// eventsim has a clock of its own, which knows nothing of these hours.
template <typename Counts, typename Rates>
Chart Report::chart_of_time(std::string title, std::string unit, const Counts& counts, const Rates& rates) const {
  Chart chart{std::move(title), std::move(unit), "times the mean", {relative("pages", counts)}};
  if (pages_ > 0 && !world_.service().compat_eventsim) chart.lines.push_back(relative("sessions that were asked for", rates));
  return chart;
}

Chart Report::chart_of_popularity() const {
  std::vector<double> asked_for;
  asked_for.reserve(by_track_.size());
  for (std::uint32_t track = 0; track < by_track_.size(); ++track) asked_for.push_back(world_.catalogue()[track].weight);
  const double plays_of_weight = static_cast<double>(plays_) / std::accumulate(asked_for.begin(), asked_for.end(), 0.0);
  for (double& weight : asked_for) weight *= plays_of_weight;
  return {"How popular tracks are",
          "rank",
          "plays",
          {by_rank("plays", {by_track_.begin(), by_track_.end()}), by_rank("by the catalogue's weights alone", std::move(asked_for))},
          true};
}

std::string Report::html() const {
  std::string page(kHead);
  page += "<h1>A simulated music service</h1><table>";
  page += row("pages", fmt::format("{}", pages_)) + row("sessions", fmt::format("{}", sessions_));
  page += row("plays", fmt::format("{}", plays_)) +
          row("heard to the end", percent(static_cast<double>(completed_), static_cast<double>(plays_)));
  page += "</table>";
  page += svg_of(chart_of_time("When people listen: their own hours", "hour of day", hours_, world_.time().options().hours));
  page +=
      svg_of(chart_of_time("When people listen: their own weekdays", "weekday (0: Monday)", weekdays_, world_.time().options().weekdays));
  page += svg_of(chart_of_skips(*this));
  page += svg_of(chart_of_popularity());
  std::map<std::string_view, std::uint64_t> pages;
  for (std::size_t i = 0; i < by_page_.size(); ++i) pages[world_.machine().states()[i].page] += by_page_[i];
  page += "<h2>Pages</h2><table>";
  for (const auto& [name, count] : pages) {
    if (count > 0) page += row(name, percent(static_cast<double>(count), static_cast<double>(pages_)));
  }
  page += "</table><h2>Levels</h2><table>";
  for (std::size_t i = 0; i < by_level_.size(); ++i) {
    page += row(world_.machine().levels()[i], percent(static_cast<double>(by_level_[i]), static_cast<double>(pages_)));
  }
  return page + "</table></body></html>\n";
}

}  // namespace playhead::simulate
