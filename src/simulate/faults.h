// simulate/faults.h: everything that is wrong with some options, told at once.
//
// Who corrects a configuration wants to hear of all its faults, not of one after another. Each fault names its key, what was found there
// and what is allowed.
//
// Limits:  the first kFaultsMax are told, of the others only how many they are. Threads: one owner at a time. Memory: owns its texts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace playhead::simulate {

inline constexpr std::size_t kFaultsMax = 200;

class Faults {
 public:
  // "alpha: -3 is out of range; allowed is a number of seconds from 0.001 to 1e9"
  void add(std::string fault) {
    ++count_;
    if (told_.size() < kFaultsMax) told_.push_back(std::move(fault));
  }
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  // kInvalid with a line for each fault, or success where there is none.
  Status status() const {
    if (empty()) return {};
    std::string text;
    for (const std::string& fault : told_) text.append(text.empty() ? "" : "\n").append(fault);
    if (count_ > told_.size()) text.append("\nand ").append(std::to_string(count_ - told_.size())).append(" more");
    return fail(ErrorKind::kInvalid, std::move(text));
  }

 private:
  std::vector<std::string> told_;
  std::size_t count_ = 0;
};

}  // namespace playhead::simulate
