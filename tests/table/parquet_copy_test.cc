#include "table/parquet_copy.h"

#include <gtest/gtest.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/size_statistics.h>
#include <parquet/statistics.h>

#include <set>

#include "io/simulated.h"
#include "random_rows.h"
#include "table/parquet_arrow.h"
#include "table/parquet_writer.h"

namespace playhead::table {
namespace {

constexpr const char* kSource = "source";
constexpr const char* kTarget = "target";

std::string bytes_of(io::FileSystem& files, const std::string& path) { return io::read_file(files, path, 1 << 30).value_or(""); }

void put(io::FileSystem& files, const std::string& path, std::string_view bytes) {
  static_cast<void>(files.remove(path));
  ASSERT_TRUE(io::write_file_synced(files, path, bytes));
}

// Each group of `parts` by another way: the even ones are copied from a file of their own, the odd ones are added as rows.
std::string joined_file(io::FileSystem& files, const std::vector<Rows>& parts) {
  static_cast<void>(files.remove(kTarget));
  const auto file = files.open(kTarget, io::Open::kCreateNew).value();
  const auto writer = ParquetWriter::make(*file, parts.front().schema, {{"key", "value"}}).value();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i % 2 == 1) {
      EXPECT_TRUE(writer->add(parts[i]));
      continue;
    }
    put(files, kSource, write_parquet(parts[i], {{"key", "value"}}).value());
    const auto groups = EncodedGroups::open(files, kSource).value();
    EXPECT_EQ(groups->size(), 1u);
    EXPECT_TRUE(groups->can_be_copied(0, parts[i].schema).value());
    const auto group = groups->read(0);
    EXPECT_TRUE(group && check_pages(*group) && writer->copy(*group));
  }
  EXPECT_TRUE(writer->close());
  return bytes_of(files, kTarget);
}

// What the footer and the page indexes say of a column, but for places; the places must be those of its pages.
std::string described(parquet::ParquetFileReader& file, int group, int column) {
  const auto footer = file.metadata();
  const auto metadata = footer->RowGroup(group);
  const auto chunk = metadata->ColumnChunk(column);
  const auto statistics = chunk->is_stats_set() ? chunk->encoded_statistics() : nullptr;
  std::string text = std::to_string(chunk->num_values()) + " " + std::to_string(chunk->compression()) + " " +
                     std::to_string(chunk->total_uncompressed_size()) + " " + std::to_string(chunk->encodings().size());
  for (const auto& pages : chunk->encoding_stats()) {
    text +=
        " " + std::to_string(pages.page_type) + "/" + std::to_string(static_cast<int>(pages.encoding)) + "x" + std::to_string(pages.count);
  }
  if (statistics != nullptr) text += " " + std::to_string(statistics->null_count) + statistics->min() + "-" + statistics->max();
  if (const auto sizes = chunk->size_statistics()) text += " " + std::to_string(sizes->unencoded_byte_array_data_bytes.value_or(-1));
  const auto indexes = file.GetPageIndexReader()->RowGroup(group);
  if (chunk->GetOffsetIndexLocation()) {
    const auto index = indexes->GetOffsetIndex(column);
    EXPECT_EQ(index->page_locations().front().offset, chunk->data_page_offset());
    for (const auto& page : index->page_locations()) {
      text += " page " + std::to_string(page.compressed_page_size) + "@" + std::to_string(page.first_row_index);
    }
    for (const std::int64_t size : index->unencoded_byte_array_data_bytes()) text += "," + std::to_string(size);
  }
  if (chunk->GetColumnIndexLocation()) {
    const auto index = indexes->GetColumnIndex(column);
    for (const std::string& least : index->encoded_min_values()) text += " least " + least;
    for (const std::int64_t nulls : index->null_counts()) text += " nulls " + std::to_string(nulls);
  }
  return text;
}

TEST(ParquetCopy, CopiedAndEncodedRowGroupsFollowOneAnother) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const Schema schema = random_schema(random);
    std::vector<Rows> parts;
    Rows all(schema);
    for (std::uint64_t count = 1 + random.below(6); count > 0; --count) {
      parts.push_back(random_rows(random, schema, 1 + random.below(3000)));
      all.append(parts.back(), 0, parts.back().size());
    }
    io::SimulatedFileSystem files;
    const std::string bytes = joined_file(files, parts);
    ASSERT_EQ(read_parquet(bytes).value(), all);
    EXPECT_EQ(read_parquet_metadata(bytes).value(), (Metadata{{"key", "value"}}));
    const auto file = parquet::ParquetFileReader::Open(source_of(bytes));
    ASSERT_EQ(file->metadata()->num_row_groups(), static_cast<int>(parts.size()));
    EXPECT_EQ(file->metadata()->num_rows(), static_cast<std::int64_t>(all.size()));
    EXPECT_EQ(file->metadata()->created_by(), kParquetCreatedBy);
    const std::string text = file->metadata()->SerializeUnencrypted(false, true);
    std::int64_t end = 4;
    for (int group = 0; group < file->metadata()->num_row_groups(); ++group) {
      EXPECT_NE(text.find("ordinal=" + std::to_string(group)), std::string::npos);
      const std::string alone = write_parquet(parts[static_cast<std::size_t>(group)], {}).value();
      const auto source = parquet::ParquetFileReader::Open(source_of(alone));
      const auto metadata = file->metadata()->RowGroup(group);
      EXPECT_EQ(metadata->total_byte_size(), source->metadata()->RowGroup(0)->total_byte_size());
      EXPECT_GE(metadata->file_offset(), end);
      for (int column = 0; column < metadata->num_columns(); ++column) {
        ASSERT_EQ(described(*file, group, column), described(*source, 0, column)) << "column " << column << " of group " << group;
        end = metadata->file_offset() + metadata->total_compressed_size();
      }
    }
  }
}

TEST(ParquetCopy, ACopyOfACopyIsTheSame) {
  Random random(5);
  const Schema schema = random_schema(random);
  const Rows rows = random_rows(random, schema, 5000);
  io::SimulatedFileSystem files;
  const std::string once = joined_file(files, {rows});
  put(files, kSource, once);
  const auto groups = EncodedGroups::open(files, kSource).value();
  ASSERT_TRUE(groups->can_be_copied(0, schema).value());
  const auto group = groups->read(0).value();
  EXPECT_EQ(group.rows, 5000u);
  const auto file = files.open("again", io::Open::kCreateNew).value();
  const auto writer = ParquetWriter::make(*file, schema, {{"key", "value"}}).value();
  ASSERT_TRUE(writer->copy(group));
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(bytes_of(files, "again"), once);
}

TEST(ParquetCopy, AnyDamageOfAPageIsNoticedOrHarmless) {
  Random random(11);
  const Schema schema{
      {"time", ColumnType::kTimestamp}, {"text", ColumnType::kText, true}, {"id", ColumnType::kId}, {"no", ColumnType::kReal, true}};
  const Rows rows = random_rows(random, schema, 40);
  const std::string bytes = write_parquet(rows, {}).value();
  io::SimulatedFileSystem files;
  put(files, kSource, bytes);
  const auto whole = EncodedGroups::open(files, kSource).value()->read(0).value();
  ASSERT_TRUE(check_pages(whole));
  std::size_t noticed = 0;
  std::size_t passed_on = 0;
  for (std::size_t at = 0; at < whole.pages.size(); ++at) {
    std::string damaged = bytes;
    damaged[whole.position + at] = static_cast<char>(damaged[whole.position + at] ^ (1 << random.below(8)));
    put(files, kSource, damaged);
    const auto group = EncodedGroups::open(files, kSource).value()->read(0).value();
    EXPECT_NE(group.checksum, whole.checksum) << at;
    const Status checked = check_pages(group);
    if (checked) {
      const auto read = read_parquet(damaged);
      passed_on += read ? 0 : 1;
      EXPECT_EQ(read.value_or(rows), rows) << at;
    } else {
      EXPECT_EQ(checked.error().kind, ErrorKind::kCorrupt);
      ++noticed;
    }
  }
  EXPECT_GT(noticed, whole.pages.size() * 3 / 4);
  EXPECT_EQ(passed_on, 0u) << "a page that can not be read was copied";
}

TEST(ParquetCopy, OtherDescriptionsOfEqualPagesHaveAnotherChecksum) {
  io::SimulatedFileSystem files;
  std::set<std::uint64_t> checksums;
  for (const std::int64_t number : {1, 2}) {
    for (const ColumnType type : {ColumnType::kInteger, ColumnType::kTimestamp}) {
      Rows rows(Schema{{"x", type}});
      for (int row = 0; row < 3; ++row) rows.columns[0].add_number(number);
      put(files, kSource, write_parquet(rows, {}).value());
      const auto groups = EncodedGroups::open(files, kSource).value();
      checksums.insert(groups->read(0)->checksum);
      EXPECT_TRUE(groups->can_be_copied(0, rows.schema).value());
      EXPECT_FALSE(groups->can_be_copied(0, Schema{{"x", type, true}}).value());
      EXPECT_FALSE(groups->can_be_copied(0, Schema{{"y", type}}).value());
      EXPECT_FALSE(groups->can_be_copied(0, Schema{{"x", ColumnType::kText}}).value());
    }
  }
  EXPECT_EQ(checksums.size(), 2u) << "the type is that of the whole file, and compared with it";
}

TEST(ParquetCopy, AHostileFooterIsAnError) {
  Random random(3);
  const Schema schema = random_schema(random);
  const std::string bytes = write_parquet(random_rows(random, schema, 50), {}).value();
  io::SimulatedFileSystem files;
  put(files, kSource, bytes);
  const std::size_t pages_end = EncodedGroups::open(files, kSource).value()->read(0)->pages.size();
  int refused = 0;
  for (int attempt = 0; attempt < 4000; ++attempt) {
    std::string damaged = bytes;
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      damaged[pages_end + random.below(bytes.size() - pages_end)] = static_cast<char>(random.next());
    }
    put(files, kSource, damaged);
    const auto groups = EncodedGroups::open(files, kSource);
    if (!groups) {
      ++refused;
      continue;
    }
    for (std::size_t i = 0; i < (*groups)->size(); ++i) {
      if (!(*groups)->can_be_copied(i, schema).value_or(false)) continue;
      const auto group = (*groups)->read(i);
      if (!group || !check_pages(*group)) continue;
      const auto copy = moved(*group, 1000, 7, {});
      if (!copy) ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_FALSE(EncodedGroups::open(files, "absent"));
}

TEST(ParquetCopy, OtherReadersReadIt) {
  if (!python_reads_parquet()) GTEST_SKIP() << "python3 with pyarrow and duckdb is absent: other readers were not tried";
  const Schema schema{{"number", ColumnType::kInteger, false}, {"name", ColumnType::kText, true}, {"nothing", ColumnType::kReal, true}};
  std::vector<Rows> parts;
  for (std::int64_t part = 0; part < 5; ++part) {
    Rows& rows = parts.emplace_back(schema);
    for (std::int64_t number = part * 20'000; number < (part + 1) * 20'000; ++number) {
      rows.columns[0].add_number(number);
      number % 3 == 0 ? rows.columns[1].add_null() : rows.columns[1].add_text("name" + std::to_string(number / 1000));
      rows.columns[2].add_null();
    }
  }
  io::SimulatedFileSystem files;
  const std::string bytes = joined_file(files, parts);
  const std::string path = testing::TempDir() + "/copied.parquet";
  {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    ASSERT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
  }
  const std::string said = python_says(
      "import pyarrow.parquet as pq, duckdb\n"
      "t = pq.read_table(\"" +
      path +
      "\", page_checksum_verification=True)\n"
      "print(t.num_rows, t.column(\"number\").to_pylist() == list(range(100000)), t.column(\"name\").null_count)\n"
      "print(pq.read_table(\"" +
      path +
      "\", filters=[(\"number\", \">=\", 79990), (\"number\", \"<\", 80010)]).num_rows)\n"
      "print(duckdb.sql(\"SELECT sum(number), count(name), count(*) FILTER (number BETWEEN 39999 AND 40001) FROM \\\"" +
      path + "\\\"\").fetchall())");
  EXPECT_EQ(said, "100000 True 33334\n20\n[(4999950000, 66666, 3)]\n");
}

}  // namespace
}  // namespace playhead::table
