// pipeline/diagnosis.h: is what is on disk sound? Looks, changes nothing, and says what a person can do.
//
// diagnose_topic() reads every record that the log has, so every checksum. diagnose_job() holds a job's journals, remembered ids, saved
// windows, the ledgers of its tables and the log against each other: a ledger may be neither ahead of the last cut nor behind the snapshot,
// and where both know an epoch they agree on its end. diagnose_folder() looks at a published folder: its newest manifest, the files of its
// last commit, the footer of every Parquet file, and what stopped writers left there. finish_folder() tidies that up.
//
// Limits:  of a damaged partition of a topic, the first damage is told. Parquet pages are read by reconciliation.h, not here.
// Memory:  one batch of records; the journals of a job. Threads: one; a stream may be running.
// Fails:   never: what can not be read is a finding. finish_folder() as table::PublishedFolder::claim.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "log/log.h"
#include "pipeline/job.h"

namespace playhead::pipeline {

struct Finding {
  std::string check;      // "log", "clock", "journal", "ledger", "folder", ...
  std::string subject;    // the topic, partition, file or folder
  std::string message;    // what is wrong
  std::string remedy;     // what to do; empty where the message says it
  bool harmless = false;  // a leftover: nothing is lost or wrong

  bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

// `read` is told how many records came in each time, and says whether to go on.
Findings diagnose_topic(log::Log& log, const std::string& topic, Timestamp now, const std::function<bool(std::uint64_t)>& read);

struct JobFolders {
  std::string checkpoint;
  std::string windows;
  std::string rejects;
  std::string lake;  // empty: none
};
Findings diagnose_job(io::FileSystem& files, log::Log& log, const JobIdentity& identity, const JobFolders& folders, Timestamp now);

Findings diagnose_folder(io::FileSystem& files, const std::string& folder);
// Gives the files of the last commit their names, and clears away what stopped writers left, by a claim of its owner. Only while
// nobody writes there: a running writer would be fenced. Deletes no rows: nothing that is committed.
Status finish_folder(io::FileSystem& files, const std::string& folder);

}  // namespace playhead::pipeline
