// What only the system's own files do: other processes, real waiting, real limits. The rest is in file_system_test.cc.
#include "io/posix.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace playhead::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class Posix : public testing::Test {
 protected:
  Posix() {
    std::string folder = testing::TempDir() + "playhead-posix-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~Posix() override { EXPECT_TRUE(files_->remove_all(folder_)); }

  std::string at(std::string_view name) const { return join(folder_, name); }

  // A child that runs `work`, says "ready" through the pipe, and sleeps until it is killed.
  pid_t start_and_await(const std::function<bool()>& work) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      const char word = work() ? 'y' : 'n';
      if (write(ends[1], &word, 1) != 1) _exit(1);
      for (;;) pause();
    }
    char word = 0;
    EXPECT_EQ(read(ends[0], &word, 1), 1);
    EXPECT_EQ(word, 'y');
    close(ends[0]);
    close(ends[1]);
    return child;
  }

  static void finish(pid_t child) {
    EXPECT_EQ(kill(child, SIGKILL), 0);
    EXPECT_EQ(waitpid(child, nullptr, 0), child);
  }

  std::unique_ptr<FileSystem> files_ = make_posix();
  std::string folder_;
};

TEST_F(Posix, ALockIsFreedWhenItsProcessIsKilled) {
  std::unique_ptr<FileLock> theirs;
  const pid_t child = start_and_await([&] {
    theirs = *files_->open_lock(at("lock"));
    return theirs->try_acquire().value_or(false);
  });
  const auto ours = *files_->open_lock(at("lock"));
  EXPECT_FALSE(ours->try_acquire().value());
  finish(child);
  EXPECT_TRUE(ours->try_acquire().value());
}

TEST_F(Posix, AcquireWaitsForTheHolder) {
  const auto holder = *files_->open_lock(at("lock"));
  ASSERT_TRUE(holder->acquire());
  std::atomic<bool> released = false;
  std::thread waiter([&] {
    const auto lock = *files_->open_lock(at("lock"));
    EXPECT_TRUE(lock->acquire());
    EXPECT_TRUE(released.load());
  });
  std::this_thread::sleep_for(milliseconds(30));
  released = true;
  holder->release();
  waiter.join();
}

TEST_F(Posix, AClosedDescriptorOfTheSameFileDoesNotFreeALock) {
  const auto holder = *files_->open_lock(at("lock"));
  ASSERT_TRUE(holder->acquire());
  EXPECT_EQ(read_file(*files_, at("lock"), 10).value(), "");
  EXPECT_FALSE(files_->open_lock(at("lock")).value()->try_acquire().value());
}

TEST_F(Posix, AWatchWakesOnTheWriteOfAnotherProcess) {
  const auto file = *files_->open(at("a"), Open::kCreate);
  const auto watch = *files_->watch({at("a")});
  const pid_t child = fork();
  if (child == 0) {
    usleep(30'000);
    _exit(file->write_at(0, "news") ? 0 : 1);
  }
  const auto start = steady_clock::now();
  EXPECT_TRUE(watch->wait(seconds(20)).value());
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  int status = 1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(file->size().value(), 4u);
}

TEST_F(Posix, AWatchWithoutWritesTakesItsTime) {
  ASSERT_TRUE(write_file_synced(*files_, at("a"), ""));
  const auto watch = *files_->watch({at("a")});
  const auto start = steady_clock::now();
  EXPECT_FALSE(watch->wait(milliseconds(40)).value());
  EXPECT_GE(steady_clock::now() - start, milliseconds(39));
  EXPECT_FALSE(watch->wait(milliseconds(-5)).value());
}

TEST_F(Posix, WakeEndsAWaitFromAnotherThreadAndIsRemembered) {
  const auto watch = *files_->watch({});
  std::thread waker([&] {
    std::this_thread::sleep_for(milliseconds(20));
    watch->wake();
  });
  const auto start = steady_clock::now();
  EXPECT_FALSE(watch->wait(seconds(20)).value());
  waker.join();
  watch->wake();
  EXPECT_FALSE(watch->wait(seconds(20)).value());
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  EXPECT_FALSE(watch->wait(milliseconds(1)).value());
}

Watch* watch_to_wake = nullptr;

TEST_F(Posix, ASignalHandlerMayWake) {
  const auto watch = *files_->watch({});
  watch_to_wake = watch.get();
  struct sigaction handler{};
  struct sigaction before{};
  handler.sa_handler = [](int) { watch_to_wake->wake(); };
  handler.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGUSR1, &handler, &before), 0);
  errno = 77;
  ASSERT_EQ(raise(SIGUSR1), 0);
  EXPECT_EQ(errno, 77);
  const auto start = steady_clock::now();
  EXPECT_FALSE(watch->wait(seconds(20)).value());
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  ASSERT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
}

TEST_F(Posix, AFileAtItsSizeLimitIsALimit) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 1'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto file = *files_->open(at("a"), Open::kCreate);
  const auto status = file->write_at(0, std::string(1'500, 'x'));
  EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kLimit);
  EXPECT_NE(status.error().message.find(at("a")), std::string::npos) << status.error().message;
  EXPECT_LE(file->size().value(), 1'000u);
}

TEST_F(Posix, AFullDiskIsSaidInPlainWords) {
  const auto file = files_->open("/dev/full", Open::kWrite);
  if (!file) GTEST_SKIP() << "no /dev/full here";
  const auto status = (*file)->write_at(0, "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kLimit);
  EXPECT_NE(status.error().message.find("the disk is full"), std::string::npos) << status.error().message;
  EXPECT_NE(status.error().message.find("/dev/full"), std::string::npos) << status.error().message;
}

TEST_F(Posix, TooManyOpenFilesIsALimit) {
  const std::string path = at("a");
  ASSERT_TRUE(files_->open(path, Open::kCreate));  // once before: a sanitizer's first look at a type needs a descriptor
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto file = files_->open(path, Open::kCreate);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::kLimit);
}

TEST_F(Posix, AFolderWithoutPermissionIsRefusedInPlainWords) {
  ASSERT_TRUE(files_->make_folders(at("closed")));
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(chmod(at("closed").c_str(), 0500), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Root may write anywhere by its capabilities; without them it is the owner like any other.
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (syscall(SYS_capset, &header, none.data()) != 0) _exit(3);
    const auto file = files_->open(at("closed/a"), Open::kCreate);
    if (file || file.error().kind != ErrorKind::kIo) _exit(2);
    _exit(file.error().message.find("permissions") == std::string::npos ? 1 : 0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(chmod(at("closed").c_str(), 0700), 0);
  EXPECT_EQ(status, 0) << "exit code " << WEXITSTATUS(status);
}

TEST_F(Posix, RelativePathsWork) {
  std::string before(4'096, '\0');
  ASSERT_NE(getcwd(before.data(), before.size()), nullptr);
  ASSERT_EQ(chdir(folder_.c_str()), 0);
  EXPECT_TRUE(files_->make_folders("x/y"));
  EXPECT_TRUE(replace_file(*files_, "a", "1"));
  ASSERT_EQ(chdir(before.c_str()), 0);
  EXPECT_EQ(files_->list(folder_).value(), (std::vector<std::string>{"a", "x"}));
}

TEST_F(Posix, OneOfManyWinsTheName) {
  std::atomic<int> winners = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      const std::string temporary = at("new" + std::to_string(i));
      const auto status = create_file(*files_, at("name"), temporary, std::to_string(i));
      if (status) ++winners;
      EXPECT_TRUE(status || status.error().kind == ErrorKind::kExists);
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(winners.load(), 1);
  EXPECT_EQ(files_->list(folder_).value(), std::vector<std::string>{"name"});
}

TEST_F(Posix, ManyMayRemoveTheSameFolderAtOnce) {
  for (int round = 0; round < 30; ++round) {
    for (int folder = 0; folder < 8; ++folder) {
      const std::string path = at("tree/" + std::to_string(folder));
      ASSERT_TRUE(files_->make_folders(path));
      for (int file = 0; file < 4; ++file) ASSERT_TRUE(files_->open(join(path, std::to_string(file)), Open::kCreateNew));
    }
    std::array<Status, 3> ends;
    {
      std::vector<std::jthread> threads;
      for (Status& end : ends) threads.emplace_back([&] { end = files_->remove_all(at("tree")); });
    }
    for (const Status& end : ends) EXPECT_TRUE(end) << end.error().message;
    ASSERT_FALSE(files_->exists(at("tree")).value());
  }
}

}  // namespace
}  // namespace playhead::io
