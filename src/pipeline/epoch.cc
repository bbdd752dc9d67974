#include "pipeline/epoch.h"

#include "base/bytes.h"

namespace playhead::pipeline {
namespace {

void put(ByteWriter& out, Timestamp time) { out.number(to_micros(time)); }
Timestamp take_time(ByteReader& in) { return from_micros(in.number<std::int64_t>()); }

void put(ByteWriter& out, const stream::PartitionState& state) {
  put(out, state.highest);
  for (const std::uint64_t records : state.tally.records) out.number(records);
  out.number(state.tally.plays_on_time);
  out.number(state.tally.plays_restated);
  out.number(state.tally.no_plays);
  out.number(state.tally.not_keyed_by_user);
  out.number(state.tally.gaps);
  out.number(state.tally.skipped);
  out.number(state.tally.resets);
}

stream::PartitionState take_state(ByteReader& in, std::uint32_t format) {
  stream::PartitionState state;
  state.highest = take_time(in);
  for (std::uint64_t& records : state.tally.records) records = in.number<std::uint64_t>();
  state.tally.plays_on_time = in.number<std::uint64_t>();
  state.tally.plays_restated = in.number<std::uint64_t>();
  state.tally.no_plays = in.number<std::uint64_t>();
  if (format > 1) state.tally.not_keyed_by_user = in.number<std::uint64_t>();
  if (format > 2) {
    state.tally.gaps = in.number<std::uint64_t>();
    state.tally.skipped = in.number<std::uint64_t>();
    state.tally.resets = in.number<std::uint64_t>();
  }
  return state;
}

void put(ByteWriter& out, const std::optional<LastRecord>& last) {
  out.number(static_cast<std::uint8_t>(last.has_value()));
  out.number(last ? last->offset.value : 0);
  out.number(last ? last->hash : 0);
}

std::optional<LastRecord> take_last(ByteReader& in) {
  const bool known = in.number<std::uint8_t>() != 0;
  const Offset offset{in.number<std::uint64_t>()};
  const auto hash = in.number<std::uint64_t>();
  return known ? std::optional(LastRecord{offset, hash}) : std::nullopt;
}

std::optional<Reset> take_reset(ByteReader& in) {
  Reset reset;
  reset.loss = static_cast<Loss>(in.number<std::uint8_t>());
  reset.expected = {in.number<std::uint64_t>()};
  reset.skipped = in.number<std::uint64_t>();
  return reset.loss == Loss::kNone ? std::nullopt : std::optional(reset);
}

void put(ByteWriter& out, const std::vector<IdRun>& runs) {
  out.number(static_cast<std::uint32_t>(runs.size()));
  for (const IdRun& run : runs) {
    out.text(run.name);
    out.number(run.ids);
    put(out, run.first);
    put(out, run.last);
    out.number(run.checksum);
  }
}

std::vector<IdRun> take_runs(ByteReader& in) {
  std::vector<IdRun> runs;
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    IdRun run;
    run.name = in.text();
    run.ids = in.number<std::uint64_t>();
    run.first = take_time(in);
    run.last = take_time(in);
    run.checksum = in.number<std::uint64_t>();
    runs.push_back(std::move(run));
  }
  return runs;
}

// The first release kept the positions of rejected records here. They are passed over: the tables of late events and dead letters begin
// where it ended.
void pass_over_rejected(ByteReader& in) {
  const auto rejected = in.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < rejected && in.ok(); ++i) {
    in.number<std::uint64_t>();
    in.number<std::uint8_t>();
  }
}

}  // namespace

std::uint64_t gaps_after(const std::vector<EpochGaps>& gaps, Epoch after) {
  std::uint64_t offsets = 0;
  for (const EpochGaps& of_epoch : gaps) offsets += of_epoch.epoch > after ? of_epoch.offsets : 0;
  return offsets;
}

std::string encode(const Cut& cut) {
  ByteWriter out;
  out.number(cut.epoch.value);
  out.text(cut.topic_id);
  out.number(cut.offsets.start.value);
  out.number(cut.offsets.end.value);
  put(out, cut.watermark_in);
  out.number(static_cast<std::uint8_t>(cut.idle));
  put(out, cut.decided_at);
  out.number(cut.writer.value);
  out.text(cut.options);
  out.text(cut.program);
  const Reset reset = cut.reset.value_or(Reset{});
  out.number(static_cast<std::uint8_t>(reset.loss));
  out.number(reset.expected.value);
  out.number(reset.skipped);
  return std::move(out).take();
}

Result<Cut> decode_cut(std::string_view bytes, std::uint32_t format) {
  ByteReader in(bytes);
  Cut cut;
  cut.epoch = {in.number<std::uint64_t>()};
  cut.topic_id = in.text();
  cut.offsets.start = {in.number<std::uint64_t>()};
  cut.offsets.end = {in.number<std::uint64_t>()};
  cut.watermark_in = take_time(in);
  cut.idle = in.number<std::uint8_t>() != 0;
  cut.decided_at = take_time(in);
  cut.writer = {in.number<std::uint64_t>()};
  cut.options = in.text();
  cut.program = in.text();
  if (format > 2) cut.reset = take_reset(in);
  if (!in.ok() || in.remaining() != 0) return fail(ErrorKind::kCorrupt, "a cut that can not be read");
  return cut;
}

std::string encode(const Outcome& outcome) {
  ByteWriter out;
  out.number(outcome.epoch.value);
  out.number(outcome.end.value);
  out.number(static_cast<std::uint8_t>(outcome.idle));
  put(out, outcome.last);
  put(out, outcome.result.watermark);
  put(out, outcome.result.state);
  out.number(static_cast<std::uint64_t>(outcome.result.increases.size()));
  for (const stream::Increase& increase : outcome.result.increases) {
    put(out, increase.window_start);
    out.number(increase.count);
    out.text(increase.key);
  }
  return std::move(out).take();
}

Result<Outcome> decode_outcome(std::string_view bytes, std::uint32_t format) {
  ByteReader in(bytes);
  Outcome outcome;
  outcome.epoch = {in.number<std::uint64_t>()};
  outcome.end = {in.number<std::uint64_t>()};
  outcome.idle = in.number<std::uint8_t>() != 0;
  if (format > 2) outcome.last = take_last(in);
  outcome.result.watermark = take_time(in);
  outcome.result.state = take_state(in, format);
  const auto increases = in.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < increases && in.ok(); ++i) {
    const Timestamp start = take_time(in);
    const auto count = in.number<std::uint64_t>();
    outcome.result.increases.push_back({start, std::string(in.text()), count});
  }
  if (format == 1) pass_over_rejected(in);
  if (!in.ok() || in.remaining() != 0) return fail(ErrorKind::kCorrupt, "an outcome that can not be read");
  return outcome;
}

std::string encode(const Bundle& bundle) {
  ByteWriter out;
  out.number(bundle.after.value);
  out.number(bundle.through.value);
  out.number(bundle.offsets.start.value);
  out.number(bundle.offsets.end.value);
  out.number(static_cast<std::uint8_t>(bundle.lake));
  out.number(bundle.resets);
  out.number(static_cast<std::uint32_t>(bundle.gaps.size()));
  for (const EpochGaps& gaps : bundle.gaps) {
    out.number(gaps.epoch.value);
    out.number(gaps.offsets);
  }
  out.number(static_cast<std::uint32_t>(bundle.files.size()));
  for (const sink::RowFile& file : bundle.files) {
    out.number(static_cast<std::uint8_t>(file.table));
    put(out, file.hour);
    out.number(file.first.value);
    out.number(file.last.value);
    out.number(file.bytes);
    out.number(file.checksum);
  }
  return std::move(out).take();
}

Result<Bundle> decode_bundle(std::string_view bytes) {
  ByteReader in(bytes);
  Bundle bundle;
  bundle.after = {in.number<std::uint64_t>()};
  bundle.through = {in.number<std::uint64_t>()};
  bundle.offsets.start = {in.number<std::uint64_t>()};
  bundle.offsets.end = {in.number<std::uint64_t>()};
  bundle.lake = in.number<std::uint8_t>() != 0;
  bundle.resets = in.number<std::uint64_t>();
  const auto with_gaps = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < with_gaps && in.ok(); ++i) {
    const Epoch epoch{in.number<std::uint64_t>()};
    bundle.gaps.push_back({epoch, in.number<std::uint64_t>()});
  }
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    sink::RowFile file;
    file.table = static_cast<sink::RowTable>(in.number<std::uint8_t>());
    file.hour = take_time(in);
    file.first = {in.number<std::uint64_t>()};
    file.last = {in.number<std::uint64_t>()};
    file.bytes = in.number<std::uint64_t>();
    file.checksum = in.number<std::uint64_t>();
    bundle.files.push_back(file);
  }
  if (!in.ok() || in.remaining() != 0) return fail(ErrorKind::kCorrupt, "a bundle of rows that can not be read");
  return bundle;
}

std::string encode(WriterEpoch writer, const Snapshot& snapshot) {
  ByteWriter out;
  out.number(kJournalFormat);
  out.number(writer.value);
  out.number(snapshot.epoch.value);
  out.number(snapshot.next.value);
  out.number(static_cast<std::uint8_t>(snapshot.idle));
  put(out, snapshot.watermark);
  put(out, snapshot.state);
  put(out, snapshot.id_runs);
  out.text(snapshot.topic_id);
  put(out, snapshot.last);
  return std::move(out).take();
}

Result<Head> decode_head(std::string_view bytes) {
  ByteReader in(bytes);
  Head head;
  head.format = in.number<std::uint32_t>();
  if (head.format > kJournalFormat)
    return fail(ErrorKind::kInvalid, "it was written by a newer Playhead (format " + std::to_string(head.format) + "): use that version");
  head.writer = {in.number<std::uint64_t>()};
  head.snapshot.epoch = {in.number<std::uint64_t>()};
  head.snapshot.next = {in.number<std::uint64_t>()};
  head.snapshot.idle = in.number<std::uint8_t>() != 0;
  head.snapshot.watermark = take_time(in);
  head.snapshot.state = take_state(in, head.format);
  if (head.format > 1) head.snapshot.id_runs = take_runs(in);
  if (head.format > 2) {
    head.snapshot.topic_id = in.text();
    head.snapshot.last = take_last(in);
  }
  if (!in.ok() || in.remaining() != 0) return fail(ErrorKind::kCorrupt, "its head can not be read");
  return head;
}

}  // namespace playhead::pipeline
