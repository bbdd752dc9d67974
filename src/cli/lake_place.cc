#include "cli/lake_place.h"

#include <algorithm>

#include "cli/output_owner.h"
#include "table/published_folder.h"

namespace playhead::cli {

std::string lake_folder(const Workspace& workspace, const std::string& topic) { return workspace.folder() + "/lake/" + topic; }
std::string rejects_folder(const Workspace& workspace, const std::string& job) { return workspace.folder() + "/rejected/" + job; }

Result<std::optional<LakeOwner>> lake_owner(Workspace& workspace, const std::string& topic) {
  const std::string folder = lake_folder(workspace, topic);
  TRY_ASSIGN(const auto manifest, table::PublishedFolder::newest(workspace.files(), folder));
  if (!manifest) return std::nullopt;
  auto owner = output_owner(manifest->owner);
  if (!owner) return fail(owner.error().kind, folder + ": " + owner.error().message);
  if (owner->as != OwnedAs::kLake) return fail(ErrorKind::kCorrupt, folder + " is no lake: its manifest says that it is another output");
  const bool padded = owner->layout == sink::name_of(sink::LakeLayout::kPadded);
  return LakeOwner{.job = std::move(owner->job), .layout = padded ? sink::LakeLayout::kPadded : sink::LakeLayout::kStreamify};
}

namespace {

Result<bool> holds_rows(Workspace& workspace, const std::string& topic) {
  const auto names = workspace.files().list(lake_folder(workspace, topic));
  if (!names && names.error().kind == ErrorKind::kNotFound) return false;
  if (!names) return std::unexpected(names.error());
  return std::ranges::any_of(*names, [](const std::string& name) { return name.starts_with("year="); });
}

}  // namespace

Result<LakeChoice> choose_lake(Workspace& workspace, const std::string& topic, const std::string& job, LakeWish wish,
                               std::optional<sink::LakeLayout> layout) {
  if (wish == LakeWish::kOff) return LakeChoice{};
  TRY_ASSIGN(const auto owner, lake_owner(workspace, topic));
  TRY_ASSIGN(const bool dropped, holds_rows(workspace, topic));
  if (!owner && dropped && wish == LakeWish::kAuto)
    return LakeChoice{.folder = {},
                      .note = lake_folder(workspace, topic) + " is left from a job that was dropped: this job counts without a lake"};
  const sink::LakeLayout wanted = layout.value_or(owner ? owner->layout : sink::LakeLayout::kPadded);
  if (!owner || owner->job == job) return LakeChoice{.folder = lake_folder(workspace, topic), .layout = wanted, .note = {}};
  const std::string whose = "the lake of topic " + topic + " belongs to job " + owner->job;
  if (wish == LakeWish::kOn) {
    return fail(ErrorKind::kInvalid, "--lake on: " + whose + ", and a lake has one writer: leave it to that job (--lake off)");
  }
  return LakeChoice{.folder = {}, .layout = wanted, .note = whose + ": this job counts without writing one"};
}

}  // namespace playhead::cli
