// cli/event_line.h: the two facts a replay needs of an event: when it was and whose it is.
//
// Looks at the top level of one JSON object and at nothing else; an unknown dialect is fine, a broken line is only unreadable.
//   time: `ts` (a number: milliseconds since 1970) or `timestamp` (a number: seconds since 1970); either may be an ISO 8601 text,
//         read as UTC where it has no zone. The first of them in the line that can be read counts.
//   user: `user_id` or `userId`, a text or a number as it is written. Empty, null and absent are all "nobody".
//
// Limits:  times outside the years 1 to 9999 are not read. The line is scanned once, without recursion.
// Threads: pure; any thread. Memory: `user` is replaced; it keeps its capacity from line to line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace playhead::cli {

struct EventFacts {
  std::optional<Timestamp> time;
  std::string user;  // empty: nobody
};

// False: the line is not one JSON object (as far as its brackets and quotes tell); `facts` are then empty.
bool read_facts(std::string_view line, EventFacts& facts);

}  // namespace playhead::cli
