#include "table/folder_layout.h"

#include <algorithm>
#include <charconv>

namespace playhead::table {

std::string digits_of(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kNumberDigits - digits.size(), '0') + digits;
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view last_part_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Result<std::vector<std::uint64_t>> manifest_numbers(io::FileSystem& files, const std::string& folder) {
  auto names = files.list(io::join(folder, kManifests));
  std::vector<std::uint64_t> numbers;
  if (!names) {
    if (names.error().kind == ErrorKind::kNotFound) return numbers;
    return std::unexpected(std::move(names.error()));
  }
  for (const std::string& name : *names) {
    const auto number = number_of(name);
    if (number && name.size() == kNumberDigits) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::set<std::string> touched_folders(const Manifest& manifest) {
  std::set<std::string> folders;
  const auto add = [&folders](const std::string& name) { folders.insert(name.substr(0, name.size() - last_part_of(name).size())); };
  for (const PendingFile& file : manifest.files) add(file.name);
  for (const PendingRemoval& removal : manifest.removed) add(removal.name);
  return folders;
}

std::optional<Timestamp> compact_time(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  const auto part = [text](std::size_t at, std::size_t length) { return std::string(text.substr(at, length)); };
  const auto parsed =
      parse_iso(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" + part(11, 2) + ":" + part(13, 2) + "Z");
  if (!parsed || format_compact(parsed->time) != text) return std::nullopt;
  return parsed->time;
}

Status ignore(ErrorKind kind, Status status) {
  if (!status && status.error().kind == kind) return {};
  return status;
}

}  // namespace playhead::table
