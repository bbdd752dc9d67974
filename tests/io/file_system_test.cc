// The contract of io/file_system.h, held against both file systems; and the free functions over them.
#include "io/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "io/fault.h"
#include "io/posix.h"
#include "io/simulated.h"

namespace playhead::io {
namespace {

using Names = std::vector<std::string>;

struct Kind {
  const char* name;
  std::function<std::unique_ptr<FileSystem>()> make;
};

class FileSystemTest : public testing::TestWithParam<Kind> {
 protected:
  FileSystemTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "playhead-io-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    EXPECT_TRUE(files_->make_folders(folder_));
  }
  ~FileSystemTest() override { std::filesystem::remove_all(folder_); }

  std::string at(std::string_view name) const { return join(folder_, name); }
  void write(const std::string& name, std::string_view bytes) { ASSERT_TRUE(write_file_synced(*files_, at(name), bytes)); }
  std::string read(const std::string& name) { return read_file(*files_, at(name), 1 << 20).value_or("(unreadable)"); }
  Names list(const std::string& name = ".") { return files_->list(at(name)).value_or(Names{"(unreadable)"}); }

  std::unique_ptr<FileSystem> files_ = GetParam().make();
  std::string folder_;
};

template <typename T>
ErrorKind kind_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "should have failed";
  return result ? ErrorKind::kInvalid : result.error().kind;
}

INSTANTIATE_TEST_SUITE_P(Both, FileSystemTest,
                         testing::Values(Kind{"posix", make_posix},
                                         Kind{"simulated", [] { return std::make_unique<SimulatedFileSystem>(); }}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(FileSystemTest, ReadsWhatWasWrittenAndZerosInHoles) {
  const auto file = *files_->open(at("a"), Open::kCreateNew);
  EXPECT_TRUE(file->write_at(2, "cd"));
  EXPECT_TRUE(file->write_at(6, "gh"));
  EXPECT_EQ(file->size().value(), 8u);
  std::string bytes = "rest of an earlier read";
  EXPECT_TRUE(file->read_at(0, 100, bytes));
  EXPECT_EQ(bytes, std::string("\0\0cd\0\0gh", 8));
  EXPECT_TRUE(file->read_at(3, 4, bytes));
  EXPECT_EQ(bytes, std::string("d\0\0g", 4));
  EXPECT_TRUE(file->read_at(8, 4, bytes));
  EXPECT_EQ(bytes, "");
  EXPECT_TRUE(file->read_at(9'000, 4, bytes));
  EXPECT_EQ(bytes, "");
}

TEST_P(FileSystemTest, ReadsNoMoreThanIsAskedForHoweverTheStringGrows) {
  write("a", std::string(5'000, 'x'));
  const auto file = *files_->open(at("a"), Open::kRead);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes;
    EXPECT_TRUE(file->read_at(0, length, bytes));
    ASSERT_EQ(bytes.size(), length);
  }
}

TEST_P(FileSystemTest, TruncateCutsAndExtends) {
  const auto file = *files_->open(at("a"), Open::kCreate);
  EXPECT_TRUE(file->write_at(0, "abcdef"));
  EXPECT_TRUE(file->truncate(2));
  EXPECT_TRUE(file->truncate(4));
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(read("a"), std::string("ab\0\0", 4));
}

TEST_P(FileSystemTest, OpensAsTheModeSays) {
  EXPECT_EQ(kind_of(files_->open(at("a"), Open::kRead)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->open(at("a"), Open::kWrite)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->open(at("no/a"), Open::kCreate)), ErrorKind::kNotFound);
  write("a", "old");
  EXPECT_EQ(kind_of(files_->open(at("a"), Open::kCreateNew)), ErrorKind::kExists);
  EXPECT_TRUE(files_->open(at("a"), Open::kCreate).value()->write_at(3, "er"));
  EXPECT_EQ(read("a"), "older");
  EXPECT_EQ(kind_of(files_->open(at("a"), Open::kRead).value()->write_at(0, "x")), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files_->open(folder_, Open::kRead)), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files_->open(at("a/b"), Open::kCreate)), ErrorKind::kIo);
}

TEST_P(FileSystemTest, MessagesNameThePath) {
  const auto file = files_->open(at("nowhere"), Open::kRead);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find(at("nowhere")), std::string::npos) << file.error().message;
}

TEST_P(FileSystemTest, TwoHandlesSeeOneFile) {
  const auto writer = *files_->open(at("a"), Open::kCreate);
  const auto reader = *files_->open(at("a"), Open::kRead);
  EXPECT_TRUE(writer->write_at(0, "seen before any sync"));
  std::string bytes;
  EXPECT_TRUE(reader->read_at(5, 6, bytes));
  EXPECT_EQ(bytes, "before");
}

TEST_P(FileSystemTest, MakesAndListsFolders) {
  EXPECT_TRUE(files_->make_folders(at("x/y//z/")));
  EXPECT_TRUE(files_->make_folders(at("x/y/z")));
  write("x/b", "");
  write("x/a", "");
  EXPECT_EQ(list("x"), (Names{"a", "b", "y"}));
  EXPECT_EQ(list("x/y/z"), Names{});
  EXPECT_EQ(kind_of(files_->list(at("x/no"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->list(at("x/a"))), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files_->make_folders(at("x/a"))), ErrorKind::kExists);
  EXPECT_TRUE(files_->exists(at("x/y")).value());
  EXPECT_TRUE(files_->exists(at("x/a")).value());
  EXPECT_FALSE(files_->exists(at("x/no")).value());
  EXPECT_FALSE(files_->exists(at("x/a/no")).value());
  EXPECT_FALSE(files_->exists(at("no/no")).value());
}

TEST_P(FileSystemTest, RenameReplaces) {
  write("a", "new");
  write("b", "old");
  EXPECT_TRUE(files_->rename(at("a"), at("b")));
  EXPECT_EQ(list(), Names{"b"});
  EXPECT_EQ(read("b"), "new");
  EXPECT_TRUE(files_->rename(at("b"), at("b")));
  EXPECT_EQ(read("b"), "new");
  EXPECT_EQ(kind_of(files_->rename(at("a"), at("b"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->rename(at("b"), at("no/b"))), ErrorKind::kNotFound);
  EXPECT_EQ(read("b"), "new");
}

TEST_P(FileSystemTest, RenameMovesFoldersWithAllThatIsInThem) {
  EXPECT_TRUE(files_->make_folders(at("x/y")));
  EXPECT_TRUE(files_->make_folders(at("full/y")));
  write("x/y/a", "1");
  EXPECT_TRUE(files_->rename(at("x"), at("z")));
  EXPECT_EQ(read("z/y/a"), "1");
  EXPECT_EQ(list(), (Names{"full", "z"}));
  EXPECT_EQ(kind_of(files_->rename(at("z"), at("full"))), ErrorKind::kExists);
  EXPECT_EQ(kind_of(files_->rename(at("z"), at("z/y/z"))), ErrorKind::kIo);
  write("file", "");
  EXPECT_EQ(kind_of(files_->rename(at("file"), at("z"))), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files_->rename(at("z"), at("file"))), ErrorKind::kIo);
}

TEST_P(FileSystemTest, RenameIfAbsentGivesANameOnce) {
  write("1", "first");
  write("2", "second");
  EXPECT_TRUE(files_->rename_if_absent(at("1"), at("name")));
  EXPECT_EQ(kind_of(files_->rename_if_absent(at("2"), at("name"))), ErrorKind::kExists);
  EXPECT_EQ(kind_of(files_->rename_if_absent(at("2"), at("2"))), ErrorKind::kExists);
  EXPECT_EQ(kind_of(files_->rename_if_absent(at("3"), at("free"))), ErrorKind::kNotFound);
  EXPECT_EQ(read("name"), "first");
  EXPECT_EQ(list(), (Names{"2", "name"}));
}

TEST_P(FileSystemTest, ExchangeGivesEachThePlaceOfTheOther) {
  EXPECT_TRUE(files_->make_folders(at("x/deep")));
  EXPECT_TRUE(files_->make_folders(at("y")));
  write("x/a", "1");
  write("x/deep/b", "2");
  write("y/c", "3");
  EXPECT_TRUE(files_->exchange(at("x"), at("y")));
  EXPECT_EQ(list("x"), Names{"c"});
  EXPECT_EQ(list("y"), (Names{"a", "deep"}));
  EXPECT_EQ(read("y/deep/b"), "2");
  EXPECT_TRUE(files_->exchange(at("x/c"), at("y/a")));
  EXPECT_EQ(read("x/c"), "1");
  EXPECT_EQ(read("y/a"), "3");
  EXPECT_TRUE(files_->exchange(at("x/c"), at("x/c")));
  EXPECT_EQ(kind_of(files_->exchange(at("x"), at("no"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->exchange(at("no"), at("x"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->exchange(at("y"), at("y/deep"))), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of(files_->exchange(at("y/deep"), at("y"))), ErrorKind::kInvalid);
  EXPECT_EQ(read("y/deep/b"), "2");
}

TEST_P(FileSystemTest, LinkGivesAFileAnotherName) {
  write("a", "bytes");
  write("taken", "other");
  EXPECT_TRUE(files_->make_folders(at("x")));
  EXPECT_TRUE(files_->link(at("a"), at("x/b")));
  EXPECT_TRUE(files_->remove(at("a")));
  EXPECT_EQ(read("x/b"), "bytes");
  EXPECT_EQ(kind_of(files_->link(at("x/b"), at("taken"))), ErrorKind::kExists);
  EXPECT_EQ(kind_of(files_->link(at("no"), at("c"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->link(at("x"), at("c"))), ErrorKind::kInvalid);
  EXPECT_EQ(list(), (Names{"taken", "x"}));
}

TEST_P(FileSystemTest, RemovesFilesAndEmptyFolders) {
  EXPECT_TRUE(files_->make_folders(at("x/y")));
  write("x/a", "1");
  EXPECT_EQ(kind_of(files_->remove(at("x"))), ErrorKind::kExists);
  EXPECT_TRUE(files_->remove(at("x/a")));
  EXPECT_EQ(kind_of(files_->remove(at("x/a"))), ErrorKind::kNotFound);
  EXPECT_TRUE(files_->remove(at("x/y")));
  EXPECT_TRUE(files_->remove(at("x")));
  EXPECT_EQ(list(), Names{});
}

TEST_P(FileSystemTest, RemoveAllTakesEverythingBelow) {
  EXPECT_TRUE(files_->make_folders(at("x/y/z")));
  write("x/a", "1");
  write("x/y/b", "2");
  write("beside", "3");
  EXPECT_TRUE(files_->remove_all(at("x")));
  EXPECT_TRUE(files_->remove_all(at("x")));
  EXPECT_EQ(list(), Names{"beside"});
}

TEST_P(FileSystemTest, AHandleOutlivesTheNameOfItsFile) {
  const auto file = *files_->open(at("a"), Open::kCreate);
  EXPECT_TRUE(file->write_at(0, "kept"));
  EXPECT_TRUE(files_->remove(at("a")));
  write("a", "another");
  EXPECT_TRUE(file->write_at(4, " open"));
  EXPECT_TRUE(file->sync());
  std::string bytes;
  EXPECT_TRUE(file->read_at(0, 100, bytes));
  EXPECT_EQ(bytes, "kept open");
  EXPECT_EQ(read("a"), "another");
}

TEST_P(FileSystemTest, SyncFolderNeedsAFolder) {
  write("a", "");
  EXPECT_TRUE(files_->sync_folder(folder_));
  EXPECT_EQ(kind_of(files_->sync_folder(at("no"))), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(files_->sync_folder(at("a"))), ErrorKind::kIo);
}

TEST_P(FileSystemTest, LocksExcludeEachOtherInOneProcess) {
  const auto one = *files_->open_lock(at("lock"));
  {
    const auto two = *files_->open_lock(at("lock"));
    EXPECT_TRUE(two->try_acquire().value());
    EXPECT_TRUE(two->try_acquire().value());  // held by itself already
    EXPECT_FALSE(one->try_acquire().value());
    two->release();
    EXPECT_TRUE(one->try_acquire().value());
    EXPECT_FALSE(two->try_acquire().value());
    one->release();
    EXPECT_TRUE(two->acquire());
    EXPECT_FALSE(one->try_acquire().value());
    one->release();  // not the holder: changes nothing
    EXPECT_FALSE(one->try_acquire().value());
  }
  EXPECT_TRUE(one->acquire());
  const auto other = *files_->open_lock(at("other"));
  EXPECT_TRUE(other->try_acquire().value());
}

TEST_P(FileSystemTest, AWatchSeesAWriteOnce) {
  const auto file = *files_->open(at("a"), Open::kCreate);
  write("b", "");
  const auto watch = *files_->watch({at("a"), at("b")});
  EXPECT_FALSE(watch->wait(Duration{0}).value());
  EXPECT_TRUE(file->write_at(0, "x"));
  EXPECT_TRUE(watch->wait(Duration{0}).value());
  EXPECT_FALSE(watch->wait(Duration{0}).value());
  EXPECT_TRUE(file->truncate(0));
  EXPECT_TRUE(watch->wait(Duration{0}).value());
  EXPECT_EQ(kind_of(files_->watch({at("no")})), ErrorKind::kNotFound);
}

TEST_P(FileSystemTest, KnowsItsFreeBytes) {
  EXPECT_GT(files_->free_bytes(folder_).value(), 0u);
  EXPECT_EQ(kind_of(files_->free_bytes(at("no"))), ErrorKind::kNotFound);
}

TEST_P(FileSystemTest, ReadFileHasALimit) {
  write("a", "12345");
  EXPECT_EQ(read_file(*files_, at("a"), 5).value(), "12345");
  EXPECT_EQ(kind_of(read_file(*files_, at("a"), 4)), ErrorKind::kLimit);
  EXPECT_EQ(kind_of(read_file(*files_, at("no"), 4)), ErrorKind::kNotFound);
}

TEST_P(FileSystemTest, WriteFileSyncedLeavesNothingOfAnOlderFile) {
  write("a", "a long older text");
  write("a", "new");
  EXPECT_EQ(read("a"), "new");
}

TEST_P(FileSystemTest, ReplaceFileLeavesOnlyTheFile) {
  EXPECT_TRUE(replace_file(*files_, at("a"), "1"));
  EXPECT_TRUE(replace_file(*files_, at("a"), "22"));
  EXPECT_EQ(read("a"), "22");
  EXPECT_EQ(list(), Names{"a"});
}

TEST_P(FileSystemTest, CreateFileChangesNothingWhereTheNameIsTaken) {
  EXPECT_TRUE(create_file(*files_, at("a"), at("a.1"), "1"));
  EXPECT_EQ(kind_of(create_file(*files_, at("a"), at("a.2"), "22")), ErrorKind::kExists);
  EXPECT_EQ(read("a"), "1");
  EXPECT_EQ(list(), Names{"a"});
}

TEST_P(FileSystemTest, AFailedPublicationLeavesNoTemporaryAndTellsTheFirstError) {
  const char* rules[] = {"write *.new 1 no-space", "sync *.new 1 no-space", "rename *.new 1 no-space", "create *.new 1 no-space"};
  for (std::size_t i = 0; i < std::size(rules); ++i) {
    const auto faulty = *FaultyFileSystem::make(std::exchange(files_, nullptr), std::string(rules[i]) + "; remove * 2 io-error");
    const bool creates = std::string_view(rules[i]).starts_with("create");
    const auto publish = [&] {
      return creates ? create_file(*faulty, at("a"), at("a.new"), "bytes") : replace_file(*faulty, at("a"), "bytes");
    };
    EXPECT_EQ(kind_of(publish()), ErrorKind::kLimit) << rules[i];
    EXPECT_EQ(faulty->list(folder_).value(), Names{}) << rules[i];
    EXPECT_TRUE(publish()) << rules[i];
    EXPECT_EQ(read_file(*faulty, at("a"), 100).value(), "bytes") << rules[i];
    files_ = GetParam().make();
    std::filesystem::remove(at("a"));
    EXPECT_TRUE(files_->make_folders(folder_));
  }
}

TEST_P(FileSystemTest, ATemporaryThatWillNotGoDoesNotHideTheFirstError) {
  const auto faulty = *FaultyFileSystem::make(std::exchange(files_, nullptr), "rename * 1 no-space; remove * 1 io-error");
  EXPECT_EQ(kind_of(replace_file(*faulty, at("a"), "bytes")), ErrorKind::kLimit);
  EXPECT_EQ(faulty->list(folder_).value(), Names{"a.new"});
}

}  // namespace
}  // namespace playhead::io
