#include "cli/program.h"

int main(int argc, char** argv) { return playhead::cli::run(argc, argv); }
