// cli/simulate_generator.h: the messages of all listeners, made by several threads, a slice of simulated time after another.
//
// Each thread lives a share of the listeners (simulate/service.h), tells what they do (simulate/form.h) and sorts its messages; next()
// gives the messages of all threads in the one order that does not depend on how many there are. One slice can be made while the slice
// before is still in use: begin(B) may be called as soon as finish() has given A, and A stays until finish() has given B.
//
// Threads: one owner at a time; its own threads end with it. Memory: borrows World and Transport. Two slices are held.
// Fails:   make() and save() as their parts; a slice never.
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "simulate/form.h"
#include "simulate/report.h"
#include "simulate/service.h"
#include "simulate/transport.h"
#include "simulate/truth.h"
#include "simulate/world.h"

namespace playhead::cli {

// The messages of one slice: those of each thread, sorted.
class Slice {
 public:
  std::size_t size() const;
  // In order; `each` gets a message and the Messages that hold its bytes. Ends with the first failure.
  template <typename Each>
  Status in_order(Each each) const;
  // The same as one list; `into` may hold it.
  const simulate::Messages& merged(simulate::Messages& into) const;
  simulate::ServiceCounts counts() const;  // of the whole service, at the slice's end

 private:
  friend class Generator;
  struct Part {
    simulate::Messages messages;
    simulate::ServiceCounts counts;
  };
  std::vector<Part> parts_;
};

// What is gathered beside the messages.
struct Gathered {
  bool truth = false;
  bool report = false;
};

class Generator {
 public:
  // `saved` is of save(), one text for each of `threads`; empty: from the start.
  static Result<std::unique_ptr<Generator>> make(const simulate::World& world, const simulate::FormOptions& form,
                                                 const simulate::Transport& transport, unsigned threads, Gathered gathered,
                                                 std::span<const std::string_view> saved);
  ~Generator();

  void begin(Timestamp until);
  const Slice& finish();
  // Between finish() and begin(), and before the first begin().
  simulate::ServiceCounts counts() const;
  std::vector<std::string> save() const;
  simulate::Service::Standing standing(std::uint32_t listener) const;
  simulate::Truth* truth(unsigned thread) { return workers_[thread]->truth.get(); }  // null: without
  simulate::Report report() const;                                                   // of all threads; made with one
  unsigned threads() const { return static_cast<unsigned>(workers_.size()); }

 private:
  struct Worker {
    std::unique_ptr<simulate::Service> service;
    std::unique_ptr<simulate::Form> form;
    std::unique_ptr<simulate::Truth> truth;
    std::unique_ptr<simulate::Report> report;
    std::thread thread;
  };

  Generator(const simulate::World& world, const simulate::Transport& transport) : world_(world), transport_(transport) {}
  void run(unsigned number);
  void advance(Worker& worker, Timestamp until, Slice::Part& into) const;

  const simulate::World& world_;
  const simulate::Transport& transport_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::array<Slice, 2> slices_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t begun_ = 0;  // slices; the last one goes to slices_[begun_ % 2]
  unsigned working_ = 0;     // threads that still work on it
  Timestamp until_{};
  bool ending_ = false;
};

template <typename Each>
Status Slice::in_order(Each each) const {
  struct Run {
    const simulate::Message* next;
    const simulate::Message* end;
    const simulate::Messages* messages;
  };
  std::vector<Run> runs;
  for (const Part& part : parts_) {
    const auto& list = part.messages.list;
    if (!list.empty()) runs.push_back({list.data(), list.data() + list.size(), &part.messages});
  }
  while (!runs.empty()) {
    std::size_t first = 0;
    for (std::size_t i = 1; i < runs.size(); ++i) {
      if (simulate::comes_before(*runs[i].next, *runs[first].next)) first = i;
    }
    TRY(each(*runs[first].next, *runs[first].messages));
    if (++runs[first].next == runs[first].end) runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return {};
}

}  // namespace playhead::cli
