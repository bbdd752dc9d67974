// libFuzzer: messages of music-streams, and what looks like them. What has to hold is in decoder_target.h.
#include "decoder_target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static playhead::event::DecoderTarget target(playhead::event::Dialect::kMusicStreams);
  target.run(data, size);
  return 0;
}
