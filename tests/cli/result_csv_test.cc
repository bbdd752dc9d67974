#include "cli/result_csv.h"

#include <gtest/gtest.h>

#include "io/simulated.h"
#include "table/parquet.h"

namespace playhead::cli {
namespace {

using table::ColumnType;

std::string cell(std::string_view text) {
  std::string line;
  append_text_cell(text, line);
  return line;
}

TEST(ResultCsv, CellsAreQuotedWhereTheyMustBeAndAreNoFormulas) {
  EXPECT_EQ(cell("pop"), "pop");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("a b"), "a b");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("a \"b\""), "\"a \"\"b\"\"\"");
  EXPECT_EQ(cell("a\nb"), "\"a\nb\"");
  EXPECT_EQ(cell("=1+2"), "'=1+2");
  EXPECT_EQ(cell("+1"), "'+1");
  EXPECT_EQ(cell("-1"), "'-1");
  EXPECT_EQ(cell("@x"), "'@x");
  EXPECT_EQ(cell("\tx"), "'\tx");
  EXPECT_EQ(cell("\rx"), "\"'\rx\"");
  EXPECT_EQ(cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
  EXPECT_EQ(cell("1=2"), "1=2");
}

TEST(ResultCsv, EveryTypeHasItsForm) {
  io::SimulatedFileSystem files;
  table::Rows rows(table::Schema{{"window_start", ColumnType::kTimestamp},
                                 {"=genre", ColumnType::kText, true},
                                 {"count", ColumnType::kInteger},
                                 {"provisional", ColumnType::kFlag},
                                 {"share", ColumnType::kReal},
                                 {"raw", ColumnType::kBytes}});
  for (const char* genre : {"pop", ""}) {
    rows.columns[0].add_number(1'541'105'830'796'000);
    *genre == 0 ? rows.columns[1].add_null() : rows.columns[1].add_text(genre);
    rows.columns[2].add_number(-5);
    rows.columns[3].add_number(*genre == 0 ? 0 : 1);
    rows.columns[4].add_real(0.25);
    rows.columns[5].add_text(std::string_view("\0\xff", 2));
  }
  const std::string bytes = table::write_parquet(rows, {}).value();
  ASSERT_TRUE(io::write_file_synced(files, "a.parquet", bytes));
  ASSERT_TRUE(io::write_file_synced(files, "b.parquet", bytes));
  EXPECT_EQ(write_result_csv(files, {"a.parquet", "b.parquet"}, "out.csv").value(), 4u);
  const std::string two = "2018-11-01 20:57:10,pop,-5,true,0.25,00ff\r\n2018-11-01 20:57:10,,-5,false,0.25,00ff\r\n";
  EXPECT_EQ(io::read_file(files, "out.csv", 1 << 20).value(), "window_start,'=genre,count,provisional,share,raw\r\n" + two + two);
}

TEST(ResultCsv, AFailureKeepsTheOlderFile) {
  io::SimulatedFileSystem files;
  table::Rows rows(table::Schema{{"x", ColumnType::kInteger}});
  rows.columns[0].add_number(1);
  table::Rows others(table::Schema{{"y", ColumnType::kInteger}});
  others.columns[0].add_number(1);
  ASSERT_TRUE(io::write_file_synced(files, "a.parquet", table::write_parquet(rows, {}).value()));
  ASSERT_TRUE(io::write_file_synced(files, "b.parquet", table::write_parquet(others, {}).value()));
  ASSERT_TRUE(io::write_file_synced(files, "out.csv", "older"));
  EXPECT_EQ(write_result_csv(files, {"a.parquet", "b.parquet"}, "out.csv").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(io::read_file(files, "out.csv", 100).value(), "older");
  EXPECT_FALSE(files.exists("out.csv.new").value());
}

}  // namespace
}  // namespace playhead::cli
