// libFuzzer: scenarios of `simulate`. Any bytes are values of settings, or faults that say where they are.
#include <cstdlib>
#include <string_view>

#include "cli/simulate_scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace playhead::cli;
  Faults faults;
  const GivenValues values = read_scenario({reinterpret_cast<const char*>(data), size}, "a.toml", faults);
  for (const Given& given : values) {
    if (!given.where.starts_with("a.toml:")) std::abort();
  }
  if (!faults.none() && faults.status().error().message.find("a.toml:") == std::string::npos) std::abort();
  return 0;
}
