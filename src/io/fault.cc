#include "io/fault.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

namespace playhead::io {
namespace {

enum class Operation { kOpen, kWrite, kTruncate, kSync, kRename, kCreate, kExchange, kLink, kRemove, kSyncFolder };
enum class Action { kKill, kStop, kNoSpace, kIoError };
enum class Moment { kBefore, kAfter };

template <typename Value>
using Named = std::pair<std::string_view, Value>;

constexpr std::array<Named<Operation>, 10> kOperations{{{"open", Operation::kOpen},
                                                        {"write", Operation::kWrite},
                                                        {"truncate", Operation::kTruncate},
                                                        {"sync", Operation::kSync},
                                                        {"rename", Operation::kRename},
                                                        {"create", Operation::kCreate},
                                                        {"exchange", Operation::kExchange},
                                                        {"link", Operation::kLink},
                                                        {"remove", Operation::kRemove},
                                                        {"sync-folder", Operation::kSyncFolder}}};
constexpr std::array<Named<Action>, 4> kActions{
    {{"kill", Action::kKill}, {"stop", Action::kStop}, {"no-space", Action::kNoSpace}, {"io-error", Action::kIoError}}};

template <typename Value, std::size_t kCount>
std::optional<Value> value_named(const std::array<Named<Value>, kCount>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Named<Value>::first);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

struct Rule {
  Moment moment = Moment::kBefore;
  Operation operation{};
  std::string glob;
  std::uint64_t first = 0;
  bool onwards = false;
  Action action{};

  bool acts_at(std::uint64_t count) const { return onwards ? count >= first : count == first; }
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view kSpaces = " \t\n";
  for (auto start = text.find_first_not_of(kSpaces); start != std::string_view::npos; start = text.find_first_not_of(kSpaces)) {
    text.remove_prefix(start);
    words.push_back(text.substr(0, text.find_first_of(kSpaces)));
    text.remove_prefix(words.back().size());
  }
  return words;
}

bool read_number(std::string_view word, Rule& rule) {
  rule.onwards = word.ends_with('+');
  if (rule.onwards) word.remove_suffix(1);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), rule.first);
  return error == std::errc{} && end == word.data() + word.size() && rule.first > 0;
}

Result<Rule> parse_rule(std::string_view text, const std::vector<std::string_view>& words) {
  const auto invalid = [&](std::string_view why) {
    return fail(ErrorKind::kInvalid, "the fault rule '" + std::string(text) + "' " + std::string(why));
  };
  if (words.size() != 4) return invalid("does not have four words: operation, glob, number, action");
  Rule rule;
  std::string_view name = words[0];
  constexpr std::string_view kAfter = "after-";
  if (name.starts_with(kAfter)) {
    rule.moment = Moment::kAfter;
    name.remove_prefix(kAfter.size());
  }
  const auto operation = value_named(kOperations, name);
  if (!operation) return invalid("names no operation: open, write, truncate, sync, rename, create, exchange, link, remove or sync-folder");
  const auto action = value_named(kActions, words[3]);
  if (!action) return invalid("names no action: kill, stop, no-space or io-error");
  if (!read_number(words[2], rule)) return invalid("has no number: 1, 2, ..., or 3+ for the third and all later ones");
  rule.operation = *operation;
  rule.glob = words[1];
  rule.action = *action;
  return rule;
}

Status act(Action action, std::string_view path) {
  switch (action) {
    // raise() means this very thread, so it does not run on for a moment as it could after kill().
    case Action::kKill: static_cast<void>(std::raise(SIGKILL)); return {};
    case Action::kStop: static_cast<void>(std::raise(SIGSTOP)); return {};
    case Action::kNoSpace:
      return fail(ErrorKind::kLimit, "cannot write " + std::string(path) + ": the disk is full (a fault rule says so)");
    case Action::kIoError: return fail(ErrorKind::kIo, "input/output error at " + std::string(path) + " (a fault rule says so)");
  }
  return {};
}

}  // namespace

class FaultPlan {
 public:
  static Result<std::shared_ptr<FaultPlan>> parse(std::string_view rules) {
    auto plan = std::make_shared<FaultPlan>();
    while (!rules.empty()) {
      const auto text = rules.substr(0, rules.find(';'));
      rules.remove_prefix(std::min(rules.size(), text.size() + 1));
      const auto words = words_of(text);
      if (words.empty()) continue;
      TRY_ASSIGN(auto rule, parse_rule(text, words));
      plan->counted_.emplace_back(std::move(rule));
    }
    return plan;
  }

  // Performs `call` (a Status or Result) between the rules before and after it. `other` is a second path, or empty.
  template <typename Call>
  auto around(Operation operation, std::string_view path, std::string_view other, Call call) -> std::invoke_result_t<Call> {
    TRY(strike(Moment::kBefore, operation, path, other));
    auto result = call();
    if (result) TRY(strike(Moment::kAfter, operation, path, other));
    return result;
  }

 private:
  struct Counted {
    explicit Counted(Rule parsed) : rule(std::move(parsed)) {}
    Rule rule;
    std::atomic<std::uint64_t> count{0};
  };

  Status strike(Moment moment, Operation operation, std::string_view path, std::string_view other) {
    Status status;
    for (auto& [rule, count] : counted_) {
      if (rule.moment != moment || rule.operation != operation) continue;
      if (!matches_glob(path, rule.glob) && (other.empty() || !matches_glob(other, rule.glob))) continue;
      const std::uint64_t number = count.fetch_add(1) + 1;
      if (status && rule.acts_at(number)) status = act(rule.action, path);
    }
    return status;
  }

  std::deque<Counted> counted_;
};

namespace {

class FaultyFile final : public File {
 public:
  FaultyFile(std::unique_ptr<File> inner, std::shared_ptr<FaultPlan> plan, std::string path)
      : inner_(std::move(inner)), plan_(std::move(plan)), path_(std::move(path)) {}

  Status read_at(std::uint64_t position, std::size_t length, std::string& into) override { return inner_->read_at(position, length, into); }
  Status write_at(std::uint64_t position, std::string_view bytes) override {
    return plan_->around(Operation::kWrite, path_, {}, [&] { return inner_->write_at(position, bytes); });
  }
  Status truncate(std::uint64_t size_bytes) override {
    return plan_->around(Operation::kTruncate, path_, {}, [&] { return inner_->truncate(size_bytes); });
  }
  Result<std::uint64_t> size() override { return inner_->size(); }
  Status sync() override {
    return plan_->around(Operation::kSync, path_, {}, [&] { return inner_->sync(); });
  }

 private:
  std::unique_ptr<File> inner_;
  std::shared_ptr<FaultPlan> plan_;
  std::string path_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem(std::unique_ptr<FileSystem> inner, std::shared_ptr<FaultPlan> plan)
    : inner_(std::move(inner)), plan_(std::move(plan)) {}
FaultyFileSystem::~FaultyFileSystem() = default;

Result<std::unique_ptr<FaultyFileSystem>> FaultyFileSystem::make(std::unique_ptr<FileSystem> inner, std::string_view rules) {
  TRY_ASSIGN(auto plan, FaultPlan::parse(rules));
  return std::unique_ptr<FaultyFileSystem>(new FaultyFileSystem(std::move(inner), std::move(plan)));
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, Open mode) {
  return plan_->around(Operation::kOpen, path, {}, [&]() -> Result<std::unique_ptr<File>> {
    TRY_ASSIGN(auto file, inner_->open(path, mode));
    return std::make_unique<FaultyFile>(std::move(file), plan_, path);
  });
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  return plan_->around(Operation::kRename, to, from, [&] { return inner_->rename(from, to); });
}

Status FaultyFileSystem::rename_if_absent(const std::string& from, const std::string& to) {
  return plan_->around(Operation::kCreate, to, from, [&] { return inner_->rename_if_absent(from, to); });
}

Status FaultyFileSystem::exchange(const std::string& first, const std::string& second) {
  return plan_->around(Operation::kExchange, first, second, [&] { return inner_->exchange(first, second); });
}

Status FaultyFileSystem::link(const std::string& from, const std::string& to) {
  return plan_->around(Operation::kLink, to, from, [&] { return inner_->link(from, to); });
}

Status FaultyFileSystem::remove(const std::string& path) {
  return plan_->around(Operation::kRemove, path, {}, [&] { return inner_->remove(path); });
}

Status FaultyFileSystem::remove_all(const std::string& path) {
  return plan_->around(Operation::kRemove, path, {}, [&] { return inner_->remove_all(path); });
}

Status FaultyFileSystem::sync_folder(const std::string& path) {
  return plan_->around(Operation::kSyncFolder, path, {}, [&] { return inner_->sync_folder(path); });
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::open_lock(const std::string& path) { return inner_->open_lock(path); }
Result<std::unique_ptr<Watch>> FaultyFileSystem::watch(const std::vector<std::string>& paths) { return inner_->watch(paths); }
Status FaultyFileSystem::make_folders(const std::string& path) { return inner_->make_folders(path); }
Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& path) { return inner_->list(path); }
Result<bool> FaultyFileSystem::exists(const std::string& path) { return inner_->exists(path); }
Result<std::uint64_t> FaultyFileSystem::free_bytes(const std::string& path) { return inner_->free_bytes(path); }

bool matches_glob(std::string_view text, std::string_view glob) {
  std::size_t at = 0;
  std::size_t in_glob = 0;
  std::size_t star = std::string_view::npos;  // the last star seen, which may take in more
  std::size_t taken_to = 0;
  while (at < text.size()) {
    if (in_glob < glob.size() && glob[in_glob] == '*') {
      star = in_glob++;
      taken_to = at;
    } else if (in_glob < glob.size() && (glob[in_glob] == '?' || glob[in_glob] == text[at])) {
      ++in_glob;
      ++at;
    } else if (star != std::string_view::npos) {
      in_glob = star + 1;
      at = ++taken_to;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', in_glob) == std::string_view::npos;
}

}  // namespace playhead::io
