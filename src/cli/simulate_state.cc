#include "cli/simulate_state.h"

#include <fmt/format.h>

#include <map>
#include <numeric>

#include "base/bytes.h"

namespace playhead::cli {
namespace {

constexpr std::string_view kMagic = "PLAYSIMU";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kStateBytesMax = std::uint64_t{64} << 30;

void write_counts(const SentCounts& sent, ByteWriter& bytes) {
  for (const std::uint64_t count : sent.by_topic) bytes.number(count);
  bytes.number(sent.duplicates);
  bytes.number(sent.malformed);
  bytes.number(sent.delayed);
}

void read_counts(ByteReader& bytes, SentCounts& sent) {
  for (std::uint64_t& count : sent.by_topic) count = bytes.number<std::uint64_t>();
  sent.duplicates = bytes.number<std::uint64_t>();
  sent.malformed = bytes.number<std::uint64_t>();
  sent.delayed = bytes.number<std::uint64_t>();
}

std::string encode(const SimulateState& state) {
  ByteWriter bytes;
  bytes.raw(kMagic);
  bytes.number(kVersion);
  bytes.number(static_cast<std::uint32_t>(state.key.size()));
  for (const auto& [name, value] : state.key) {
    bytes.text(name);
    bytes.text(value);
  }
  for (const Timestamp time : {state.start, state.end, state.reached, state.wall, state.simulated}) bytes.number(to_micros(time));
  bytes.number(state.speed);
  bytes.number(static_cast<std::uint8_t>(state.finished));
  write_counts(state.sent, bytes);
  bytes.number(static_cast<std::uint32_t>(state.services.size()));
  for (const std::string& service : state.services) bytes.text(service);
  bytes.text(state.transport);
  bytes.text(state.destination);
  bytes.number(checksum(bytes.bytes()));
  return std::move(bytes).take();
}

Result<SimulateState> decode(std::string_view all) {
  constexpr std::size_t kSumBytes = sizeof(std::uint64_t);
  if (all.size() < kMagic.size() + kSumBytes || !all.starts_with(kMagic)) return fail(ErrorKind::kCorrupt, "is no state of a simulation");
  ByteReader sum(all.substr(all.size() - kSumBytes));
  if (sum.number<std::uint64_t>() != checksum(all.substr(0, all.size() - kSumBytes))) return fail(ErrorKind::kCorrupt, "is damaged");
  ByteReader bytes(all.substr(kMagic.size(), all.size() - kMagic.size() - kSumBytes));
  if (bytes.number<std::uint32_t>() != kVersion) return fail(ErrorKind::kInvalid, "is of another version of Playhead");
  SimulateState state;
  for (auto count = bytes.number<std::uint32_t>(); count > 0 && bytes.ok(); --count) {
    std::string name(bytes.text());
    state.key.emplace_back(std::move(name), std::string(bytes.text()));
  }
  for (Timestamp* const time : {&state.start, &state.end, &state.reached, &state.wall, &state.simulated}) {
    *time = from_micros(bytes.number<std::int64_t>());
  }
  state.speed = bytes.number<double>();
  state.finished = bytes.number<std::uint8_t>() != 0;
  read_counts(bytes, state.sent);
  for (auto count = bytes.number<std::uint32_t>(); count > 0 && bytes.ok(); --count) state.services.emplace_back(bytes.text());
  state.transport = bytes.text();
  state.destination = bytes.text();
  if (!bytes.ok() || bytes.remaining() != 0 || state.services.empty()) return fail(ErrorKind::kCorrupt, "is cut short");
  return state;
}

std::string file_in(const std::string& folder) { return io::join(folder, "simulation"); }

}  // namespace

std::uint64_t SentCounts::total() const { return std::accumulate(by_topic.begin(), by_topic.end(), std::uint64_t{0}); }

Result<std::unique_ptr<StateFolder>> StateFolder::open(io::FileSystem& files, const std::string& path) {
  TRY(files.make_folders(path));
  TRY_ASSIGN(auto lock, files.open_lock(io::join(path, "lock")));
  TRY_ASSIGN(const bool acquired, lock->try_acquire());
  if (!acquired) return fail(ErrorKind::kBusy, "another simulation runs with the state folder " + path + ": give each one its own");
  return std::unique_ptr<StateFolder>(new StateFolder(files, path, std::move(lock)));
}

Result<std::optional<SimulateState>> read_state(io::FileSystem& files, const std::string& path) {
  const std::string file = file_in(path);
  TRY_ASSIGN(const bool there, files.exists(file));
  if (!there) return std::nullopt;
  TRY_ASSIGN(const std::string bytes, io::read_file(files, file, kStateBytesMax));
  auto state = decode(bytes);
  if (!state) return fail(state.error().kind, file + " " + state.error().message);
  return std::move(*state);
}

Status StateFolder::write(const SimulateState& state) const { return io::replace_file(files_, file_in(path_), encode(state)); }

void compare_keys(const SimulateState& state, const SimulatePlan& plan, Faults& faults) {
  std::map<std::string, std::pair<std::string, std::string>> values;
  for (const auto& [name, value] : state.key) values[name].first = value;
  for (const auto& [name, value] : plan.key) values[name].second = value;
  for (const auto& [name, both] : values) {
    const auto shown = [](const std::string& text) { return text.empty() ? "not given" : "'" + text + "'"; };
    if (both.first == both.second) continue;
    faults.add(fmt::format("{}: was {} when {} was saved, and is {} now: use the options of then, or another state folder", name,
                           shown(both.first), file_in(plan.state), shown(both.second)));
  }
}

}  // namespace playhead::cli
