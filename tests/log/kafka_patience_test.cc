#include "log/kafka_patience.h"

#include <gtest/gtest.h>

#include <vector>

namespace playhead::log {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Error kDown{ErrorKind::kIo, "plays/0: Kafka does not answer: connection refused"};
const Error kRefused{ErrorKind::kInvalid, "plays/0: Kafka refuses the login: wrong password"};

class Patience : public testing::Test {
 protected:
  KafkaOptions options() {
    return {.bootstrap_servers = "somewhere:9092",
            .timeout = seconds{30},
            .notice = [this](const std::string& notice) { notices_.push_back(notice); },
            .cancelled = [this] { return cancelled_; },
            .clock = clock_};
  }
  // Waits for so long, in slices.
  Status wait(KafkaWait& wait, Duration span, const Error& reason = kDown) {
    for (const Timestamp end = clock_->now() + span; clock_->now() < end; clock_->advance(milliseconds{200})) TRY(wait.more(reason));
    return wait.more(reason);
  }

  std::vector<std::string> notices_;
  bool cancelled_ = false;
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(Timestamp{});
  KafkaPatience patience_{options()};
};

TEST_F(Patience, GivesUpWhereNobodyEverAnswered) {
  KafkaWait first(patience_);
  EXPECT_TRUE(wait(first, seconds{29}));
  const Status ended = wait(first, seconds{2});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message, kDown.message);
  EXPECT_EQ(notices_.size(), 1u);
}

TEST_F(Patience, RefusesALoginAtOnceButOnlyAtFirst) {
  KafkaWait first(patience_);
  EXPECT_EQ(first.more(kRefused).error().kind, ErrorKind::kInvalid);
  first.answered();
  EXPECT_TRUE(wait(first, std::chrono::hours{1}, kRefused)) << "a password that is changed while we run is waited for";
  EXPECT_EQ(notices_.size(), 1u);
}

TEST_F(Patience, WaitsForEverForABrokerThatWasThere) {
  KafkaWait only(patience_);
  only.answered();
  EXPECT_TRUE(wait(only, seconds{1}));
  only.answered();
  EXPECT_TRUE(notices_.empty()) << "a short wait is nobody's business";
  EXPECT_TRUE(wait(only, std::chrono::hours{24}));
  EXPECT_EQ(notices_, (std::vector<std::string>{kDown.message + ": waiting for it"}));
  only.answered();
  only.answered();
  EXPECT_EQ(notices_.size(), 2u);
  EXPECT_EQ(notices_.back(), "Kafka at somewhere:9092 answers again");
  EXPECT_TRUE(wait(only, seconds{3}));
  EXPECT_EQ(notices_.size(), 3u) << "another outage is another notice";
}

// One partition's leader is gone, the others answer all the time: the one that waits is told of, can be ended, and is told of once.
TEST_F(Patience, AnswersToOthersEndNoWait) {
  KafkaWait waiting(patience_);
  waiting.answered();
  for (int slice = 0; slice < 100; ++slice) {
    KafkaWait other(patience_);
    ASSERT_TRUE(other.more(kDown));
    other.answered();
    ASSERT_TRUE(waiting.more(kDown));
    clock_->advance(milliseconds{200});
  }
  EXPECT_EQ(notices_.size(), 1u);
  cancelled_ = true;
  EXPECT_FALSE(waiting.more(kDown));
}

TEST_F(Patience, ManyThatWaitAreToldOfOnce) {
  KafkaWait one(patience_);
  KafkaWait two(patience_);
  one.answered();
  for (int slice = 0; slice < 100; ++slice) {
    ASSERT_TRUE(one.more(kDown));
    ASSERT_TRUE(two.more(kDown));
    clock_->advance(milliseconds{200});
  }
  EXPECT_EQ(notices_.size(), 1u);
  one.answered();
  EXPECT_EQ(notices_.size(), 1u) << "one still waits";
  two.answered();
  EXPECT_EQ(notices_.size(), 2u);
}

// The brokers are back, but the last question of another wait was asked before.
TEST_F(Patience, AQuestionFromBeforeIsNoOutageOfItsOwn) {
  KafkaWait one(patience_);
  one.answered();
  ASSERT_TRUE(wait(one, seconds{5}));
  KafkaWait two(patience_);
  ASSERT_TRUE(two.more(kDown));
  clock_->advance(milliseconds{1'900});
  one.answered();
  clock_->advance(milliseconds{200});
  ASSERT_TRUE(two.more(kDown));
  EXPECT_EQ(notices_.size(), 2u) << testing::PrintToString(notices_);
  ASSERT_TRUE(wait(two, seconds{2}));
  EXPECT_EQ(notices_.size(), 3u) << "unless it goes on";
}

TEST_F(Patience, AWaitThatIsGivenUpAnswersNothing) {
  {
    KafkaWait wait(patience_);
    wait.answered();
    ASSERT_TRUE(this->wait(wait, seconds{5}));
  }
  EXPECT_EQ(notices_.size(), 1u);
}

TEST_F(Patience, IsCancelledAfterAMoment) {
  KafkaWait only(patience_);
  only.answered();
  cancelled_ = true;
  EXPECT_TRUE(wait(only, seconds{1})) << "what is on its way may still arrive";
  EXPECT_FALSE(wait(only, seconds{2}));
}

}  // namespace
}  // namespace playhead::log
