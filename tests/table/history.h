// tests/table/history.h: random histories of a published folder.
//
// A history is a pure function of its seed: which files commit N publishes and removes, and what readers see after it.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/observed.h"
#include "table/published_folder.h"

namespace playhead::table {

inline constexpr const char* kFolder = "windows/counts";
inline constexpr const char* kOwner = R"({"job":"counts"})";

using Visible = std::map<std::string, std::string>;  // name -> bytes

// What a reader of <folder>/*.parquet gets.
inline Visible glob(io::FileSystem& files, const std::string& folder = kFolder) {
  Visible visible;
  const auto names = files.list(folder);
  if (!names) return visible;
  for (const std::string& name : *names) {
    if (name.ends_with(".parquet") && !name.starts_with("."))
      visible[name] = io::read_file(files, io::join(folder, name), 1 << 20).value_or("?");
  }
  return visible;
}

// One commit of a random history: its index is its ledger, and every version of a file says which commit wrote it.
struct Change {
  std::vector<NewFile> published;
  std::vector<std::string> removed;
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), states_(1) {}

  // The change of commit `index` (from 1). Asked twice, it is the same: a writer that starts again repeats what did not happen.
  const Change& change(std::size_t index) {
    while (states_.size() <= index) grow();
    return changes_[index - 1];
  }
  const Visible& state(std::size_t index) const { return states_.at(index); }

  // Is this a whole version of that file, of a commit up to `index`?
  bool is_version(const std::string& name, const std::string& bytes, std::size_t index) const {
    for (std::size_t at = 1; at <= index && at < states_.size(); ++at) {
      const auto found = states_[at].find(name);
      if (found != states_[at].end() && found->second == bytes) return true;
    }
    return false;
  }

 private:
  void grow() {
    Change change;
    Visible next = states_.back();
    for (const char* letter : {"a", "b", "c", "d"}) {
      const std::string name = std::string(letter) + ".parquet";
      const std::uint64_t choice = random_.below(6);
      if (choice < 2) {
        std::string bytes = std::to_string(states_.size()) + ":" + name + ":" + std::string(random_.below(200), letter[0]);
        next[name] = bytes;
        change.published.push_back({name, std::move(bytes)});
      } else if (choice == 2) {
        next.erase(name);
        change.removed.push_back(name);
      }
    }
    changes_.push_back(std::move(change));
    states_.push_back(std::move(next));
  }

  Random random_;
  std::deque<Change> changes_;   // a change stays at its place: a commit under way borrows it
  std::vector<Visible> states_;  // by number of commits
};

inline std::size_t index_of(const std::string& ledger) { return ledger == "null" ? 0 : std::stoul(ledger); }

}  // namespace playhead::table
