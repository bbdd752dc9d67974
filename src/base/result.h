// base/result.h: how a function says that it failed.
//
// A function that can fail returns Result<T> (a value or an Error) or Status (nothing or an Error). An Error has one of eight
// kinds, one per thing that a caller would do differently, and a sentence for a person: it names the file, flag or record and
// what to do. Failures of the world are Errors; mistakes of our own are asserts. No room throws or exits.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace playhead {

enum class ErrorKind {
  kInvalid,   // an argument, flag, setting or record breaks a stated rule: correct it
  kNotFound,  // the named file, topic or job is not there
  kExists,    // it is there already, and the call was to create it
  kBusy,      // somebody else holds it now: wait, or take over
  kFenced,    // a writer with a higher epoch took over: stop, publish nothing more
  kCorrupt,   // bytes fail their checksum or their format
  kLimit,     // a stated bound, or the disk, is full
  kIo,        // the system refused: the message carries its reason
};

// The kind's name as a script would read it: "invalid", "not_found", ...
std::string_view name_of(ErrorKind kind);

struct [[nodiscard]] Error {
  ErrorKind kind;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// Makes the failed value of any Result: return fail(ErrorKind::kInvalid, "...");
inline std::unexpected<Error> fail(ErrorKind kind, std::string message) { return std::unexpected(Error{kind, std::move(message)}); }

}  // namespace playhead

// TRY(expression): returns the Error of a failed Status or Result to the caller.
#define TRY(expression)                                           \
  do {                                                            \
    if (auto try_status = (expression); !try_status) [[unlikely]] \
      return std::unexpected(std::move(try_status.error()));      \
  } while (false)

// TRY_ASSIGN(auto x, expression): x is the value; a failure returns to the caller.
#define TRY_ASSIGN(target, expression) TRY_ASSIGN_AT_(TRY_JOIN_(try_result_, __LINE__), target, expression)
#define TRY_ASSIGN_AT_(result, target, expression)     \
  auto result = (expression);                          \
  if (!result) [[unlikely]]                            \
    return std::unexpected(std::move(result.error())); \
  target = std::move(*result)
#define TRY_JOIN_(left, right) TRY_JOIN_AGAIN_(left, right)
#define TRY_JOIN_AGAIN_(left, right) left##right
