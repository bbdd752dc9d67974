#include "base/result.h"

namespace playhead {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kNotFound: return "not_found";
    case ErrorKind::kExists: return "exists";
    case ErrorKind::kBusy: return "busy";
    case ErrorKind::kFenced: return "fenced";
    case ErrorKind::kCorrupt: return "corrupt";
    case ErrorKind::kLimit: return "limit";
    case ErrorKind::kIo: return "io";
  }
  return "unknown";
}

}  // namespace playhead
