// pipeline/journal_file.h: the files of a partition's journal: their names, and the frames in them (docs/checkpoint-format.md).
//
// "journal-<writer epoch>-<sequence>", both of 20 digits, so that the order of names is that of age. A file is a row of frames: the length
// of the payload, its checksum, a type, the payload. A frame that is not whole, or damaged, ends what can be read: a torn tail.
//
// Threads: pure functions over files; any thread. Fails: as the file system.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "io/file_system.h"

namespace playhead::pipeline {

inline constexpr std::uint64_t kJournalBytesMax = std::uint64_t{4} << 30;

enum class FrameType : char {
  kHead = 'H',     // writer and snapshot: the first of a file
  kKept = 'K',     // an outcome of an epoch that the snapshot holds
  kBundle = 'B',   // rows of epochs that the snapshot holds
  kCut = 'C',      // of the next epoch
  kOutcome = 'O',  // of the cut before
};

struct JournalName {
  std::uint64_t writer;
  std::uint64_t sequence;
  std::string file;
};

// A number as 20 digits, and back; nullopt for any other text.
std::string digits_of(std::uint64_t number);
std::optional<std::uint64_t> number_of_digits(std::string_view text);

std::string journal_name(std::uint64_t writer, std::uint64_t sequence);
// Those in the folder, the oldest first.
Result<std::vector<JournalName>> journals_in(io::FileSystem& files, const std::string& folder);
// The folder, beside the journal, of the state of its owner.
std::string state_folder_name(std::uint64_t writer);
// In that one, the folder of the files of a bundle that ends with this epoch.
std::string bundle_folder(const std::string& state_folder, Epoch through);
bool is_bundle_folder(std::string_view name);

std::string frame_of(FrameType type, std::string_view payload);
// Gives each whole frame to `take`, and returns how many bytes they had.
Result<std::size_t> each_frame(std::string_view bytes, const std::function<Status(FrameType type, std::string_view payload)>& take);

}  // namespace playhead::pipeline
