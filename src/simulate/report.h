// simulate/report.h: what a simulated service looks like: its hours, skips, popularity, pages and sessions, as one page of HTML.
//
// Counted from the happenings themselves, beside the curves that the model was asked for, so that a reader sees whether they agree.
// The page is self-contained: no script, no font, no address but its own.
//
// Limits:  4 bytes a track of the catalogue, and a few kilobytes. Plays longer than kHeardMax count as that long.
// Threads: one owner at a time; reports over shares of the listeners are joined by add().
// Memory:  borrows the World. Fails: never.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulate/happening.h"
#include "simulate/picture.h"
#include "simulate/world.h"

namespace playhead::simulate {

class Report {
 public:
  static constexpr std::size_t kHeardMax = 600;  // seconds

  explicit Report(const World& world);

  void add(std::span<const Happening> happenings);  // of any listener
  void add(const Report& other);                    // over the same World

  // Shares of the plays that were skipped before `seconds` were heard.
  double skipped_within(std::size_t seconds) const;
  std::uint64_t plays() const { return plays_; }

  std::string html() const;

 private:
  void add_page(const Happening& page);
  void add_play(const Happening& play);
  template <typename Counts, typename Rates>
  Chart chart_of_time(std::string title, std::string unit, const Counts& counts, const Rates& rates) const;
  Chart chart_of_popularity() const;

  const World& world_;
  std::array<std::uint64_t, 24> hours_{};               // pages by the listener's own hour
  std::array<std::uint64_t, 7> weekdays_{};             // likewise, Monday first
  std::array<std::uint64_t, kHeardMax + 1> skipped_{};  // plays that the listener ended, by whole seconds heard
  std::vector<std::uint32_t> by_track_;                 // plays
  std::vector<std::uint64_t> by_page_;                  // by the machine's states
  std::vector<std::uint64_t> by_level_;
  std::uint64_t plays_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t sessions_ = 0;
  std::uint64_t pages_ = 0;
};

}  // namespace playhead::simulate
