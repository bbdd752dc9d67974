#include "io/fault.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "io/posix.h"
#include "io/simulated.h"

namespace playhead::io {
namespace {

template <typename T>
ErrorKind kind_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "should have failed";
  return result ? ErrorKind::kInvalid : result.error().kind;
}

std::unique_ptr<FaultyFileSystem> faulty(std::string_view rules) {
  auto made = FaultyFileSystem::make(std::make_unique<SimulatedFileSystem>(), rules);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

TEST(Fault, GlobsMatchWholePaths) {
  EXPECT_TRUE(matches_glob("/a/b.parquet", "*.parquet"));
  EXPECT_TRUE(matches_glob("/a/b.parquet", "/a/?.parquet"));
  EXPECT_TRUE(matches_glob("abcabd", "*ab?"));
  EXPECT_TRUE(matches_glob("", "**"));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_TRUE(matches_glob("a*b", "a*b"));
  EXPECT_TRUE(matches_glob("mississippi", "m*iss*ip*i"));
  EXPECT_FALSE(matches_glob("mississippi", "m*iss*ix*"));
  EXPECT_FALSE(matches_glob("/a/b.parquet.new", "*.parquet"));
  EXPECT_FALSE(matches_glob("a", "?a"));
  EXPECT_FALSE(matches_glob("a", ""));
  EXPECT_FALSE(matches_glob("", "?"));
  EXPECT_FALSE(matches_glob(std::string(3'000, 'a'), "*a*a*a*a*a*a*a*a*b"));  // must end soon
}

TEST(Fault, RefusesRulesItCanNotRead) {
  for (const std::string rule :
       {"rename", "rename * 1", "rename * 1 kill now", "steal * 1 kill", "after- * 1 kill", "rename * 0 kill", "rename * + kill",
        "rename * one kill", "rename * 1x kill", "rename * -1 kill", "rename * 1 explode", "rename * 99999999999999999999 kill"}) {
    const auto made = FaultyFileSystem::make(std::make_unique<SimulatedFileSystem>(), "write a 1 kill; " + rule);
    ASSERT_FALSE(made) << rule;
    EXPECT_EQ(made.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(made.error().message.find(rule), std::string::npos) << made.error().message;
  }
}

TEST(Fault, WithoutRulesItChangesNothing) {
  const auto files = faulty(" ;; ");
  EXPECT_TRUE(files->make_folders("/d"));
  EXPECT_TRUE(create_file(*files, "/d/a", "/d/a.new", "1"));
  EXPECT_TRUE(replace_file(*files, "/d/a", "22"));
  EXPECT_EQ(read_file(*files, "/d/a", 9).value(), "22");
  EXPECT_TRUE(files->remove_all("/d"));
  EXPECT_FALSE(files->exists("/d").value());
}

TEST(Fault, FailsTheNamedTimeOnly) {
  const auto files = faulty("write *.log 2 no-space; sync *.log 2+ io-error");
  const auto file = *files->open("/a.log", Open::kCreate);
  const auto other = *files->open("/a.txt", Open::kCreate);
  EXPECT_TRUE(file->write_at(0, "1"));
  EXPECT_TRUE(other->write_at(0, "1"));
  EXPECT_EQ(kind_of(file->write_at(1, "2")), ErrorKind::kLimit);
  EXPECT_TRUE(file->write_at(1, "3"));
  EXPECT_EQ(read_file(*files, "/a.log", 9).value(), "13");
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(kind_of(file->sync()), ErrorKind::kIo);
  EXPECT_EQ(kind_of(file->sync()), ErrorKind::kIo);
}

TEST(Fault, KnowsEveryOperation) {
  const auto fails_once = [](const std::string& operation, const std::function<Status(FileSystem&)>& call) {
    const auto files = faulty(operation + " /d*a 1 io-error");
    ASSERT_TRUE(files->make_folders("/d/a"));
    ASSERT_TRUE(files->make_folders("/d/full/a"));
    EXPECT_EQ(kind_of(call(*files)), ErrorKind::kIo) << operation;
    EXPECT_TRUE(call(*files)) << operation;
  };
  const auto opened = [](FileSystem& files) { return *files.open("/d/b.a", Open::kCreate); };
  fails_once("open", [](FileSystem& files) -> Status {
    TRY(files.open("/d/b.a", Open::kCreate));
    return {};
  });
  fails_once("write", [&](FileSystem& files) { return opened(files)->write_at(0, "x"); });
  fails_once("truncate", [&](FileSystem& files) { return opened(files)->truncate(0); });
  fails_once("sync", [&](FileSystem& files) { return opened(files)->sync(); });
  fails_once("rename", [](FileSystem& files) { return files.rename("/d/full", "/d/a"); });
  fails_once("rename", [](FileSystem& files) { return files.rename("/d/a", "/d/b"); });
  fails_once("create", [](FileSystem& files) { return files.rename_if_absent("/d/a", "/d/b"); });
  fails_once("exchange", [](FileSystem& files) { return files.exchange("/d/a", "/d/full"); });
  fails_once("link", [&](FileSystem& files) -> Status {
    opened(files);
    return files.link("/d/b.a", "/d/c");
  });
  fails_once("remove", [](FileSystem& files) { return files.remove("/d/a"); });
  fails_once("remove", [](FileSystem& files) { return files.remove_all("/d/full/a"); });
  fails_once("sync-folder", [](FileSystem& files) { return files.sync_folder("/d/a"); });
}

TEST(Fault, AfterMeansThatItWasDone) {
  const auto files = faulty("after-create * 1 io-error; create * 2 no-space");
  ASSERT_TRUE(write_file_synced(*files, "/1", ""));
  EXPECT_EQ(kind_of(files->rename_if_absent("/1", "/2")), ErrorKind::kIo);
  EXPECT_TRUE(files->exists("/2").value());
  EXPECT_EQ(kind_of(files->rename_if_absent("/2", "/3")), ErrorKind::kLimit);
  EXPECT_TRUE(files->exists("/2").value());
}

class FaultProcess : public testing::Test {
 protected:
  FaultProcess() {
    std::string folder = testing::TempDir() + "playhead-fault-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~FaultProcess() override { EXPECT_TRUE(files_->remove_all(folder_)); }

  // Runs replace_file under the rules in a child.
  pid_t start(std::string_view rules) {
    const pid_t child = fork();
    if (child != 0) return child;
    const auto files = FaultyFileSystem::make(make_posix(), rules);
    _exit(files && replace_file(**files, join(folder_, "a"), "bytes") ? 0 : 1);
  }

  std::unique_ptr<FileSystem> files_ = make_posix();
  std::string folder_;
};

TEST_F(FaultProcess, KillsBeforeOrAfterTheRename) {
  int status = 0;
  ASSERT_EQ(waitpid(start("rename */a 1 kill"), &status, 0) > 0, true);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_EQ(files_->list(folder_).value(), std::vector<std::string>{"a.new"});
  ASSERT_EQ(waitpid(start("after-rename */a 1 kill"), &status, 0) > 0, true);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(files_->list(folder_).value(), std::vector<std::string>{"a"});
}

TEST_F(FaultProcess, StopsUntilContinued) {
  const pid_t child = start("rename */a 1 stop");
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(files_->list(folder_).value(), std::vector<std::string>{"a.new"});
  ASSERT_EQ(kill(child, SIGCONT), 0);
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(files_->list(folder_).value(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace playhead::io
