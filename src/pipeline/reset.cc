#include "pipeline/reset.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace playhead::pipeline {
namespace {

constexpr std::string_view kOffsetsPrefix = "offsets:";

std::unexpected<Error> bad_form(std::string_view text) {
  return fail(ErrorKind::kInvalid,
              "'" + std::string(text) + "': write earliest, latest, a time such as 2026-03-01T00:00:00Z, or offsets:0=123,1=456");
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Result<ResetTo> parse_offsets(std::string_view text) {
  ResetTo to{.place = ResetTo::Place::kOffsets};
  for (std::string_view rest = text.substr(kOffsetsPrefix.size()); !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view pair = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const std::size_t sign = pair.find('=');
    if (sign == std::string_view::npos) return bad_form(text);
    const auto partition = number_of<std::uint32_t>(pair.substr(0, sign));
    const auto offset = number_of<std::uint64_t>(pair.substr(sign + 1));
    if (!partition || !offset || !to.offsets.emplace(*partition, Offset{*offset}).second) return bad_form(text);
  }
  if (to.offsets.empty()) return bad_form(text);
  return to;
}

std::string text_of(Offset offset) { return std::to_string(offset.value); }

// Whether the records below what was processed may be others than those that were.
bool may_go_back(Loss loss) { return loss == Loss::kOtherTopic || loss == Loss::kOtherRecords || loss == Loss::kAboveEnd; }

Result<Offset> target_of(log::Reader& reader, Partition partition, const ResetTo& to, Loss loss, const Standing& standing,
                         const OffsetRange& kept) {
  const Offset oldest = loss == Loss::kBelowStart ? std::max(kept.start, standing.next) : kept.start;
  switch (to.place) {
    case ResetTo::Place::kEarliest: return oldest;
    case ResetTo::Place::kLatest: return kept.end;
    case ResetTo::Place::kTime: {
      TRY_ASSIGN(const Offset found, reader.offset_at(partition, to.time));
      return std::max(found, oldest);
    }
    case ResetTo::Place::kOffsets: break;
  }
  const auto named = to.offsets.find(partition.value);
  if (named != to.offsets.end()) return named->second;
  return fail(ErrorKind::kInvalid, "it has lost records too, and no offset is named for it");
}

Status check_target(Offset target, const ResetTo& to, Loss loss, const Standing& standing, const OffsetRange& kept) {
  if (target < kept.start || target > kept.end) {
    return fail(ErrorKind::kInvalid,
                "offset " + text_of(target) + " is not there: the log holds " + text_of(kept.start) + " to " + text_of(kept.end));
  }
  if (target >= standing.next || loss == Loss::kOtherTopic) return {};
  if (!may_go_back(loss))
    return fail(ErrorKind::kInvalid, "the records from " + text_of(target) + " to " + text_of(standing.next) + " are counted already");
  if (to.place != ResetTo::Place::kEarliest) return {};
  return fail(ErrorKind::kInvalid,
              "the log was not made anew as a topic, so some of its records may be counted already: go on with latest, a "
              "time, or the first offset that is not (offsets:PARTITION=OFFSET)");
}

}  // namespace

Result<ResetTo> parse_reset(std::string_view text) {
  if (text == "earliest") return ResetTo{.place = ResetTo::Place::kEarliest};
  if (text == "latest") return ResetTo{.place = ResetTo::Place::kLatest};
  if (text.starts_with(kOffsetsPrefix)) return parse_offsets(text);
  const auto time = parse_iso(text);
  if (!time) return bad_form(text);
  return ResetTo{.place = ResetTo::Place::kTime, .time = time->time};
}

Result<ResetPlan> plan_reset(log::Reader& reader, Partition partition, const ResetTo& to, Loss loss, const Standing& standing) {
  const std::string where = "--reset-to, " + reader.topic().options.name + "/" + std::to_string(partition.value) + ": ";
  TRY_ASSIGN(const OffsetRange kept, reader.range(partition));
  const auto target = target_of(reader, partition, to, loss, standing, kept);
  if (!target) return fail(target.error().kind, where + target.error().message);
  if (const Status fits = check_target(*target, to, loss, standing, kept); !fits)
    return fail(fits.error().kind, where + fits.error().message);
  // Of a topic that was made anew all is new; else what lies between.
  const Offset from = loss == Loss::kOtherTopic ? kept.start : std::min(standing.next, *target);
  return ResetPlan{.target = *target, .reset = {.loss = loss, .expected = standing.next, .skipped = target->value - from.value}};
}

}  // namespace playhead::pipeline
