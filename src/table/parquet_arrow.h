// table/parquet_arrow.h: what the Parquet files of this room share with the Arrow library: its types, its errors, its files.
//
// For the sources of this room only; the library's own headers stay in them. Arrow returns a status or throws, as its layers please;
// guarded() makes an Error of either.
//
// Threads: pure functions; a source is used by one thread at a time.
// Memory:  a source borrows its file or bytes.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"
#include "table/parquet.h"
#include "table/rows.h"

namespace arrow {
class DataType;
class KeyValueMetadata;
class Schema;
class Status;
namespace io {
class RandomAccessFile;
}
}  // namespace arrow

namespace playhead::table {

// Runs `work`, which returns a Result or a Status; an exception of the library becomes an Error of the kind `otherwise`.
template <typename Work>
auto guarded(ErrorKind otherwise, const std::string& what, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& exception) {
    return fail(otherwise, what + ": " + exception.what());
  }
}

// kLimit where the library had too little memory or room, else of the kind `otherwise`.
std::unexpected<Error> fail_as(const arrow::Status& status, ErrorKind otherwise, const std::string& what);

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type);
std::shared_ptr<arrow::Schema> arrow_schema(const Schema& schema);  // with field ids from 1
Result<Schema> schema_of(const arrow::Schema& schema);              // kInvalid: a type that is none of ours, by the column's name

// The metadata of a footer, without the library's own. Null gives none.
Metadata metadata_of(const arrow::KeyValueMetadata* footer);

// kInvalid: no columns; a column name that is empty, repeated or not UTF-8.
Status check_schema(const Schema& schema);
// kInvalid: columns of other types or lengths than the schema says, a null where none may be, a flag beyond 0 and 1, a text that is not
// UTF-8. kLimit: more text in one column than its offsets can count.
Status check_rows(const Rows& rows);
// kInvalid: a key that is empty, repeated or reserved ("ARROW:..."), or not UTF-8.
Status check_metadata(const Metadata& metadata);

// Arrow makes one kind of failure of them all, so the file's own first one is kept in `failure`, which must live as long.
std::shared_ptr<arrow::io::RandomAccessFile> source_of(io::File& file, std::uint64_t bytes, std::optional<Error>& failure);
std::shared_ptr<arrow::io::RandomAccessFile> source_of(std::string_view bytes);

}  // namespace playhead::table
