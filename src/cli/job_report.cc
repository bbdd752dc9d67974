#include "cli/job_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace playhead::cli {
namespace {

std::string records_sentence(const stream::Tally& tally) {
  using stream::Disposition;
  const std::string gaps =
      tally.gaps > 0 ? fmt::format(" (of {} offsets, {} without a record)", grouped(tally.total() + tally.gaps), grouped(tally.gaps)) : "";
  return fmt::format("{} records read{} = {} on time + {} restated + {} late + {} duplicates + {} dead letters", grouped(tally.total()),
                     gaps, grouped(tally.of(Disposition::kOnTime)), grouped(tally.of(Disposition::kRestated)),
                     grouped(tally.of(Disposition::kLate)), grouped(tally.of(Disposition::kDuplicate)),
                     grouped(tally.of(Disposition::kDeadLetter)));
}

std::string plays_sentence(const pipeline::Ledger& ledger) {
  const stream::Tally tally = ledger.tally();
  return fmt::format("{} plays on time or restated {} {} published + {} in open windows ({} events are no plays)",
                     grouped(tally.plays_counted()), ledger.reconciles() ? "=" : "!=", grouped(ledger.published_plays),
                     grouped(ledger.open_plays), grouped(tally.no_plays));
}

}  // namespace

nlohmann::ordered_json json_of(const stream::Tally& tally) {
  nlohmann::ordered_json object = {{"read", tally.total()}};
  for (std::size_t i = stream::kDispositionCount; i-- > 0;) {
    object[std::string(stream::name_of(static_cast<stream::Disposition>(i)))] = tally.records[i];
  }
  object["no_plays"] = tally.no_plays;
  object["not_keyed_by_user"] = tally.not_keyed_by_user;
  object["gaps"] = tally.gaps;
  object["skipped"] = tally.skipped;
  object["resets"] = tally.resets;
  return object;
}

std::string text_of(const pipeline::Ledger& ledger) {
  return fmt::format("{}\n{}\nwatermark {}, published through {}", records_sentence(ledger.tally()), plays_sentence(ledger),
                     format_iso(ledger.job_watermark), format_iso(ledger.published_through));
}

namespace {

void say_rejected(const stream::Tally& tally, const std::string& rejects, Output& output) {
  using stream::Disposition;
  if (tally.of(Disposition::kLate) + tally.of(Disposition::kDuplicate) > 0)
    output.line(fmt::format("late events and duplicates: {}/late/*.parquet", rejects));
  if (tally.of(Disposition::kDeadLetter) > 0)
    output.line(fmt::format("dead letters: {}/dead_letters/*.parquet ('playhead deadletters show')", rejects));
}

// Of a process of a group that does not publish.
Status say_shared(const RunFacts& facts, const pipeline::Pipeline& pipeline, Context& context) {
  if (context.output.json()) {
    context.output.object({{"job", facts.job},
                           {"topic", facts.topic},
                           {"processed", facts.records},
                           {"seconds", facts.seconds},
                           {"replayed_epochs", pipeline.replayed_epochs()},
                           {"publishes", false}});
    return {};
  }
  context.output.line(fmt::format("{} records of {} processed in {}; another process of the group publishes what they came to",
                                  grouped(facts.records), facts.topic, seconds_text(facts.seconds)));
  return {};
}

}  // namespace

Status say_counted(const RunFacts& facts, pipeline::Pipeline& pipeline, Context& context) {
  if (!pipeline.commits()) return say_shared(facts, pipeline, context);
  const pipeline::Ledger& ledger = pipeline.ledger();
  TRY_ASSIGN(const std::uint64_t lag, pipeline.lag());
  if (context.output.json()) {
    context.output.object({{"job", facts.job},
                           {"topic", facts.topic},
                           {"output", facts.output},
                           {"lake", facts.lake},
                           {"rejected", facts.rejects},
                           {"processed", facts.records},
                           {"seconds", facts.seconds},
                           {"replayed_epochs", pipeline.replayed_epochs()},
                           {"notices", pipeline.notices()},
                           {"records", json_of(ledger.tally())},
                           {"plays_counted", ledger.tally().plays_counted()},
                           {"plays_published", ledger.published_plays},
                           {"plays_open", ledger.open_plays},
                           {"reconciles", ledger.reconciles()},
                           {"watermark", format_iso(ledger.job_watermark)},
                           {"lag", lag}});
  } else {
    context.output.line(fmt::format("{} records of {} counted in {}; since the job began:", grouped(facts.records), facts.topic,
                                    seconds_text(facts.seconds)));
    context.output.line(text_of(ledger));
    context.output.line(fmt::format("windows: {}/*.parquet", facts.output));
    if (!facts.lake.empty()) context.output.line(fmt::format("lake: {}/**/*.parquet", facts.lake));
    say_rejected(ledger.tally(), facts.rejects, context.output);
  }
  if (!ledger.reconciles()) return fail(ErrorKind::kCorrupt, "the counts of job " + facts.job + " do not reconcile");
  return {};
}

}  // namespace playhead::cli
