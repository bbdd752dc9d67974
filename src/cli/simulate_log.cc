#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "cli/sender.h"
#include "cli/simulate_destination.h"

namespace playhead::cli {
namespace {

using Digits = std::array<char, 32>;

// The event ids that a topic got after a run was last saved; each stands for one record that must not be sent again.
class SentSince {
 public:
  Status read(log::Reader& reader, Partition partition, OffsetRange range) {
    log::RecordBatch batch;
    for (Offset next = range.start; next < range.end; next = batch.next) {
      TRY(reader.read(partition, next, range.end, batch));
      for (const std::string_view encoded : batch.headers) {
        for (const log::Header& header : log::headers_of(encoded)) {
          Digits digits;
          if (header.name != kEventIdHeader || header.value.size() != digits.size()) continue;
          std::copy(header.value.begin(), header.value.end(), digits.begin());
          ids_.push_back(digits);
        }
      }
    }
    return {};
  }
  void settle() {
    std::sort(ids_.begin(), ids_.end());
    left_ = ids_.size();
    taken_.assign(ids_.size(), false);
  }
  // True once for each record of this id.
  bool take(const Digits& id) {
    if (left_ == 0) return false;
    for (auto found = std::lower_bound(ids_.begin(), ids_.end(), id); found != ids_.end() && *found == id; ++found) {
      const auto place = static_cast<std::size_t>(found - ids_.begin());
      if (taken_[place]) continue;
      taken_[place] = true;
      if (--left_ == 0) ids_.clear();
      return true;
    }
    return false;
  }

 private:
  std::vector<Digits> ids_;
  std::vector<bool> taken_;
  std::size_t left_ = 0;
};

struct Lane {
  std::unique_ptr<Sender> sender;
  std::unique_ptr<log::Reader> reader;
  SentSince sent_since;
};

class ToLog final : public Destination {
 public:
  static Result<std::unique_ptr<Destination>> make(const DestinationOptions& options, log::Log& log, const std::string* saved) {
    auto destination = std::make_unique<ToLog>(options.event_id_header);
    ByteReader positions(saved ? std::string_view(*saved) : std::string_view());
    for (const simulate::Topic topic : options.topics) {
      auto lane = std::make_unique<Lane>();
      const log::TopicOptions wanted{
          .name = options.names[static_cast<std::size_t>(topic)], .partitions = options.partitions, .clock = log::ClockSource::kRecord};
      TRY_ASSIGN(lane->sender, open_sender(log, wanted, false));
      TRY_ASSIGN(lane->reader, log.reader(wanted.name));
      if (saved) TRY(go_on(*lane, positions));
      destination->lanes_[static_cast<std::size_t>(topic)] = std::move(lane);
    }
    if (!positions.ok()) return fail(ErrorKind::kCorrupt, "the state does not fit the topics of the log");
    return destination;
  }

  explicit ToLog(bool event_id_header) : event_id_header_(event_id_header) {}

  Status write(std::span<const simulate::Arrival> arrivals) override {
    for (const simulate::Arrival& arrival : arrivals) {
      Lane& lane = *lanes_[static_cast<std::size_t>(arrival.message.topic)];
      const std::string_view id(arrival.event_id.data(), event_id_header_ ? arrival.event_id.size() : 0);
      if (event_id_header_ && lane.sent_since.take(arrival.event_id)) continue;
      const std::string_view key = arrival.key.empty() ? std::string_view() : arrival.key;
      TRY(lane.sender->send(key, arrival.value, arrival.message.sent, id));
    }
    return {};
  }

  Status flush() override {
    for (const auto& lane : lanes_) {
      if (lane) TRY(lane->sender->flush());
    }
    return {};
  }
  Status finish() override { return flush(); }

  Result<std::string> save() override {
    TRY(flush());
    ByteWriter positions;
    for (const auto& lane : lanes_) {
      if (!lane) continue;
      const log::TopicDescription& topic = lane->sender->topic();
      positions.text(topic.id);
      for (std::uint32_t i = 0; i < topic.options.partitions; ++i) {
        TRY_ASSIGN(const OffsetRange range, lane->reader->range(Partition{i}));
        positions.number(range.end.value);
      }
    }
    return std::move(positions).take();
  }

 private:
  static Status go_on(Lane& lane, ByteReader& positions) {
    const log::TopicDescription& topic = lane.sender->topic();
    if (positions.text() != topic.id) {
      return fail(
          ErrorKind::kCorrupt,
          fmt::format("topic {} was made anew since the run was saved: start anew with an empty --state folder", topic.options.name));
    }
    for (std::uint32_t i = 0; i < topic.options.partitions; ++i) {
      TRY_ASSIGN(OffsetRange range, lane.reader->range(Partition{i}));
      range.start = std::max(range.start, Offset{positions.number<std::uint64_t>()});
      TRY(lane.sent_since.read(*lane.reader, Partition{i}, range));
    }
    lane.sent_since.settle();
    return {};
  }

  bool event_id_header_;
  std::array<std::unique_ptr<Lane>, simulate::kTopicCount> lanes_{};
};

}  // namespace

Result<std::unique_ptr<Destination>> open_log_destination(const DestinationOptions& options, log::Log& log, const std::string* saved) {
  return ToLog::make(options, log, saved);
}

}  // namespace playhead::cli
