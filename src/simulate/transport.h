// simulate/transport.h: what can happen to messages on their way: twice, out of order, with a wrong clock, broken.
//
// Each has a share of the messages, drawn from the seed and the message's own place (user id, sequence, topic), so it does not depend
// on threads or partitions, and one share does not change what another one strikes. A duplicate is the same bytes again, a little later.
// Disorder delays a message by up to `disorder_max` (exponential, cut). Skew is a listener's clock that is wrong: a share of listeners
// has all event times of its messages shifted by an amount of its own, ahead or behind. A malformed record arrives once, cut short,
// empty, with a bracket, colon or byte of a text changed, or as a line of something else: it never is JSON, so never a valid event by
// chance.
//
// Whatever is done is told to the caller, for the ground truth.
//
// Limits:  shares 0 to 1; spans up to 30 days. Holds the messages that are delayed: with the shares of a bad network, a few per cent of
//          those within disorder_max and duplicate_delay_max. Threads: one owner at a time.
// Fails:   make() with kInvalid when an option is outside its limits. carry() with kInvalid when messages come too late or unsorted, and
//          with what `each` fails with; the transport is of no use afterwards. restore() with kCorrupt.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/message.h"

namespace playhead::simulate {

struct TransportOptions {
  double duplicates = 0;
  Duration duplicate_delay_max = std::chrono::minutes{5};
  double disorder = 0;
  Duration disorder_max = std::chrono::seconds{30};
  double skew = 0;  // of listeners
  Duration skew_max = std::chrono::minutes{2};
  double malformed = 0;

  bool perfect() const { return duplicates == 0 && disorder == 0 && skew == 0 && malformed == 0; }
};

enum class Fate : std::uint8_t { kIntact, kDuplicate, kMalformed };

// A message as it arrives. The views die with the call.
struct Arrival {
  Message message;  // `sent` is when it arrives; `event_time` as it was before its bytes were broken; `start` says nothing
  std::string_view key;
  std::string_view value;
  EventIdText event_id;
  Fate fate;     // kDuplicate: the second copy
  bool delayed;  // by disorder
  Duration skew{0};
};

class Transport {
 public:
  static Result<std::unique_ptr<Transport>> make(const TransportOptions& options, const ServiceOptions& service);
  ~Transport();

  // Takes messages that are sorted, and hands over in order all that arrives before `until`. None is sent before the `until` of the
  // call before. How a run is cut into calls makes no difference to what arrives when.
  Status carry(const Messages& messages, Timestamp until, const std::function<Status(const Arrival&)>& each);
  // How far a listener's clock is ahead, for Form::tell().
  Duration skew_of(std::uint32_t listener) const;

  // What is on the way, and the reading of it into a transport of the same options.
  void save(std::string& bytes) const;
  Status restore(std::string_view bytes);

 private:
  class Road;  // transport.cc
  explicit Transport(std::unique_ptr<Road> road);
  std::unique_ptr<Road> road_;
};

}  // namespace playhead::simulate
