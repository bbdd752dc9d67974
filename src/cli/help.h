// cli/help.h: how --help looks: usage, one line per flag with its default in brackets, and the examples last.
//
// Threads: main thread. Memory: the App shares the formatter. Fails: never.
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace playhead::cli {

std::shared_ptr<CLI::FormatterBase> make_help_formatter();  // shared, because CLI11 wants it so

}  // namespace playhead::cli
