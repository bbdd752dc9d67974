#include "cli/job_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace playhead::cli {
namespace {

std::string records_sentence(const stream::Tally& tally) {
  using stream::Disposition;
  return fmt::format("{} records read = {} on time + {} restated + {} late + {} duplicates + {} dead letters", grouped(tally.total()),
                     grouped(tally.of(Disposition::kOnTime)), grouped(tally.of(Disposition::kRestated)),
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
  return object;
}

std::string text_of(const pipeline::Ledger& ledger) {
  return fmt::format("{}\n{}\nwatermark {}, published through {}", records_sentence(ledger.tally()), plays_sentence(ledger),
                     format_iso(ledger.job_watermark), format_iso(ledger.published_through));
}

Status say_counted(const RunFacts& facts, pipeline::Pipeline& pipeline, Context& context) {
  const pipeline::Ledger& ledger = pipeline.ledger();
  TRY_ASSIGN(const std::uint64_t lag, pipeline.lag());
  if (context.output.json()) {
    context.output.object({{"job", facts.job},
                           {"topic", facts.topic},
                           {"output", facts.output},
                           {"processed", facts.records},
                           {"seconds", facts.seconds},
                           {"replayed_epochs", pipeline.replayed_epochs()},
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
  }
  if (!ledger.reconciles()) return fail(ErrorKind::kCorrupt, "the counts of job " + facts.job + " do not reconcile");
  return {};
}

}  // namespace playhead::cli
