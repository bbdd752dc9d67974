// cli/output.h: what the program says. Results go to standard output, everything else to standard error.
//
// With --json each result is one JSON object on one line; without, it is text for a person. An Error is said once, as
// "playhead: <sentence>", and with --json also as {"error":{"kind":"...","message":"..."}} on standard output.
// Limits:  standard output is buffered; flush() writes it out. Bytes that are not UTF-8 become U+FFFD in JSON.
// Threads: main thread.
// Fails:   never; closed() says that nobody reads standard output any more (as after `| head`): there is no use in going on.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace playhead::cli {

class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  bool json() const { return json_; }
  void line(std::string_view text);
  void object(const nlohmann::ordered_json& object);
  void flush();
  bool closed() const { return closed_; }

  // Control characters, which may come from an argument or a file's name, are shown as \x1b.
  void error(const Error& error);
  // To standard error, as a line.
  void aside(std::string_view text);
  // The same for a person; nothing with --json.
  void note(std::string_view text);

 private:
  bool json_;
  bool closed_ = false;
};

// "1,234,567": numbers for a person.
std::string grouped(std::uint64_t number);
// "1 file", "1,234 files".
std::string counted(std::uint64_t number, std::string_view what);
// "100.0 s".
std::string seconds_text(double seconds);

}  // namespace playhead::cli
