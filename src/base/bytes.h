// base/bytes.h: numbers and strings as bytes, and the checksum over them.
//
// All of Playhead's own formats are little-endian, fixed-width integers and length-prefixed strings, written by ByteWriter and
// read by ByteReader. A reader never reads past its end: after the first short read it is failed, gives zeros, and ok() is false.
// Check ok() once at the end of a structure. Memory: a writer owns its bytes; a reader and the views it returns borrow theirs.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace playhead {

static_assert(std::endian::native == std::endian::little, "formats are written as the machine holds them");

// XXH3, 64 bits, unseeded (xxHash specification 0.2.0): detects damage, not attack.
std::uint64_t checksum(std::string_view bytes);

// The same over bytes that come in pieces: any cut of them gives the value of the whole.
class Checksum {
 public:
  Checksum();
  Checksum(Checksum&& other) noexcept;
  Checksum& operator=(Checksum&& other) noexcept;
  ~Checksum();
  void add(std::string_view bytes);
  std::uint64_t value() const;  // of all bytes so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ByteWriter {
 public:
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  // At most 4 GiB - 1 bytes.
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
  }
  void raw(std::string_view value) { bytes_.append(value); }

  const std::string& bytes() const { return bytes_; }
  std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename Number>
    requires std::is_arithmetic_v<Number>
  Number number() {
    Number value{};
    const std::string_view bytes = raw(sizeof value);
    if (ok_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view text() { return raw(number<std::uint32_t>()); }
  std::string_view raw(std::size_t length) {
    if (length > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return bytes;
  }

  bool ok() const { return ok_; }
  std::size_t remaining() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace playhead
