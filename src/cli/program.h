// cli/program.h: the whole program: reads the command line, runs one command, and says how it went.
//
// Exit codes: 0 done, or stopped by Ctrl-C where the command says so; 1 the work failed; 2 the command line, the environment or the
// settings file is wrong; 130 stopped at once by a second Ctrl-C. This room alone prints and exits, and only main() ends the process.
#pragma once

namespace playhead::cli {

int run(int argc, char** argv);

}  // namespace playhead::cli
