// libFuzzer: configurations of eventsim. Any bytes are a configuration or a list of faults; a configuration can be lived.
#include <cstdlib>
#include <string_view>

#include "simulate/session_machine.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace playhead::simulate;
  const auto config = parse_eventsim_config({reinterpret_cast<const char*>(data), size});
  if (!config) {
    if (config.error().message.empty()) std::abort();
    return 0;
  }
  const SessionMachine& machine = config->machine;
  playhead::Random random{1};
  for (int session = 0; session < 20; ++session) {
    const std::uint8_t auth = session % 2 == 0 ? machine.draw_auth(random) : machine.new_auth();
    const std::uint8_t level = session % 2 == 0 ? machine.draw_level(random) : machine.new_level();
    StateNumber state = machine.start(auth, level, random);
    for (int page = 0; page < 50 && state != kNoState; ++page) {
      if (state >= machine.states().size()) std::abort();
      state = machine.next(state, random).to;
    }
  }
  return 0;
}
