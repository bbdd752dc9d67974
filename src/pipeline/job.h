// pipeline/job.h: what a job is, and how the stream works.
//
// JobIdentity is what may never change under a checkpoint and its output: another job's is refused. Only its topic may grow by partitions,
// and be made anew where the user says so (pipeline/reset.h); tables are owned by the job as it began. StreamOptions may change; they are
// written into each cut as text, so that an epoch is always replayed with the options it was cut with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/decoder.h"
#include "stream/watermark.h"

namespace playhead::pipeline {

struct JobIdentity {
  std::string job = "plays";
  std::string topic;
  std::string topic_id;
  std::uint32_t partitions = 1;
  event::Field key = event::Field::kGenre;  // windows count plays per value of this field
  Duration window = std::chrono::minutes{1};
  bool provisional = false;  // open windows are published too, marked in a column

  // The topic when the job began, where it was another one or had fewer partitions.
  struct Topic {
    std::string id;
    std::uint32_t partitions = 1;

    bool operator==(const Topic&) const = default;
  };
  std::optional<Topic> began = {};

  bool operator==(const JobIdentity&) const = default;
};

// Whose tables these are: the same for all of the job's life.
JobIdentity as_begun(JobIdentity identity);
std::string to_text(const JobIdentity& identity);
Result<JobIdentity> identity_from(std::string_view text);

struct StreamOptions {
  Duration disorder = std::chrono::seconds{10};
  Duration lateness = std::chrono::hours{1};
  Duration future = std::chrono::minutes{5};
  event::Dialect dialect = event::Dialect::kAuto;
  std::string time_zone = "UTC";  // of texts without a zone; an IANA name
  bool dedup = true;              // an event whose id was seen before is a duplicate; false: no id is looked up or remembered

  bool operator==(const StreamOptions&) const = default;
};

std::string to_text(const StreamOptions& options);
Result<StreamOptions> stream_options_from(std::string_view text);

stream::TimeRules time_rules(const JobIdentity& identity, const StreamOptions& options);

}  // namespace playhead::pipeline
