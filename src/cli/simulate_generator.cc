#include "cli/simulate_generator.h"

#include <utility>

namespace playhead::cli {
namespace {

void add(const simulate::ServiceCounts& counts, simulate::ServiceCounts& sum) {
  sum.listeners += counts.listeners;
  sum.arrived += counts.arrived;
  sum.left += counts.left;
  sum.sessions += counts.sessions;
  sum.in_session += counts.in_session;
  sum.plays += counts.plays;
}

}  // namespace

std::size_t Slice::size() const {
  std::size_t size = 0;
  for (const Part& part : parts_) size += part.messages.list.size();
  return size;
}

const simulate::Messages& Slice::merged(simulate::Messages& into) const {
  if (parts_.size() == 1) return parts_.front().messages;
  into.clear();
  (void)in_order([&into](simulate::Message message, const simulate::Messages& from) -> Status {
    const std::string_view bytes(from.arena.data() + message.start, message.key_bytes + message.value_bytes);
    message.start = into.arena.size();
    into.arena.append(bytes);
    into.list.push_back(message);
    return {};
  });
  return into;
}

simulate::ServiceCounts Slice::counts() const {
  simulate::ServiceCounts sum;
  for (const Part& part : parts_) add(part.counts, sum);
  return sum;
}

Result<std::unique_ptr<Generator>> Generator::make(const simulate::World& world, const simulate::FormOptions& form,
                                                   const simulate::Transport& transport, unsigned threads, Gathered gathered,
                                                   std::span<const std::string_view> saved) {
  std::unique_ptr<Generator> generator(new Generator(world, transport));
  for (unsigned i = 0; i < threads; ++i) {
    const simulate::Share share{.number = i, .count = threads};
    auto worker = std::make_unique<Worker>();
    if (saved.empty()) {
      TRY_ASSIGN(worker->service, simulate::Service::make(world, share));
    } else {
      TRY_ASSIGN(worker->service, simulate::Service::restore(world, share, saved[i]));
    }
    TRY_ASSIGN(worker->form, simulate::Form::make(world, form));
    if (gathered.truth) worker->truth = std::make_unique<simulate::Truth>(world);
    if (gathered.report) worker->report = std::make_unique<simulate::Report>(world);
    generator->workers_.push_back(std::move(worker));
  }
  for (Slice& slice : generator->slices_) slice.parts_.resize(threads);
  for (unsigned i = 0; i < threads; ++i) {
    generator->workers_[i]->thread = std::thread([raw = generator.get(), i] { raw->run(i); });
  }
  return generator;
}

Generator::~Generator() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void Generator::begin(Timestamp until) {
  {
    const std::lock_guard lock(mutex_);
    until_ = until;
    ++begun_;
    working_ = threads();
  }
  changed_.notify_all();
}

const Slice& Generator::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return working_ == 0; });
  return slices_[begun_ % 2];
}

simulate::ServiceCounts Generator::counts() const {
  simulate::ServiceCounts sum;
  for (const auto& worker : workers_) add(worker->service->counts(), sum);
  return sum;
}

std::vector<std::string> Generator::save() const {
  std::vector<std::string> saved(workers_.size());
  for (std::size_t i = 0; i < saved.size(); ++i) workers_[i]->service->save(saved[i]);
  return saved;
}

simulate::Service::Standing Generator::standing(std::uint32_t listener) const {
  return workers_[listener % threads()]->service->standing(listener);
}

simulate::Report Generator::report() const {
  simulate::Report all(world_);
  for (const auto& worker : workers_) all.add(*worker->report);
  return all;
}

void Generator::run(unsigned number) {
  Worker& worker = *workers_[number];
  std::uint64_t done = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || begun_ > done; });
    if (ending_) return;
    done = begun_;
    const Timestamp until = until_;
    lock.unlock();
    advance(worker, until, slices_[done % 2].parts_[number]);
    lock.lock();
    if (--working_ == 0) changed_.notify_all();
  }
}

void Generator::advance(Worker& worker, Timestamp until, Slice::Part& into) const {
  into.messages.clear();
  worker.service->advance(until, [&](std::uint32_t listener, std::span<const simulate::Happening> happenings) {
    const Timestamp registered = worker.service->standing(listener).registered;
    worker.form->tell(listener, registered, transport_.skew_of(listener), happenings, into.messages);
    if (worker.truth) worker.truth->add(listener, happenings);
    if (worker.report) worker.report->add(happenings);
  });
  into.messages.sort();
  into.counts = worker.service->counts();
}

}  // namespace playhead::cli
