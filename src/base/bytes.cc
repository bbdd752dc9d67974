#include "base/bytes.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace playhead {

std::uint64_t checksum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace playhead
