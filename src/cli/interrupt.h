// cli/interrupt.h: Ctrl-C and SIGTERM as a question that work asks itself.
//
// The first signal asks for an orderly end: requested() is true from then on, and every sleep ends. The second ends the process at
// once with exit code 130; all that Playhead keeps survives that, as it survives kill -9. One Interrupt exists at a time.
// SIGPIPE is ignored meanwhile: output that nobody reads shows in Output::closed().
// Threads: requested() from any; the rest on the main thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/time.h"

namespace playhead::cli {

class Interrupt {
 public:
  static Result<std::unique_ptr<Interrupt>> make();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
  // Sleeps for `span`, or until the request.
  void sleep(Duration span) const;

 private:
  Interrupt() = default;
};

}  // namespace playhead::cli
