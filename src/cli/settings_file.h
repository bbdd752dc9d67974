// cli/settings_file.h: a TOML file in the place of flags.
//
// Keys are the flags without their dashes; a command's flags stand in a table of its name:
//   data = "/var/lib/playhead"
//   [produce]
//   rate = 200
// The environment goes before the file: a key whose PLAYHEAD_ variable is set is passed over. A key that is no flag is refused, with
// the file, the key and the nearest flag.
// Memory: borrows the App it belongs to. Fails: with CLI11's errors, as the whole command line.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
class Config;
}  // namespace CLI

namespace playhead::cli {

// Shared, because CLI11 wants it so.
std::shared_ptr<CLI::Config> make_settings_reader(CLI::App& program);

}  // namespace playhead::cli
