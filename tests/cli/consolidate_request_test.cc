#include "cli/consolidate_request.h"

#include <gtest/gtest.h>

#include "io/simulated.h"

namespace playhead::cli {
namespace {

constexpr const char* kCheckpoint = "checkpoints/plays";
constexpr const char* kRequest = "checkpoints/plays/requests/consolidate.json";
constexpr const char* kAnswer = "checkpoints/plays/requests/consolidate-answer.json";

const ConsolidateRequest kAsked{.id = "1-2", .output = "windows/\"plays\"", .target_bytes = 1u << 30};

class ConsolidateRequestTest : public testing::Test {
 protected:
  ConsolidateRequestTest() { EXPECT_TRUE(files_.make_folders(kCheckpoint)); }

  // Asks; while it waits, a stream serves with `answer`.
  Result<table::ConsolidationReport> ask(const std::function<Result<table::ConsolidationReport>(const ConsolidateRequest&)>& answer) {
    return ask_stream(files_, kCheckpoint, kAsked, [&]() -> Status {
      if (++waits_ > 100) return fail(ErrorKind::kBusy, "nobody answers");
      if (waits_ < 3) return {};
      served_ = serve_requests(files_, kCheckpoint, answer);
      return {};
    });
  }

  io::SimulatedFileSystem files_;
  int waits_ = 0;
  Status served_;
};

TEST_F(ConsolidateRequestTest, TheAnswerIsWhatTheStreamReports) {
  const auto report = ask([](const ConsolidateRequest& request) -> Result<table::ConsolidationReport> {
    EXPECT_EQ(request, kAsked);
    return table::ConsolidationReport{.kind = table::OutputKind::kLake,
                                      .files_before = 9,
                                      .files_after = 2,
                                      .bytes_before = 900,
                                      .bytes_after = 800,
                                      .folders = 1,
                                      .rows = 77,
                                      .content_sum = "abc",
                                      .backup = "b"};
  });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->kind, table::OutputKind::kLake);
  EXPECT_EQ(report->files_before, 9u);
  EXPECT_EQ(report->files_after, 2u);
  EXPECT_EQ(report->bytes_before, 900u);
  EXPECT_EQ(report->bytes_after, 800u);
  EXPECT_EQ(report->folders, 1u);
  EXPECT_EQ(report->rows, 77u);
  EXPECT_EQ(report->content_sum, "abc");
  EXPECT_EQ(report->backup, "b");
  EXPECT_TRUE(served_);
  EXPECT_TRUE(files_.list("checkpoints/plays/requests")->empty());
}

TEST_F(ConsolidateRequestTest, AFailureIsTheCommandsAndTheStreamGoesOn) {
  const auto report = ask([](const auto&) -> Result<table::ConsolidationReport> { return fail(ErrorKind::kCorrupt, "a damaged file"); });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(report.error().message, "a damaged file");
  EXPECT_TRUE(served_);
}

TEST_F(ConsolidateRequestTest, AFencedStreamIsToldSo) {
  const auto report = ask([](const auto&) -> Result<table::ConsolidationReport> { return fail(ErrorKind::kFenced, "another writer"); });
  EXPECT_EQ(report.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(served_.error().kind, ErrorKind::kFenced);
}

TEST_F(ConsolidateRequestTest, WithoutARequestNothingHappens) {
  const auto operations = files_.operations();
  EXPECT_TRUE(serve_requests(files_, kCheckpoint, [](const auto&) -> Result<table::ConsolidationReport> {
    ADD_FAILURE() << "nobody asked";
    return table::ConsolidationReport{};
  }));
  EXPECT_EQ(files_.operations(), operations);
}

TEST_F(ConsolidateRequestTest, AnOlderAnswerIsNotTakenAndWhoGivesUpTakesTheRequestAway) {
  ASSERT_TRUE(files_.make_folders("checkpoints/plays/requests"));
  ASSERT_TRUE(io::replace_file(files_, kAnswer, R"({"id":"1-2","report":{"files_before":1}})"));
  const auto waiting = [this]() -> Status {
    EXPECT_TRUE(files_.exists(kRequest).value());
    EXPECT_FALSE(files_.exists(kAnswer).value());
    EXPECT_TRUE(io::replace_file(files_, kAnswer, R"({"id":"another","report":{"files_before":1}})"));
    return fail(ErrorKind::kBusy, "enough");
  };
  EXPECT_EQ(ask_stream(files_, kCheckpoint, kAsked, waiting).error().message, "enough");
  EXPECT_FALSE(files_.exists(kRequest).value());
}

TEST_F(ConsolidateRequestTest, RequestsThatCanNotBeReadAreRemovedAndNotServed) {
  ASSERT_TRUE(files_.make_folders("checkpoints/plays/requests"));
  for (const std::string& bytes : {std::string("{"), std::string("[1]"), std::string(R"({"id":"1","output":"x"})"),
                                   std::string(R"({"id":1,"output":"x","target_bytes":5})"), std::string(100'000, ' '),
                                   std::string(R"({"id":"1","output":"x","target_bytes":-5})"), std::string("\xff\xfe")}) {
    ASSERT_TRUE(io::replace_file(files_, kRequest, bytes));
    EXPECT_TRUE(serve_requests(files_, kCheckpoint, [](const auto&) -> Result<table::ConsolidationReport> {
      ADD_FAILURE() << "served";
      return table::ConsolidationReport{};
    }));
    EXPECT_FALSE(files_.exists(kRequest).value()) << bytes.substr(0, 50);
  }
}

}  // namespace
}  // namespace playhead::cli
