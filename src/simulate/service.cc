#include "simulate/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/bytes.h"
#include "simulate/arrivals.h"
#include "simulate/life_story.h"

namespace playhead::simulate {
namespace {

constexpr std::uint64_t kMagic = 0x3176'7265'736c'6470;  // "pdlserv1", of which the last letter is the version

constexpr std::size_t kFetchedLives = 16;

bool is_before(const Happening& left, const Happening& right) {
  return left.sent != right.sent ? left.sent < right.sent : left.sequence < right.sequence;
}

template <typename Value>
std::string_view bytes_of(std::span<const Value> values) {
  static_assert(std::is_trivially_copyable_v<Value>);
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

template <typename Value>
bool read(ByteReader& reader, std::span<Value> values) {
  const std::string_view bytes = reader.raw(values.size_bytes());
  if (!reader.ok()) return false;
  std::ranges::copy(bytes, reinterpret_cast<char*>(values.data()));
  return true;
}

}  // namespace

class Service::Lives {
 public:
  using Each = std::function<void(std::uint32_t listener, std::span<const Happening>)>;

  Lives(const World& world, Share share)
      : world_(world),
        share_(share),
        story_(world, world.service().listeners / share.count),
        arrivals_(world.service()),
        now_(world.service().start) {
    const std::size_t own = world.service().listeners / share.count + 1;
    lives_.reserve(own);
    next_.reserve(own);
  }

  void begin() {
    while (arrived_ < world_.service().listeners) add([&] { return story_.born_at_start(arrived_); });
    for (std::size_t farm = 0; farm < world_.farms().size(); ++farm) {
      for (std::uint32_t account = 0; account < world_.farms()[farm].accounts; ++account) {
        add([&] { return story_.account(arrived_, static_cast<std::uint8_t>(farm)); });
      }
    }
  }

  void advance(Timestamp until, const Each& each) {
    if (until <= now_) return;
    for (; arrivals_.next_time() < until; arrivals_.pop()) {
      add([&] { return story_.arrived(arrived_, arrivals_.next_time()); });
    }
    // Lives lie far apart in memory: those of the next few are fetched while one is lived.
    std::array<std::size_t, kFetchedLives> due;
    std::size_t count = 0;
    const auto visit_due = [&] {
      for (std::size_t i = 0; i < count; ++i) visit(due[i], until, each);
      count = 0;
    };
    for (std::size_t place = 0; place < next_.size(); ++place) {
      if (next_[place] >= until) continue;
      story_.fetch(lives_[place], listener_at(place));
      due[count++] = place;
      if (count == due.size()) visit_due();
    }
    visit_due();
    now_ = until;
  }

  Timestamp now() const { return now_; }
  const ServiceCounts& counts() const { return story_.counts(); }
  Standing standing(std::uint32_t listener) const {
    const Life& life = lives_[listener / share_.count];
    return {.registered = life.registered, .auth = life.auth, .level = life.level, .gone = life.gone};
  }

  void save(std::string& bytes) const;
  Status restore(std::string_view bytes);

 private:
  template <typename Make>
  void add(const Make& make) {
    if (arrived_ % share_.count == share_.number) {
      lives_.push_back(make());
      next_.push_back(lives_.back().next());
    }
    ++arrived_;
  }

  std::uint32_t listener_at(std::size_t place) const { return static_cast<std::uint32_t>(place * share_.count + share_.number); }

  void visit(std::size_t place, Timestamp until, const Each& each) {
    Life& life = lives_[place];
    const std::uint32_t listener = listener_at(place);
    told_.clear();
    if (life.held) {
      told_ = std::move(held_.extract(place).mapped());
      life.held = false;
    }
    story_.live(life, listener, until, told_);
    if (!std::ranges::is_sorted(told_, is_before)) std::ranges::sort(told_, is_before);
    const auto later = std::ranges::partition_point(told_, [until](const Happening& happening) { return happening.sent < until; });
    next_[place] = life.next();
    if (later != told_.end()) {
      next_[place] = std::min(next_[place], later->sent);
      life.held = true;
      held_.emplace(place, std::vector<Happening>(later, told_.end()));
    }
    if (later != told_.begin()) each(listener, std::span(told_.begin(), later));
  }

  const World& world_;
  const Share share_;
  LifeStory story_;
  Arrivals arrivals_;
  Timestamp now_;
  std::uint32_t arrived_ = 0;  // of all shares
  // By listener number / shares.
  std::vector<Life> lives_;
  std::vector<Timestamp> next_;  // when there is anything to tell
  std::unordered_map<std::size_t, std::vector<Happening>> held_;
  std::vector<Happening> told_;
};

void Service::Lives::save(std::string& bytes) const {
  ByteWriter writer;
  writer.number(kMagic);
  writer.number(world_.fingerprint());
  writer.number(share_.number);
  writer.number(share_.count);
  writer.number(to_micros(now_));
  writer.number(arrived_);
  writer.raw(bytes_of(std::span(&arrivals_, 1)));
  writer.raw(bytes_of(std::span(&story_.counts(), 1)));
  writer.number(std::uint64_t{lives_.size()});
  writer.raw(bytes_of(std::span(lives_)));
  writer.raw(bytes_of(std::span(next_)));
  std::vector<std::size_t> places;
  places.reserve(held_.size());
  for (const auto& [place, happenings] : held_) places.push_back(place);
  std::ranges::sort(places);
  writer.number(std::uint64_t{places.size()});
  for (const std::size_t place : places) {
    const std::vector<Happening>& happenings = held_.at(place);
    writer.number(std::uint64_t{place});
    writer.number(std::uint64_t{happenings.size()});
    writer.raw(bytes_of(std::span(happenings)));
  }
  writer.number(checksum(writer.bytes()));
  bytes = std::move(writer).take();
}

Status Service::Lives::restore(std::string_view bytes) {
  const auto corrupt = [] { return fail(ErrorKind::kCorrupt, "the saved service is damaged"); };
  if (bytes.size() < sizeof(std::uint64_t)) return corrupt();
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(std::uint64_t));
  if (ByteReader(bytes.substr(body.size())).number<std::uint64_t>() != checksum(body)) return corrupt();
  ByteReader reader(body);
  if (reader.number<std::uint64_t>() != kMagic) return fail(ErrorKind::kCorrupt, "the saved service is of another version");
  const bool same_world = reader.number<std::uint64_t>() == world_.fingerprint();
  const auto number = reader.number<std::uint32_t>();
  if (!same_world || number != share_.number || reader.number<std::uint32_t>() != share_.count) {
    return fail(ErrorKind::kCorrupt, "the saved service was simulated with other options");
  }
  now_ = from_micros(reader.number<std::int64_t>());
  arrived_ = reader.number<std::uint32_t>();
  ServiceCounts counts;
  read(reader, std::span(&arrivals_, 1));
  read(reader, std::span(&counts, 1));
  story_.set_counts(counts);
  const auto count = reader.number<std::uint64_t>();
  if (count > reader.remaining() / sizeof(Life)) return corrupt();
  lives_.resize(count);
  next_.resize(count);
  read(reader, std::span(lives_));
  read(reader, std::span(next_));
  for (auto left = reader.number<std::uint64_t>(); reader.ok() && left > 0; --left) {
    const auto place = reader.number<std::uint64_t>();
    const auto length = reader.number<std::uint64_t>();
    if (length > reader.remaining() / sizeof(Happening)) return corrupt();
    read(reader, std::span(held_.emplace(place, std::vector<Happening>(length)).first->second));
  }
  return reader.ok() && reader.remaining() == 0 ? Status() : corrupt();
}

Service::Service(std::unique_ptr<Lives> lives) : lives_(std::move(lives)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::make(const World& world, Share share) {
  if (share.count == 0 || share.number >= share.count) {
    return fail(ErrorKind::kInvalid, fmt::format("share {} of {}: allowed are 0 to one less than their number", share.number, share.count));
  }
  auto lives = std::make_unique<Lives>(world, share);
  lives->begin();
  return std::unique_ptr<Service>(new Service(std::move(lives)));
}

Result<std::unique_ptr<Service>> Service::restore(const World& world, Share share, std::string_view bytes) {
  if (share.count == 0 || share.number >= share.count) {
    return fail(ErrorKind::kInvalid, fmt::format("share {} of {}: allowed are 0 to one less than their number", share.number, share.count));
  }
  auto lives = std::make_unique<Lives>(world, share);
  TRY(lives->restore(bytes));
  return std::unique_ptr<Service>(new Service(std::move(lives)));
}

void Service::advance(Timestamp until, const std::function<void(std::uint32_t listener, std::span<const Happening>)>& each) {
  lives_->advance(until, each);
}

Timestamp Service::now() const { return lives_->now(); }
ServiceCounts Service::counts() const { return lives_->counts(); }
Service::Standing Service::standing(std::uint32_t listener) const { return lives_->standing(listener); }
void Service::save(std::string& bytes) const { lives_->save(bytes); }

}  // namespace playhead::simulate
