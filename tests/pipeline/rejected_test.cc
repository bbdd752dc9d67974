#include "pipeline/rejected.h"

#include <gtest/gtest.h>

#include "io/simulated.h"

namespace playhead::pipeline {
namespace {

using Records = std::vector<stream::RejectedRecord>;

TEST(RejectedRecords, AreKeptAcrossSavesAndReadOnce) {
  io::SimulatedFileSystem files;
  ASSERT_TRUE(files.make_folders("p0"));
  RejectedRecords first;
  first.add({1}, {{{5}, 0}});
  first.add({2}, {{{9}, 100}});
  ASSERT_TRUE(first.save(files, "p0", {1}));
  first.add({3}, {{{12}, 101}});
  ASSERT_TRUE(first.save(files, "p0", {1}));
  ASSERT_TRUE(first.save(files, "p0", {1})) << "nothing new: nothing to write";
  // After a crash the next writer saves again what its journal still had.
  RejectedRecords second;
  second.add({3}, {{{12}, 101}});
  second.add({4}, {{{20}, 3}});
  ASSERT_TRUE(second.save(files, "p0", {2}));
  const auto all = read_rejected(files, "p0");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(*all, (Records{{{5}, 0}, {{9}, 100}, {{12}, 101}, {{20}, 3}}));
}

TEST(RejectedRecords, ADamagedFileIsNamed) {
  io::SimulatedFileSystem files;
  ASSERT_TRUE(files.make_folders("p0"));
  RejectedRecords records;
  records.add({7}, {{{5}, 0}, {{6}, 1}});
  ASSERT_TRUE(records.save(files, "p0", {1}));
  const std::string path = "p0/rejected-00000000000000000007-00000000000000000001";
  const auto file = files.open(path, io::Open::kWrite);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->write_at(3, "\x01"));
  const auto read = read_rejected(files, "p0");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_NE(read.error().message.find(path), std::string::npos);
}

}  // namespace
}  // namespace playhead::pipeline
