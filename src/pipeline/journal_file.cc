#include "pipeline/journal_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/bytes.h"

namespace playhead::pipeline {
namespace {

constexpr std::size_t kDigits = 20;
constexpr std::string_view kPrefix = "journal-";
constexpr std::string_view kBundlePrefix = "rows-";

}  // namespace

std::string digits_of(std::uint64_t number) {
  std::array<char, kDigits + 1> text;
  std::snprintf(text.data(), text.size(), "%020llu", static_cast<unsigned long long>(number));
  return text.data();
}

std::optional<std::uint64_t> number_of_digits(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != kDigits) return std::nullopt;
  return number;
}

std::string journal_name(std::uint64_t writer, std::uint64_t sequence) {
  return std::string(kPrefix) + digits_of(writer) + "-" + digits_of(sequence);
}

std::string state_folder_name(std::uint64_t writer) { return "state-" + digits_of(writer); }

std::string bundle_folder(const std::string& state_folder, Epoch through) {
  return io::join(state_folder, std::string(kBundlePrefix) + digits_of(through.value));
}

bool is_bundle_folder(std::string_view name) { return name.starts_with(kBundlePrefix); }

Result<std::vector<JournalName>> journals_in(io::FileSystem& files, const std::string& folder) {
  TRY_ASSIGN(const auto names, files.list(folder));
  std::vector<JournalName> journals;
  for (const std::string& name : names) {
    const std::string_view text = name;
    if (text.size() != kPrefix.size() + 2 * kDigits + 1 || !text.starts_with(kPrefix) || text[kPrefix.size() + kDigits] != '-') continue;
    const auto writer = number_of_digits(text.substr(kPrefix.size(), kDigits));
    const auto sequence = number_of_digits(text.substr(kPrefix.size() + kDigits + 1));
    if (writer && sequence) journals.push_back({*writer, *sequence, name});
  }
  std::ranges::sort(journals, {}, [](const JournalName& journal) { return std::pair(journal.writer, journal.sequence); });
  return journals;
}

std::string frame_of(FrameType type, std::string_view payload) {
  ByteWriter out;
  out.number(static_cast<std::uint32_t>(payload.size()));
  out.number(checksum(payload) ^ static_cast<std::uint64_t>(type));
  out.number(static_cast<char>(type));
  out.raw(payload);
  return std::move(out).take();
}

Result<std::size_t> each_frame(std::string_view bytes, const std::function<Status(FrameType type, std::string_view payload)>& take) {
  ByteReader in(bytes);
  for (;;) {
    const std::size_t read = bytes.size() - in.remaining();
    const auto length = in.number<std::uint32_t>();
    const auto sum = in.number<std::uint64_t>();
    const FrameType type{in.number<char>()};
    const std::string_view payload = in.raw(length);
    if (!in.ok() || (checksum(payload) ^ static_cast<std::uint64_t>(type)) != sum) return read;
    TRY(take(type, payload));
  }
}

}  // namespace playhead::pipeline
