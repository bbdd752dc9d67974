// event/record_scan.h: one JSON record, checked whole and taken apart into the values of the keys we know.
//
// scan() holds a record to the letter of RFC 8259: what a key is not known for is checked as strictly as the rest, so whether a record
// is JSON never depends on what is read of it. It copies nothing: a Value says where in the record it stands. It remembers which key
// followed which, and compares the next one with that guess first; a wrong guess costs a look-up. Known keys are those of the record,
// and those that stand one level down in its `location`.
//
// Limits:  a record has at most kRecordBytesMax bytes and kDepthMax levels (the outermost object is the first), a text or key at
//          most kTextBytesMax bytes as written, escapes and all. 64 bytes behind a record must be readable.
// Memory:  about 6 MiB of address space for the index of the longest record; only what records use is touched. With members, 24 bytes
//          more for each of the record with the most (under 5 MiB). Values and members point into the record, until the next scan().
// Threads: one owner at a time.
// Fails:   with the reason why the record is a dead letter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "event/shape.h"

namespace playhead::event {

inline constexpr std::size_t kRecordBytesMax = 1024 * 1024;
inline constexpr std::size_t kTextBytesMax = 64 * 1024;
inline constexpr int kDepthMax = 32;
inline constexpr std::size_t kReadableBehind = 64;

enum class Token : std::uint8_t {
  kNull,
  kText,         // without escapes
  kEscapedText,  // with escapes, all of them valid
  kInteger,
  kReal,
  kFlag,  // true or false
  kObject,
  kArray,
};

struct Value {
  std::string_view bytes;  // as written; a text without its quotes
  Token token;
};

// A key and its value as they stand in the record: "genre" : "rock".
struct Member {
  std::string_view bytes;
  KeySet meaning;  // of one key; of none where its spelling is unknown
};

struct ScannedRecord {
  KeySet present = 0;                   // null or not
  std::array<Value, kKeyCount> values;  // of the keys present; of a key that stands there twice, the last
  bool unknown_keys = false;            // the record has some, itself
  bool unknown_keys_in_place = false;   // its `location` has some
  std::vector<Member> members;          // in record order, where they are kept

  const Value& operator[](Key key) const { return values[static_cast<std::size_t>(key)]; }
};

class RecordScanner {
 public:
  struct Options {
    bool members = false;  // keep scanned().members
  };
  static Result<std::unique_ptr<RecordScanner>> make(Options options);
  ~RecordScanner();

  // The reason why `record` is no object that we can read; nothing when it is one, and scanned() holds it.
  std::optional<Reject> scan(std::string_view record);
  const ScannedRecord& scanned() const { return scanned_; }

 private:
  struct Parser;
  class Walk;
  RecordScanner(Options options, std::unique_ptr<Parser> parser);

  const Options options_;
  std::unique_ptr<Parser> parser_;
  ScannedRecord scanned_;
  // By spelling, and kSpellingCount for the start of a record: the spelling that came next, the last time.
  std::array<std::uint8_t, kSpellingCount + 1> next_spelling_{};
};

}  // namespace playhead::event
