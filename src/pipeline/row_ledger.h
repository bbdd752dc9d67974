// pipeline/row_ledger.h: what a table of rows (the lake, the tables of late events and dead letters) has taken in, as the text that its
// own commit carries.
//
// Per partition the last epoch whose rows it holds, and which records those are: from `first`, where the table began, to below `next`, and
// before the job was reset (pipeline/reset.h) in `earlier` ranges, one for each reset since the table began; `gaps` of these offsets held
// no record any more when the rows were made. The text is JSON, so that scripts can read it in the manifest; equal ledgers are equal texts.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "io/file_system.h"

namespace playhead::pipeline {

struct RowLedgerPartition {
  Epoch epoch;
  Offset first;
  Offset next;
  std::uint64_t gaps = 0;
  std::uint64_t resets = 0;  // of the partition so far, since the job began
  std::vector<OffsetRange> earlier = {};
  WriterEpoch writer;  // of the partition's journal, when the rows came in

  std::uint64_t records() const;  // of all ranges
  // From here on offsets of another stretch are taken in.
  void begin_again(std::uint64_t resets_now, Offset at);
  bool operator==(const RowLedgerPartition&) const = default;
};
using RowLedger = std::vector<RowLedgerPartition>;

std::string to_text(const RowLedger& ledger);
Result<RowLedger> row_ledger_from(std::string_view text);  // "null": an empty one. kCorrupt
// Of the newest commit of the table in `folder`; an empty one where there is none.
Result<RowLedger> committed_row_ledger(io::FileSystem& files, const std::string& folder);

}  // namespace playhead::pipeline
