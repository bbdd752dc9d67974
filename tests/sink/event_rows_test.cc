#include "sink/event_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "random_events.h"
#include "table/parquet.h"

namespace playhead::sink {
namespace {

// In the order of hours, and in an hour in the order of arrival.
std::vector<Cells> by_hour(std::vector<Cells> rows) {
  std::ranges::stable_sort(rows, {}, [](const Cells& row) { return std::stoll(*row[4]) / 3'600'000'000; });
  return rows;
}

TEST(EventRows, TheSchemaIsThePlacesThenEveryFieldThenTheRest) {
  const table::Schema& schema = EventRows::schema();
  std::vector<std::string> names;
  for (const auto& column : schema) names.push_back(column.name);
  ASSERT_EQ(names.size(), 9 + event::kFieldCount - 1 + 1);
  const std::vector<std::string> places{"topic",    "partition", "offset",      "ingest_time", "event_time",
                                        "event_id", "kind",      "disposition", "is_play"};
  EXPECT_EQ(std::vector(names.begin(), names.begin() + 9), places);
  EXPECT_EQ(names.back(), "extra");
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size()) << "a name stands twice";
  for (std::size_t i = 0; i < schema.size(); ++i) EXPECT_EQ(schema[i].nullable, i >= 9) << schema[i].name;
}

TEST(EventRows, RowsInAreRowsOutThroughParquetButForDuplicates) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Arrivals arrivals(seed, {.partition = Partition{3}});
    EventRows rows;
    table::Rows scratch;
    for (int life = 0; life < 2; ++life) {  // clear() leaves nothing behind
      std::vector<Cells> expected;
      for (int batch = 0; batch < 4; ++batch) {
        const Arrival arrival = arrivals.next();
        arrival.add_to(rows);
        expected.insert(expected.end(), arrival.expected.begin(), arrival.expected.end());
      }
      ASSERT_EQ(rows.size(), expected.size());
      std::vector<Cells> taken;
      const auto take = [&](Timestamp hour, Offset first, const table::Rows& of_hour) -> Status {
        const auto bytes = table::write_parquet(of_hour, {});
        if (!bytes) return std::unexpected(bytes.error());
        TRY_ASSIGN(const auto read, table::read_parquet(*bytes));
        EXPECT_EQ(read.schema, EventRows::schema());
        const std::vector<Cells> cells = cells_of(read);
        EXPECT_EQ(std::to_string(first.value), cells.at(0)[2]);
        for (const Cells& row : cells) EXPECT_EQ(std::stoll(*row[4]) / 3'600'000'000 * 3'600'000'000, to_micros(hour));
        taken.insert(taken.end(), cells.begin(), cells.end());
        return {};
      };
      const Status all = rows.each_hour("plays", Partition{3}, scratch, take);
      ASSERT_TRUE(all) << all.error().message;
      EXPECT_EQ(taken, by_hour(expected));
      rows.clear();
      EXPECT_EQ(rows.size(), 0u);
      EXPECT_EQ(rows.bytes(), EventRows{}.bytes());
    }
  }
}

TEST(EventRows, ABatchOfDuplicatesAndAnEmptyOneAddNothing) {
  Arrivals arrivals(1, {.duplicates = 1});
  EventRows rows;
  const Arrival duplicates = arrivals.next();
  ASSERT_GT(duplicates.events.size(), 0u);
  duplicates.add_to(rows);
  Arrival{}.add_to(rows);
  EXPECT_EQ(rows.size(), 0u);
  EXPECT_EQ(rows.bytes(), EventRows{}.bytes());
}

TEST(EventRows, AFieldThatNoEventHasCostsNothing) {
  Arrival arrival;
  constexpr std::size_t kEvents = 1000;
  for (std::uint32_t i = 0; i < kEvents; ++i) {
    arrival.offsets.push_back(Offset{i});
    arrival.ingest_times.push_back(from_micros(1));
    arrival.events.record.push_back(i);
    arrival.events.kind.push_back(event::Kind::kTrackPlay);
    arrival.events.is_play.push_back(1);
    arrival.events.time.push_back(from_micros(0));
    arrival.ids.emplace_back();
    arrival.dispositions.push_back(stream::Disposition::kOnTime);
  }
  for (auto& column : arrival.events.text) column.resize(kEvents);  // projected, and null in every row
  EventRows rows;
  arrival.add_to(rows);
  EXPECT_EQ(rows.size(), kEvents);
  EXPECT_LE(rows.bytes() - EventRows{}.bytes(), kEvents * 60);
}

}  // namespace
}  // namespace playhead::sink
