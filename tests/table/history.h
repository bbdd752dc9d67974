// tests/table/history.h: random histories of a published folder.
//
// A history is a pure function of its seed: which files commit N publishes and removes, and what readers see after it.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "io/observed.h"
#include "table/published_folder.h"

namespace playhead::table {

inline constexpr const char* kFolder = "windows/counts";
inline constexpr const char* kOwner = R"({"job":"counts"})";

using Visible = std::map<std::string, std::string>;  // name -> bytes

inline void glob_below(io::FileSystem& files, const std::string& folder, const std::string& prefix, Visible& visible) {
  const auto names = files.list(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (name.starts_with(".")) continue;
    if (name.ends_with(".parquet")) {
      visible[prefix + name] = io::read_file(files, io::join(folder, name), 1 << 24).value_or("?");
    } else {
      glob_below(files, io::join(folder, name), prefix + name + "/", visible);
    }
  }
}

// What a reader of <folder>/**/*.parquet gets.
inline Visible glob(io::FileSystem& files, const std::string& folder = kFolder) {
  Visible visible;
  glob_below(files, folder, "", visible);
  return visible;
}

enum class Way { kWhole, kStaged, kExtended };

struct Publication {
  std::string name;
  std::string bytes;
  Way way;
  std::size_t kept = 0;  // of the version before, where extended
};

// One commit of a random history: its index is its ledger, and every version of a file says which commit wrote it.
struct Change {
  std::vector<Publication> published;
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
    for (const char* stem : {"a", "b", "day=1/hour=2/c", "day=1/hour=3/d", "e/b"}) {
      const std::string name = std::string(stem) + ".parquet";
      const std::uint64_t choice = random_.below(6);
      if (choice < 2) {
        const std::string written = std::to_string(states_.size()) + ":" + name + ":" + std::string(random_.below(200), stem[0]);
        const auto before = states_.back().find(name);
        const Way way = static_cast<Way>(random_.below(before == states_.back().end() ? 2 : 3));
        const std::size_t kept = way == Way::kExtended ? random_.below(before->second.size() + 1) : 0;
        next[name] = (kept > 0 ? before->second.substr(0, kept) : "") + written;
        change.published.push_back({name, next[name], way, kept});
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

inline Status publish_staged(PublishedFolder& writer, const Publication& file) {
  TRY_ASSIGN(Staged staged, writer.stage(file.name));
  const std::size_t half = file.bytes.size() / 2;
  TRY(staged.file->write_at(0, std::string_view(file.bytes).substr(0, half)));
  TRY(staged.file->write_at(half, std::string_view(file.bytes).substr(half)));
  return writer.add(std::move(staged), file.bytes.size(), checksum(file.bytes));
}

// Commits the change, each file in the way that it says.
inline Status commit_change(PublishedFolder& writer, const Change& change, std::string ledger) {
  std::vector<NewFile> whole;
  for (const Publication& file : change.published) {
    switch (file.way) {
      case Way::kWhole: whole.push_back({file.name, file.bytes}); break;
      case Way::kStaged: TRY(publish_staged(writer, file)); break;
      case Way::kExtended: TRY(writer.extend(file.name, file.kept, std::string_view(file.bytes).substr(file.kept))); break;
    }
  }
  return writer.commit(whole, change.removed, std::move(ledger));
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "playhead_table_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::size_t index_of(const std::string& ledger) { return ledger == "null" ? 0 : std::stoul(ledger); }

}  // namespace playhead::table
