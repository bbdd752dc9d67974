#include "simulate/report.h"

#include <gtest/gtest.h>

#include <regex>

#include "worlds.h"

namespace playhead::simulate {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

Happening play_that_ended_at(Duration position, bool skipped) {
  Happening end{};
  end.kind = HappeningKind::kPlayEnd;
  end.heard.position = position;
  end.heard.skipped = skipped;
  end.heard.completed = !skipped;
  return end;
}

std::string cell_of(const std::string& html, const std::string& name) {
  std::smatch found;
  return std::regex_search(html, found, std::regex("<td>" + name + "</td><td>([^<]*)</td>")) ? found[1].str() : "nothing";
}

TEST(Report, SkipsAreThoseOfWholeSeconds) {
  const auto world = world_of(small_options());
  Report report(*world);
  EXPECT_EQ(report.skipped_within(5), 0);
  const std::vector<Happening> ends = {play_that_ended_at(milliseconds{0}, true),         play_that_ended_at(milliseconds{4'999}, true),
                                       play_that_ended_at(milliseconds{5'000}, true),     play_that_ended_at(milliseconds{29'999}, true),
                                       play_that_ended_at(std::chrono::hours{2}, true),   play_that_ended_at(milliseconds{3'000}, false),
                                       play_that_ended_at(std::chrono::minutes{3}, false)};
  report.add(ends);
  report.add(std::vector{play_that_ended_at(std::chrono::minutes{4}, false)});
  EXPECT_EQ(report.plays(), 8);
  EXPECT_DOUBLE_EQ(report.skipped_within(0), 0);
  EXPECT_DOUBLE_EQ(report.skipped_within(5), 2 / 8.0);
  EXPECT_DOUBLE_EQ(report.skipped_within(6), 3 / 8.0);
  EXPECT_DOUBLE_EQ(report.skipped_within(30), 4 / 8.0);
  EXPECT_DOUBLE_EQ(report.skipped_within(Report::kHeardMax), 4 / 8.0);
  EXPECT_DOUBLE_EQ(report.skipped_within(SIZE_MAX), 5 / 8.0);
  EXPECT_EQ(cell_of(report.html(), "heard to the end"), "37.50 %");
}

TEST(Report, CountsWhatTheServiceCounts) {
  WorldOptions options = small_options();
  options.service.offline_share = 0;  // so that all is told
  const auto world = world_of(std::move(options));
  const auto service = Service::make(*world, {}).value();
  Report report(*world);
  std::uint64_t pages = 0, ends = 0, free = 0;
  service->advance(kWorldStart + days{10}, [&](std::uint32_t, std::span<const Happening> happenings) {
    report.add(happenings);
    for (const Happening& happening : happenings) {
      const bool page = happening.kind == HappeningKind::kPage;
      pages += page;
      free += page && world->machine().levels()[happening.level] == "free";
      ends += happening.kind == HappeningKind::kPlayEnd;
    }
  });
  const std::string html = report.html();
  EXPECT_EQ(cell_of(html, "sessions"), std::to_string(service->counts().sessions));
  EXPECT_EQ(cell_of(html, "pages"), std::to_string(pages));
  EXPECT_EQ(cell_of(html, "plays"), std::to_string(ends));
  EXPECT_EQ(report.plays(), ends);
  EXPECT_NEAR(std::stod(cell_of(html, "free")), 100 * static_cast<double>(free) / static_cast<double>(pages), 0.005);
  EXPECT_GT(std::stod(cell_of(html, "NextSong")), 50);
}

TEST(Report, SharesJoinedAreTheWhole) {
  const auto world = world_of(small_options());
  Report whole(*world), joined(*world);
  for (const auto& [listener, happenings] : lived(*world, days{5})) whole.add(happenings);
  for (std::uint32_t number = 0; number < 3; ++number) {
    Report share(*world);
    for (const auto& [listener, happenings] : lived(*world, days{5}, {number, 3})) share.add(happenings);
    joined.add(share);
  }
  EXPECT_GT(whole.plays(), 500);
  EXPECT_EQ(joined.html(), whole.html());
}

// A page at each hour from midnight to noon, by the clock of one listener who isn't in Greenwich.
TEST(Report, HoursAreThoseOfTheListenersClock) {
  const auto world = world_of(small_options());
  std::uint32_t listener = 0;
  std::int32_t offset = 0;
  while (offset == 0) offset = world->time().offset_at(kWorldStart, world->people().person(++listener).place);
  Report report(*world), shifted(*world);
  for (int hour = 0; hour < 12; ++hour) {
    Happening page{};
    page.kind = HappeningKind::kPage;
    page.listener = listener;
    page.time = kWorldStart + std::chrono::hours{hour} - std::chrono::seconds{offset};
    report.add(std::vector{page});
    page.time += std::chrono::seconds{offset};
    shifted.add(std::vector{page});
  }
  EXPECT_NE(report.html(), shifted.html());
  // The line of the hours is at twice the mean until noon, and then at nothing: it falls once.
  const std::string html = report.html();
  const std::size_t start = html.find("points=\"");
  const std::string line = html.substr(start, html.find("\"/>", start) - start);
  std::vector<double> heights;
  const std::regex point("[0-9.]+,([0-9.]+) ");
  for (std::sregex_iterator at(line.begin(), line.end(), point), end; at != end; ++at) heights.push_back(std::stod((*at)[1]));
  ASSERT_EQ(heights.size(), 24U) << line;
  for (std::size_t hour = 1; hour < 24; ++hour) EXPECT_EQ(heights[hour] != heights[hour - 1], hour == 12) << hour;
}

TEST(Report, ThePageNeedsNothingElse) {
  const auto world = world_of(small_options());
  Report report(*world);
  const std::string nobody = report.html();
  for (const auto& [listener, happenings] : lived(*world, days{3})) report.add(happenings);
  for (const std::string& html : {nobody, report.html()}) {
    EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
    EXPECT_TRUE(html.ends_with("</body></html>\n"));
    for (const char* reference : {"http:", "https:", "src=", "href=", "<script", "url(", "@import", "nan", "inf "}) {
      EXPECT_EQ(html.find(reference), std::string::npos) << reference;
    }
  }
  EXPECT_EQ(cell_of(nobody, "plays"), "0");
  EXPECT_EQ(cell_of(nobody, "heard to the end"), "-");
}

}  // namespace
}  // namespace playhead::simulate
