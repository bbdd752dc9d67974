// cli/command.h: what a command is, and what it gets.
//
// Each command lives in a file of its own and has one function, add_<command>(), that declares its flags and puts a Command on the
// list. `check` finds flags that contradict each other: exit code 2. `run` does the work: 0, or 1 with its Error said once.
// Threads: main thread. Memory: the functions own their flags; the App borrows them, so the list must outlive the parse.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/workspace.h"

namespace CLI {
class App;
}

namespace playhead::cli {

struct Context {
  Workspace& workspace;
  Output& output;
  const Interrupt& interrupt;
};

struct Command {
  CLI::App* app;
  std::function<Status()> check;
  std::function<Status(Context&)> run;
};

using Commands = std::vector<Command>;

}  // namespace playhead::cli
