#include "io/simulated.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace playhead::io {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t kSeeds = 400;

template <typename T>
ErrorKind kind_of(const Result<T>& result) {
  EXPECT_FALSE(result) << "should have failed";
  return result ? ErrorKind::kInvalid : result.error().kind;
}

std::string content(FileSystem& files, const std::string& path) { return read_file(files, path, 1 << 20).value_or("(absent)"); }

// All that can be found after a crash, over many seeds: what `look` says, after `act` on a fresh disk.
std::set<std::string> outcomes(const std::function<void(SimulatedFileSystem&)>& act, const std::function<std::string(FileSystem&)>& look) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SimulatedFileSystem files;
    act(files);
    Random random(seed);
    files.crash(random);
    seen.insert(look(files));
  }
  return seen;
}

std::function<std::string(FileSystem&)> names_in(const std::vector<std::string>& folders) {
  return [folders](FileSystem& files) {
    std::string text;
    for (const auto& folder : folders) {
      for (const auto& name : files.list(folder).value_or(Names{})) text += join(folder, name) + " ";
    }
    return text;
  };
}

void make_durable(FileSystem& files, const std::string& folder, const std::string& name, std::string_view bytes) {
  ASSERT_TRUE(files.make_folders(folder));
  ASSERT_TRUE(write_file_synced(files, join(folder, name), bytes));
  ASSERT_TRUE(files.sync_folder(folder));
}

TEST(Simulated, KeepsWhatWasSynced) {
  const auto seen = outcomes([](auto& files) { make_durable(files, "/deep/folder", "a", "bytes"); },
                             [](auto& files) { return content(files, "/deep/folder/a"); });
  EXPECT_EQ(seen, std::set<std::string>{"bytes"});
}

TEST(Simulated, LosesANameWhoseFolderWasNotSynced) {
  const auto seen =
      outcomes([](auto& files) { ASSERT_TRUE(write_file_synced(files, "/a", "bytes")); }, [](auto& files) { return content(files, "/a"); });
  EXPECT_EQ(seen, (std::set<std::string>{"(absent)", "bytes"}));
}

TEST(Simulated, LosesAFolderWithAllThatIsInItWhenItsOwnNameWasNotSynced) {
  const auto act = [](auto& files) {
    make_durable(files, "/x", "a", "bytes");
    ASSERT_TRUE(files.rename("/x", "/y"));
    make_durable(files, "/y", "b", "");  // syncs the root too
    ASSERT_TRUE(files.rename("/y", "/z"));
    ASSERT_TRUE(files.sync_folder("/z"));
  };
  EXPECT_EQ(outcomes(act, names_in({"/x", "/y", "/z"})), (std::set<std::string>{"/y/a /y/b ", "/z/a /z/b "}));
}

TEST(Simulated, UnsyncedBytesAreKeptLostTornOrZeros) {
  const auto act = [](auto& files) {
    make_durable(files, "/d", "a", "safe");
    const auto file = *files.open("/d/a", Open::kWrite);
    ASSERT_TRUE(file->write_at(4, "ABC"));
  };
  const auto seen = outcomes(act, [](auto& files) { return content(files, "/d/a"); });
  for (const auto& bytes : seen) EXPECT_TRUE(bytes.starts_with("safe")) << bytes;
  for (const auto& bytes : {std::string("safe"), std::string("safeABC"), std::string("safeAB"), std::string("safe\0\0\0", 7),
                            std::string("safeA\0\0", 7), std::string("safe\0BC", 7)}) {
    EXPECT_TRUE(seen.contains(bytes)) << bytes;
  }
}

TEST(Simulated, UnsyncedWritesAreLostOneByOne) {
  const auto act = [](auto& files) {
    make_durable(files, "/d", "a", "....");
    const auto file = *files.open("/d/a", Open::kWrite);
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(file->write_at(i, "x"));
  };
  const auto seen = outcomes(act, [](auto& files) { return content(files, "/d/a"); });
  EXPECT_EQ(seen.size(), 16u);
}

TEST(Simulated, ATruncateIsKeptOrLost) {
  const auto act = [](auto& files) {
    make_durable(files, "/d", "a", "12345");
    ASSERT_TRUE(files.open("/d/a", Open::kWrite).value()->truncate(2));
  };
  EXPECT_EQ(outcomes(act, [](auto& files) { return content(files, "/d/a"); }), (std::set<std::string>{"12", "12345"}));
}

TEST(Simulated, ASyncCoversOnlyWhatWasWrittenBefore) {
  const auto act = [](auto& files) {
    make_durable(files, "/d", "a", "");
    const auto file = *files.open("/d/a", Open::kWrite);
    ASSERT_TRUE(file->write_at(0, "1"));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->write_at(0, "2"));
  };
  EXPECT_EQ(outcomes(act, [](auto& files) { return content(files, "/d/a"); }), (std::set<std::string>{"1", "2"}));
}

TEST(Simulated, ARenameIsWhole) {
  const auto act = [](auto& files) {
    make_durable(files, "/from", "a", "1");
    ASSERT_TRUE(files.make_folders("/to"));
    ASSERT_TRUE(files.rename("/from/a", "/to/b"));
  };
  EXPECT_EQ(outcomes(act, names_in({"/from", "/to"})), (std::set<std::string>{"/from/a ", "/to/b "}));
}

TEST(Simulated, ARenameIsDurableOnlyAfterBothFoldersWereSynced) {
  const auto act = [](const std::vector<std::string>& synced) {
    return [synced](SimulatedFileSystem& files) {
      make_durable(files, "/from", "a", "1");
      ASSERT_TRUE(files.make_folders("/to"));
      ASSERT_TRUE(files.rename("/from/a", "/to/b"));
      for (const auto& folder : synced) ASSERT_TRUE(files.sync_folder(folder));
    };
  };
  const std::set<std::string> either{"/from/a ", "/to/b "};
  EXPECT_EQ(outcomes(act({"/from"}), names_in({"/from", "/to"})), either);
  EXPECT_EQ(outcomes(act({"/to"}), names_in({"/from", "/to"})), either);
  EXPECT_EQ(outcomes(act({"/to", "/from"}), names_in({"/from", "/to"})), std::set<std::string>{"/to/b "});
}

TEST(Simulated, AnExchangeIsWholeAndDurableOnlyAfterBothFoldersWereSynced) {
  const auto act = [](const std::vector<std::string>& synced) {
    return [synced](SimulatedFileSystem& files) {
      make_durable(files, "/one/x", "a", "1");
      make_durable(files, "/two/y", "b", "2");
      ASSERT_TRUE(files.exchange("/one/x", "/two/y"));
      for (const auto& folder : synced) ASSERT_TRUE(files.sync_folder(folder));
    };
  };
  const auto look = names_in({"/one/x", "/two/y"});
  const std::string before = "/one/x/a /two/y/b ";
  const std::string after = "/one/x/b /two/y/a ";
  EXPECT_EQ(outcomes(act({}), look), (std::set<std::string>{before, after}));
  EXPECT_EQ(outcomes(act({"/one"}), look), (std::set<std::string>{before, after}));
  EXPECT_EQ(outcomes(act({"/two"}), look), (std::set<std::string>{before, after}));
  EXPECT_EQ(outcomes(act({"/two", "/one"}), look), std::set<std::string>{after});
}

TEST(Simulated, WhatIsRemovedAfterAnExchangeThatWasNotSyncedMayBeMissingWhereItWasBefore) {
  const auto act = [](SimulatedFileSystem& files) {
    make_durable(files, "/one/x", "a", "1");
    make_durable(files, "/two/y", "b", "2");
    ASSERT_TRUE(files.exchange("/one/x", "/two/y"));
    ASSERT_TRUE(files.remove("/two/y/a"));
  };
  EXPECT_TRUE(outcomes(act, names_in({"/one/x", "/two/y"})).contains("/two/y/b "));
}

TEST(Simulated, AnExchangeThatIsKeptKeepsTheRenamesBeforeIt) {
  const auto act = [](SimulatedFileSystem& files) {
    make_durable(files, "/x", "a", "1");
    make_durable(files, "/y", "b", "2");
    ASSERT_TRUE(files.rename("/y", "/z"));
    ASSERT_TRUE(files.exchange("/x", "/z"));
  };
  const auto look = names_in({"/x", "/y", "/z"});
  EXPECT_EQ(outcomes(act, look), (std::set<std::string>{"/x/a /y/b ", "/x/a /z/b ", "/x/b /z/a "}));
}

TEST(Simulated, ALinkedFileIsOneFileAndCountsOnce) {
  SimulatedFileSystem files;
  make_durable(files, "/d", "a", "12345");
  const std::uint64_t free = files.free_bytes("/").value();
  ASSERT_TRUE(files.link("/d/a", "/d/b"));
  EXPECT_EQ(files.free_bytes("/").value(), free);
  ASSERT_TRUE(files.open("/d/b", Open::kWrite).value()->write_at(5, "6"));
  EXPECT_EQ(content(files, "/d/a"), "123456");
  ASSERT_TRUE(files.open("/d/b", Open::kWrite).value()->sync());
  ASSERT_TRUE(files.sync_folder("/d"));
  Random random(1);
  files.crash(random);
  EXPECT_EQ(content(files, "/d/a") + content(files, "/d/b"), "123456123456");
  EXPECT_EQ(files.free_bytes("/").value(), free - 1);
  ASSERT_TRUE(files.remove("/d/a"));
  EXPECT_EQ(files.free_bytes("/").value(), free - 1);
  ASSERT_TRUE(files.remove("/d/b"));
  EXPECT_EQ(files.free_bytes("/").value(), free + 5);
}

TEST(Simulated, AKeptRenameDoesNotNeedTheCreateOfItsSource) {
  const auto act = [](auto& files) {
    ASSERT_TRUE(write_file_synced(files, "/new", "1"));
    ASSERT_TRUE(files.rename("/new", "/a"));
  };
  const auto seen = outcomes(act, names_in({""}));
  EXPECT_EQ(seen, (std::set<std::string>{"", "/new ", "/a "}));
}

TEST(Simulated, AFileThatMovedTwiceHasOneName) {
  const auto act = [](auto& files) {
    make_durable(files, "/d", "1", "bytes");
    ASSERT_TRUE(files.rename("/d/1", "/d/2"));
    ASSERT_TRUE(files.rename("/d/2", "/d/3"));
  };
  EXPECT_EQ(outcomes(act, names_in({"/d"})), (std::set<std::string>{"/d/1 ", "/d/2 ", "/d/3 "}));
}

TEST(Simulated, ALaterDurableChangeIsNotUndoneByAnEarlierPendingOne) {
  const auto act = [](auto& files) {
    make_durable(files, "/from", "a", "1");
    ASSERT_TRUE(files.make_folders("/to"));
    ASSERT_TRUE(files.rename("/from/a", "/to/a"));  // pending: /from is never synced
    ASSERT_TRUE(files.remove("/to/a"));
    ASSERT_TRUE(files.sync_folder("/to"));
  };
  EXPECT_EQ(outcomes(act, names_in({"/from", "/to"})), (std::set<std::string>{"", "/from/a "}));
}

TEST(Simulated, RemoveAllMayBeHalfDone) {
  const auto act = [](auto& files) {
    make_durable(files, "/d", "a", "");
    make_durable(files, "/d", "b", "");
    ASSERT_TRUE(files.remove_all("/d"));
  };
  EXPECT_EQ(outcomes(act, names_in({"/d"})), (std::set<std::string>{"", "/d/a ", "/d/a /d/b ", "/d/b "}));
}

TEST(Simulated, PublishedFilesAreWholeAfterAPowerLossAtAnyOperation) {
  const auto act = [](FileSystem& files) -> Status {
    TRY(files.make_folders("/d"));
    TRY(replace_file(files, "/d/a", "first"));
    TRY(replace_file(files, "/d/a", "second"));
    return create_file(files, "/d/b", "/d/b.1", "only");
  };
  SimulatedFileSystem whole;
  ASSERT_TRUE(act(whole));
  const std::uint64_t operations = whole.operations();
  ASSERT_GT(operations, 15u);
  std::set<std::string> seen;
  for (std::uint64_t n = 0; n < operations; ++n) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(n) + ", seed " + std::to_string(seed));
      SimulatedFileSystem files;
      files.crash_after(n);
      ASSERT_EQ(kind_of(act(files)), ErrorKind::kIo);
      ASSERT_EQ(files.operations(), n + 1);
      Random random(seed);
      files.crash(random);
      const auto a = content(files, "/d/a");
      const auto b = content(files, "/d/b");
      ASSERT_TRUE(a == "(absent)" || a == "first" || a == "second") << a;
      ASSERT_TRUE(b == "(absent)" || (b == "only" && a == "second")) << b;
      seen.insert(a + " " + b);
      ASSERT_TRUE(act(files) || content(files, "/d/b") == "only");
    }
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(Simulated, PublicationIsDurableOnReturn) {
  const auto act = [](auto& files) {
    ASSERT_TRUE(files.make_folders("/staging"));
    ASSERT_TRUE(files.make_folders("/d"));
    ASSERT_TRUE(create_file(files, "/d/beside", "/d/beside.1", "1"));
    ASSERT_TRUE(replace_file(files, "/staging/replaced", "2"));
    ASSERT_TRUE(create_file(files, "/d/moved", "/staging/moved.1", "3"));
  };
  EXPECT_EQ(outcomes(act, names_in({"/d", "/staging"})), std::set<std::string>{"/d/beside /d/moved /staging/replaced "});
}

TEST(Simulated, AMissingSyncIsFound) {
  const auto seen = outcomes(
      [](auto& files) {
        ASSERT_TRUE(files.open("/new", Open::kCreate).value()->write_at(0, "bytes"));
        ASSERT_TRUE(files.rename("/new", "/a"));
        ASSERT_TRUE(files.sync_folder("/"));
      },
      [](auto& files) { return content(files, "/a"); });
  EXPECT_TRUE(seen.contains("bytes"));
  EXPECT_TRUE(seen.contains(""));
  EXPECT_FALSE(seen.contains("(absent)"));
}

TEST(Simulated, AfterThePowerLossEveryCallFailsUntilTheCrashIsOver) {
  SimulatedFileSystem files;
  make_durable(files, "/d", "a", "bytes");
  const auto file = *files.open("/d/a", Open::kWrite);
  const auto lock = *files.open_lock("/d/lock");
  const auto watch = *files.watch({"/d/a"});
  files.crash_after(1);
  EXPECT_TRUE(file->write_at(0, "B"));
  EXPECT_EQ(kind_of(file->sync()), ErrorKind::kIo);
  const std::uint64_t operations = files.operations();
  std::string bytes;
  for (const auto& status : {file->read_at(0, 1, bytes), file->write_at(0, "x"), file->truncate(0), file->sync(), lock->acquire(),
                             files.make_folders("/e"), files.rename("/d/a", "/d/b"), files.rename_if_absent("/d/a", "/d/b"),
                             files.remove("/d/a"), files.remove_all("/d"), files.remove_all("/no"), files.sync_folder("/d")}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "simulated power loss");
  }
  EXPECT_EQ(kind_of(file->size()), ErrorKind::kIo);
  EXPECT_EQ(kind_of(lock->try_acquire()), ErrorKind::kIo);
  EXPECT_EQ(kind_of(watch->wait(Duration{0})), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.open("/d/a", Open::kRead)), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.open("/d/no", Open::kRead)), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.open_lock("/d/lock")), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.watch({"/d/a"})), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.exists("/d/a")), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.list("/d")), ErrorKind::kIo);
  EXPECT_EQ(kind_of(files.free_bytes("/d")), ErrorKind::kIo);
  EXPECT_EQ(files.operations(), operations);
}

TEST(Simulated, OldHandlesAreDeadAndLocksFreeAfterACrash) {
  SimulatedFileSystem files;
  make_durable(files, "/d", "a", "bytes");
  make_durable(files, "/d", "lock", "");
  const auto file = *files.open("/d/a", Open::kWrite);
  const auto old_lock = *files.open_lock("/d/lock");
  const auto watch = *files.watch({"/d/a"});
  ASSERT_TRUE(old_lock->acquire());
  Random random(7);
  files.crash(random);
  std::string bytes;
  EXPECT_EQ(kind_of(file->read_at(0, 1, bytes)), ErrorKind::kIo);
  EXPECT_EQ(kind_of(file->write_at(0, "x")), ErrorKind::kIo);
  EXPECT_EQ(kind_of(file->sync()), ErrorKind::kIo);
  EXPECT_EQ(kind_of(old_lock->try_acquire()), ErrorKind::kIo);
  EXPECT_EQ(kind_of(watch->wait(Duration{0})), ErrorKind::kIo);
  const auto lock = *files.open_lock("/d/lock");
  EXPECT_TRUE(lock->try_acquire().value());
  old_lock->release();
  const auto third = *files.open_lock("/d/lock");
  EXPECT_FALSE(third->try_acquire().value());
  EXPECT_EQ(kind_of(third->acquire()), ErrorKind::kBusy);
  EXPECT_EQ(content(files, "/d/a"), "bytes");
}

TEST(Simulated, AFullDiskTakesWhatFits) {
  SimulatedFileSystem files;
  files.limit_capacity(10);
  const auto file = *files.open("/a", Open::kCreate);
  EXPECT_TRUE(file->write_at(0, "12345678"));
  EXPECT_EQ(files.free_bytes("/").value(), 2u);
  EXPECT_EQ(kind_of(file->write_at(8, "9abc")), ErrorKind::kLimit);
  EXPECT_EQ(content(files, "/a"), "123456789a");
  EXPECT_TRUE(file->write_at(0, "over"));
  EXPECT_EQ(kind_of(file->write_at(50, "x")), ErrorKind::kLimit);
  EXPECT_EQ(kind_of(file->write_at(std::uint64_t{0} - 1, "xy")), ErrorKind::kLimit);
  EXPECT_EQ(kind_of(file->truncate(11)), ErrorKind::kLimit);
  EXPECT_TRUE(file->truncate(3));
  EXPECT_EQ(files.free_bytes("/").value(), 7u);
  EXPECT_TRUE(write_file_synced(files, "/b", "1234567"));
  EXPECT_TRUE(files.rename("/b", "/a"));
  EXPECT_EQ(files.free_bytes("/").value(), 3u);
  EXPECT_TRUE(files.sync_folder("/"));
  Random random(1);
  files.crash(random);
  EXPECT_EQ(files.free_bytes("/").value(), 3u);
  EXPECT_TRUE(files.remove("/a"));
  EXPECT_EQ(files.free_bytes("/").value(), 10u);
}

TEST(Simulated, SameSeedSameLosses) {
  const auto run = [](std::uint64_t seed) {
    SimulatedFileSystem files;
    Random random(seed);
    std::string seen;
    for (int round = 0; round < 20; ++round) {
      const std::string path = "/" + std::to_string(random.below(4));
      const auto file = *files.open(path, Open::kCreate);
      EXPECT_TRUE(file->write_at(random.below(8), "abcdef"));
      if (random.chance(0.3)) {
        EXPECT_TRUE(file->sync());
      }
      if (random.chance(0.3)) {
        EXPECT_TRUE(files.rename(path, "/" + std::to_string(random.below(4))));
      }
      if (random.chance(0.2)) files.crash(random);
      for (const auto& name : files.list("/").value_or(Names{})) seen += name + content(files, name) + " ";
    }
    return seen;
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

// Against a naive model: what is synced in content and name must be found after any crash, whatever else went on.
TEST(Simulated, SyncedFilesSurviveRandomHistories) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimulatedFileSystem files;
    Random random(seed);
    std::map<std::string, std::string> durable;
    for (int step = 0; step < 60; ++step) {
      const std::string name = "f" + std::to_string(random.below(5));
      switch (random.below(4)) {
        case 0: {
          const std::string bytes(random.below(20), static_cast<char>('a' + random.below(26)));
          ASSERT_TRUE(replace_file(files, "/" + name, bytes));
          durable[name] = bytes;
          break;
        }
        case 1: {  // writes that touch none of the five names
          const auto file = *files.open("/other" + name, Open::kCreate);
          ASSERT_TRUE(file->write_at(random.below(9), "scribble"));
          break;
        }
        case 2:
          if (files.remove("/" + name)) {
            ASSERT_TRUE(files.sync_folder("/"));
            durable.erase(name);
          }
          break;
        default: files.crash(random);
      }
      for (const auto& [kept, bytes] : durable) ASSERT_EQ(content(files, "/" + kept), bytes);
      ASSERT_EQ(files.exists("/" + name).value(), durable.contains(name));
    }
  }
}

TEST(Simulated, RefusesPathsUpwards) {
  SimulatedFileSystem files;
  EXPECT_EQ(kind_of(files.open("/a/../b", Open::kCreate)), ErrorKind::kInvalid);
}

}  // namespace
}  // namespace playhead::io
