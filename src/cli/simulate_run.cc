#include "cli/simulate_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/pace.h"
#include "cli/progress.h"
#include "cli/simulate_destination.h"
#include "cli/simulate_generator.h"
#include "cli/simulate_slices.h"
#include "cli/simulate_truth.h"

namespace playhead::cli {
namespace {

constexpr Duration kTick = std::chrono::milliseconds{100};          // of a paced run
constexpr Duration kShortestSleep = std::chrono::milliseconds{10};  // at a rate, events go out in lots
constexpr std::uint64_t kSaveEveryEvents = 4'000'000;               // so that a run that goes on need not read more than that from the log
constexpr Duration kTellEvery = std::chrono::seconds{10};
constexpr std::size_t kLotArrivals = 256;
constexpr unsigned kThreadsMax = 16;

// Simulated time beside the wall's.
struct TwoClocks {
  Timestamp wall, simulated;
  double speed;

  Timestamp simulated_at(Timestamp now) const {
    const double micros = static_cast<double>((now - wall).count()) * speed;
    return simulated + Duration{static_cast<std::int64_t>(std::clamp(micros, 0.0, 4e18))};
  }
  Duration wall_until(Timestamp time, Timestamp now) const {
    return Duration{static_cast<std::int64_t>(std::ceil(static_cast<double>((time - simulated_at(now)).count()) / speed))};
  }
};

class Run {
 public:
  Run(const SimulatePlan& plan, const simulate::World& world, Context& context)
      : plan_(plan), world_(world), context_(context), slices_(plan.peaks, events_wanted()) {}

  Status open() {
    TRY_ASSIGN(std::optional<SimulateState> saved, open_state());
    TRY_ASSIGN(transport_, simulate::Transport::make(plan_.transport, world_.service()));
    if (saved) TRY(transport_->restore(saved->transport));
    const std::size_t threads = saved ? saved->services.size() : plan_.threads;
    const std::vector<std::string_view> services =
        saved ? std::vector<std::string_view>(saved->services.begin(), saved->services.end()) : std::vector<std::string_view>();
    TRY_ASSIGN(generator_, Generator::make(world_, plan_.form, *transport_, thread_count(threads),
                                           {.truth = !plan_.truth.empty(), .report = !plan_.report.empty()}, services));
    if (!plan_.report.empty()) TRY(write_report());  // now, too: to learn that it can be written
    if (!plan_.truth.empty()) {
      TRY_ASSIGN(truth_, TruthFiles::make(context_.workspace.files(), plan_.truth, world_));
    }
    const DestinationOptions options{.place = plan_.destination,
                                     .topics = simulate::told_topics(plan_.form),
                                     .names = plan_.topic_names,
                                     .packing = plan_.packing,
                                     .partitions = static_cast<std::uint32_t>(plan_.partitions),
                                     .event_id_header = plan_.event_id == EventIdForm::kHeader};
    log::Log* log = nullptr;
    if (options.place == "log") {
      TRY_ASSIGN(log, context_.workspace.log());
    }
    TRY_ASSIGN(destination_, open_destination(options, context_.workspace.files(), log, saved ? &saved->destination : nullptr));
    set_clocks(saved);
    return {};
  }

  Result<SimulateReport> go() {
    const Timestamp start = steady_.now();
    if (plan_.rate > 0) rate_.emplace(start, plan_.rate);
    Progress progress("events", plan_.total, context_.output.json());
    progress_ = &progress;
    if (!finished_) TRY(live());
    TRY(destination_->finish());
    if (truth_) TRY(truth_->finish(*generator_, counts_.arrived));
    if (!plan_.report.empty()) TRY(write_report());
    return SimulateReport{.sent = sent_,
                          .sent_now = sent_now_,
                          .counts = counts_,
                          .reached = reached_,
                          .seconds = static_cast<double>((steady_.now() - start).count()) / 1e6,
                          .interrupted = context_.interrupt.requested()};
  }

 private:
  Result<std::optional<SimulateState>> open_state() {
    if (plan_.state.empty()) return std::nullopt;
    TRY_ASSIGN(state_, StateFolder::open(context_.workspace.files(), plan_.state));
    return read_state(context_.workspace.files(), plan_.state);
  }

  Status write_report() { return io::replace_file(context_.workspace.files(), plan_.report, generator_->report().html()); }

  static unsigned thread_count(std::size_t wanted) {
    if (wanted > 0) return static_cast<unsigned>(wanted);
    return std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
  }

  std::uint64_t events_wanted() const {
    const std::uint64_t wanted = Slices::events_for(world_.service().listeners);
    return plan_.rate > 0 ? std::clamp<std::uint64_t>(static_cast<std::uint64_t>(plan_.rate / 10), 1, wanted) : wanted;
  }

  // A simulation that begins now keeps pace from now on; one that began in the past at the wall's own speed first catches up with it.
  void set_clocks(const std::optional<SimulateState>& saved) {
    const Timestamp now = context_.workspace.clock().now();
    const simulate::ServiceOptions& service = world_.service();
    const bool follows_the_wall = plan_.continuous && plan_.speed.value_or(0) == 1;
    clocks_ = {.wall = follows_the_wall ? service.start : now, .simulated = service.start, .speed = plan_.speed.value_or(0)};
    reached_ = service.start;
    if (saved) {
      clocks_.wall = saved->wall;
      clocks_.simulated = saved->simulated;
      reached_ = saved->reached;
      sent_ = saved->sent;
      sent_before_ = sent_.total();
      finished_ = saved->finished;
      if (saved->speed != clocks_.speed) clocks_ = {.wall = now, .simulated = reached_, .speed = clocks_.speed};
    }
    counts_ = generator_->counts();
    next_save_ = saved ? now + plan_.save_every : now;  // the first time before the first event
  }

  Status live() {
    if (state_ && save_is_due()) TRY(save(false));
    std::optional<Timestamp> begun = begin();
    while (begun) {
      const Timestamp until = *begun;
      const Slice& slice = generator_->finish();
      counts_ = slice.counts();
      slices_.learn(until - reached_, slice.size());
      reached_ = until;
      const bool saves = state_ && save_is_due();
      const bool ahead = !saves && !truth_ && plan_.report.empty() && clocks_.speed == 0;
      begun = ahead ? begin() : std::nullopt;
      TRY(deliver(slice, until));
      if (saves) TRY(save(false));
      if (over_) break;
      if (!ahead) begun = begin();
    }
    return end();
  }

  // Begins the next slice, when its time has come; nullopt: there is none.
  std::optional<Timestamp> begin() {
    const Timestamp end = world_.service().end == kNever ? Timestamp::max() : world_.service().end;
    if (context_.interrupt.requested() || reached_ >= end) return std::nullopt;
    Timestamp until = std::min(slices_.end_of(reached_), end);
    if (clocks_.speed > 0) until = std::min(until, wait_for_the_clock(end));
    if (until <= reached_) return std::nullopt;
    generator_->begin(until);
    return until;
  }

  // Where the simulated clock stands, a tick or more after what was reached; `reached_` when an end was asked for.
  Timestamp wait_for_the_clock(Timestamp end) {
    const Timestamp wanted = std::min(
        end, reached_ + Duration{static_cast<std::int64_t>(std::clamp(static_cast<double>(kTick.count()) * clocks_.speed, 1.0, 1e15))});
    for (;;) {
      const Timestamp now = context_.workspace.clock().now();
      if (const Timestamp shown = clocks_.simulated_at(now); shown >= wanted) return shown;
      if (context_.interrupt.requested()) return reached_;
      tell(now);
      context_.interrupt.sleep(std::clamp(clocks_.wall_until(wanted, now), kShortestSleep, Duration{std::chrono::seconds{1}}));
    }
  }

  Status deliver(const Slice& slice, Timestamp until) {
    if (plan_.transport.perfect()) {
      TRY(slice.in_order(
          [this](const simulate::Message& message, const simulate::Messages& messages) { return emit_as_it_is(message, messages); }));
    } else {
      TRY(transport_->carry(slice.merged(merged_), until, [this](const simulate::Arrival& arrival) { return emit(arrival); }));
    }
    TRY(write_lot());
    if (truth_) TRY(truth_->write(*generator_));
    if (clocks_.speed > 0 || plan_.rate > 0) TRY(destination_->flush());
    tell(context_.workspace.clock().now());
    return {};
  }

  Status emit_as_it_is(const simulate::Message& message, const simulate::Messages& messages) {
    simulate::Arrival arrival{.message = message,
                              .key = messages.key(message),
                              .value = messages.value(message),
                              .event_id = {},
                              .fate = simulate::Fate::kIntact,
                              .delayed = false};
    const bool id_is_told = truth_ || plan_.event_id == EventIdForm::kHeader;
    if (id_is_told) arrival.event_id = simulate::event_id_of(world_.service(), message.listener, message.sequence, message.topic);
    TRY(count(arrival));
    if (over_) return {};
    lot_[lot_size_] = arrival;
    return ++lot_size_ == lot_.size() ? write_lot() : Status{};
  }

  // The views of an arrival die with the call.
  Status emit(const simulate::Arrival& arrival) {
    TRY(count(arrival));
    if (over_) return {};
    return destination_->write({&arrival, 1});
  }

  Status write_lot() {
    const std::size_t size = std::exchange(lot_size_, 0);
    TRY(destination_->write(std::span(lot_).first(size)));
    over_ = over_ || destination_->closed();
    return {};
  }

  Status count(const simulate::Arrival& arrival) {
    over_ = over_ || (plan_.total > 0 && sent_before_ + sent_now_ >= plan_.total);
    if (over_) return {};
    if (rate_) TRY(wait_for_the_rate());
    ++sent_now_;
    ++sent_.by_topic[static_cast<std::size_t>(arrival.message.topic)];
    sent_.duplicates += arrival.fate == simulate::Fate::kDuplicate ? 1 : 0;
    sent_.malformed += arrival.fate == simulate::Fate::kMalformed ? 1 : 0;
    sent_.delayed += arrival.delayed ? 1 : 0;
    if (truth_) truth_->add(arrival);
    return {};
  }

  Status wait_for_the_rate() {
    const Timestamp due = rate_->time_of(sent_now_);
    if (due <= now_) return {};
    now_ = steady_.now();
    if (due <= now_ || context_.interrupt.requested()) return {};
    TRY(write_lot());
    TRY(destination_->flush());
    while (due > now_ && !context_.interrupt.requested()) {
      tell(context_.workspace.clock().now());
      context_.interrupt.sleep(std::max(due - now_, kShortestSleep));
      now_ = steady_.now();
    }
    return {};
  }

  bool save_is_due() const { return context_.workspace.clock().now() >= next_save_ || sent_now_ - sent_at_save_ >= kSaveEveryEvents; }

  Status save(bool finished) {
    SimulateState state{.key = plan_.key,
                        .start = world_.service().start,
                        .end = world_.service().end,
                        .reached = reached_,
                        .wall = clocks_.wall,
                        .simulated = clocks_.simulated,
                        .speed = clocks_.speed,
                        .finished = finished,
                        .sent = sent_,
                        .services = generator_->save(),
                        .transport = {},
                        .destination = {}};
    transport_->save(state.transport);
    TRY_ASSIGN(state.destination, destination_->save());
    TRY(state_->write(state));
    next_save_ = context_.workspace.clock().now() + plan_.save_every;
    sent_at_save_ = sent_now_;
    return {};
  }

  // After the last slice. A run that was cut short by --total is not saved in the middle of a slice: it would be made again.
  Status end() {
    if (over_) return {};
    const bool whole = world_.service().end != kNever && reached_ >= world_.service().end;
    if (whole || !state_) {
      TRY(transport_->carry(simulate::Messages{}, Timestamp::max(), [this](const simulate::Arrival& arrival) { return emit(arrival); }));
    }
    return state_ ? save(whole) : Status{};
  }

  void tell(Timestamp now) {
    const auto text = [this]() -> std::string {
      return fmt::format("{}, {} listeners, {} listening", format_iso(floor_to(reached_, std::chrono::seconds{1})),
                         grouped(counts_.listeners), grouped(counts_.in_session));
    };
    progress_->show(sent_now_, now, text);
    if (!plan_.verbose || now < next_telling_) return;
    next_telling_ = now + kTellEvery;
    context_.output.aside(fmt::format("{} events, {}", grouped(sent_.total()), text()));
  }

  const SimulatePlan& plan_;
  const simulate::World& world_;
  Context& context_;
  Slices slices_;
  std::unique_ptr<StateFolder> state_;
  std::unique_ptr<simulate::Transport> transport_;
  std::unique_ptr<Generator> generator_;
  std::unique_ptr<TruthFiles> truth_;
  std::unique_ptr<Destination> destination_;

  TwoClocks clocks_{};
  const SteadyClock steady_;
  std::optional<Pace> rate_;
  Timestamp now_ = kNever;  // the steady clock's, when it was last looked at
  Progress* progress_ = nullptr;
  Timestamp next_telling_ = kNever;
  Timestamp next_save_ = kNever;

  Timestamp reached_{};  // what was made
  simulate::ServiceCounts counts_;
  SentCounts sent_;
  std::uint64_t sent_now_ = 0;
  std::uint64_t sent_before_ = 0;  // by the runs before
  std::uint64_t sent_at_save_ = 0;
  bool finished_ = false;
  bool over_ = false;  // nobody wants any more
  std::array<simulate::Arrival, kLotArrivals> lot_{};
  std::size_t lot_size_ = 0;
  simulate::Messages merged_;
};

}  // namespace

Result<SimulateReport> run_simulation(const SimulatePlan& plan, const simulate::World& world, Context& context) {
  Run run(plan, world, context);
  TRY(run.open());
  return run.go();
}

}  // namespace playhead::cli
