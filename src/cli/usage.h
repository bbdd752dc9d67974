// cli/usage.h: what is wrong with a command line, in one sentence with a way out.
//
// An unknown flag or command comes first, whatever else is missing: it is usually the cause. Pure; fails never.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace playhead::cli {

// "unknown flag --topci: did you mean --topic?", "unknown command 'prodcue': did you mean 'produce'?", "produce: --rate: ..."
std::string usage_message(const CLI::App& program, const CLI::ParseError& error);

}  // namespace playhead::cli
