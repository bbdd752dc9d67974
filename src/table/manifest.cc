#include "table/manifest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/bytes.h"

namespace playhead::table {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHexDigits = 16;
constexpr std::size_t kPartBytesMax = 200;
constexpr std::size_t kPartsMax = 8;
constexpr std::string_view kEnding = ".parquet";
constexpr std::string_view kStagingPrefix = ".staging/";

std::string hex_of(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kHexDigits, '0');
  for (std::size_t index = kHexDigits; index-- > 0; value >>= 4) text[index] = kDigits[value & 15];
  return text;
}

std::optional<std::uint64_t> number_of_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != kHexDigits) return std::nullopt;
  return value;
}

// Reads fields of a JSON object; after the first that is absent or of the wrong type, ok() is false and values are empty.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  std::uint64_t number(const char* key) {
    const Json* value = find(key);
    return check(value != nullptr && value->is_number_unsigned()) ? value->get<std::uint64_t>() : 0;
  }
  std::string text(const char* key) {
    const Json* value = find(key);
    return check(value != nullptr && value->is_string()) ? value->get<std::string>() : std::string{};
  }
  std::uint64_t hex(const char* key) {
    const auto value = number_of_hex(text(key));
    return check(value.has_value()) ? *value : 0;
  }
  const Json& list(const char* key) {
    static const Json kEmpty = Json::array();
    const Json* value = find(key);
    return check(value != nullptr && value->is_array()) ? *value : kEmpty;
  }
  bool check(bool holds) {
    ok_ = ok_ && holds;
    return holds;
  }
  bool ok() const { return ok_; }

 private:
  const Json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  const Json& object_;
  bool ok_ = true;
};

template <typename Holds>
bool each_part(std::string_view path, std::size_t parts_max, Holds holds) {
  for (std::size_t parts = 1; parts <= parts_max; ++parts) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (!holds(part)) return false;
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
  return false;
}

// A path that stays inside the staging folder, whoever wrote the manifest.
bool is_staged_path(std::string_view path) {
  if (!path.starts_with(kStagingPrefix) || path.find('\0') != std::string_view::npos) return false;
  return each_part(path, kPartsMax, [](std::string_view part) { return !part.empty() && part != "." && part != ".."; });
}

bool has_folder(const std::string& name) { return name.find('/') != std::string::npos; }

std::uint64_t format_of(const Manifest& manifest) {
  const bool folders = std::ranges::any_of(manifest.files, has_folder, &PendingFile::name) ||
                       std::ranges::any_of(manifest.removed, has_folder, &PendingRemoval::name);
  return std::max<std::uint64_t>(manifest.format, folders ? 2 : 1);
}

Json json_of(const Manifest& manifest) {
  Json files = Json::array();
  for (const PendingFile& file : manifest.files) {
    files.push_back({{"name", file.name}, {"staged", file.staged}, {"bytes", file.bytes}, {"checksum", hex_of(file.checksum)}});
  }
  Json removed = Json::array();
  for (const PendingRemoval& removal : manifest.removed) removed.push_back({{"name", removal.name}, {"staged", removal.staged}});
  return {{"format", format_of(manifest)},
          {"number", manifest.number},
          {"writer_epoch", manifest.writer_epoch.value},
          {"kind", manifest.kind == ManifestKind::kClaim ? "claim" : "commit"},
          {"owner", manifest.owner},
          {"files", std::move(files)},
          {"removed", std::move(removed)},
          {"ledger", manifest.ledger}};
}

// False where the object is not what its format says.
bool read_fields(const Json& object, Manifest& into) {
  Fields fields(object);
  into.format = fields.number("format");
  into.number = fields.number("number");
  into.writer_epoch = WriterEpoch{fields.number("writer_epoch")};
  const std::string kind = fields.text("kind");
  into.kind = kind == "claim" ? ManifestKind::kClaim : ManifestKind::kCommit;
  into.owner = fields.text("owner");
  into.ledger = fields.text("ledger");
  fields.check((kind == "claim" || kind == "commit") && into.number > 0 && into.writer_epoch.value > 0);
  for (const Json& entry : fields.list("files")) {
    Fields file(entry);
    into.files.push_back({file.text("name"), file.text("staged"), file.number("bytes"), file.hex("checksum")});
    fields.check(file.ok() && is_visible_name(into.files.back().name) && is_staged_path(into.files.back().staged));
  }
  for (const Json& entry : fields.list("removed")) {
    Fields removal(entry);
    into.removed.push_back({removal.text("name"), removal.text("staged")});
    fields.check(removal.ok() && is_visible_name(into.removed.back().name) && is_staged_path(into.removed.back().staged));
  }
  return fields.ok();
}

std::unexpected<Error> damaged(const std::string& path, const std::string& how) {
  return fail(ErrorKind::kCorrupt, "manifest " + path + " " + how + "; restore it from a backup, or start a new folder");
}

}  // namespace

bool is_visible_name(std::string_view name) { return name.ends_with(kEnding) && each_part(name, kPartsMax, is_visible_part); }

bool is_visible_folder(std::string_view name) { return each_part(name, kPartsMax - 1, is_visible_part); }

bool is_visible_part(std::string_view part) {
  const bool plain = std::ranges::all_of(part, [](char byte) { return byte >= 0x20 && byte < 0x7f && byte != '/'; });
  return plain && !part.empty() && part.size() <= kPartBytesMax && part.front() != '.' && part.front() != '_';
}

Result<std::string> encode_manifest(const Manifest& manifest) {
  if (!Json::accept(manifest.owner)) return fail(ErrorKind::kInvalid, "the owner of a published folder must be a JSON text");
  if (!Json::accept(manifest.ledger)) return fail(ErrorKind::kInvalid, "the ledger of a published folder must be a JSON text");
  std::string bytes = json_of(manifest).dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string sum = hex_of(checksum(bytes));
  bytes.append("\n").append(sum).append("\n");
  if (bytes.size() > kManifestBytesMax) {
    return fail(ErrorKind::kLimit, "a manifest of " + std::to_string(bytes.size()) + " bytes is over " + std::to_string(kManifestBytesMax));
  }
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes, const std::string& path) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  const std::string_view rest = bytes.substr(line.size());
  if (rest.size() != kHexDigits + 2 || !rest.ends_with('\n') || number_of_hex(rest.substr(1, kHexDigits)) != checksum(line)) {
    return damaged(path, "does not match its checksum");
  }
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return damaged(path, "is not a JSON object");
  const auto format = object.find("format");
  if (format == object.end() || !format->is_number_unsigned()) return damaged(path, "names no format");
  if (format->get<std::uint64_t>() < 1 || format->get<std::uint64_t>() > kManifestFormat) {
    return fail(ErrorKind::kInvalid, "manifest " + path + " has format " + format->dump() + "; this program reads formats 1 to " +
                                         std::to_string(kManifestFormat) + ": use the newer program that wrote it");
  }
  Manifest manifest;
  if (!read_fields(object, manifest)) return damaged(path, "lacks a field, or holds one of the wrong type");
  return manifest;
}

}  // namespace playhead::table
