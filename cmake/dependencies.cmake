# Every library Playhead links, under one name each (dep_<name>). tools/setup.sh installs them.

set(PLAYHEAD_THIRD_PARTY "${CMAKE_CURRENT_SOURCE_DIR}/third_party" CACHE PATH "Where tools/setup.sh unpacks what apt does not have")
file(GLOB PLAYHEAD_RDKAFKA_LIBRARY "${PLAYHEAD_THIRD_PARTY}/kafka/confluent_kafka.libs/librdkafka-*.so.1")
if(NOT EXISTS "${PLAYHEAD_THIRD_PARTY}/arrow/pyarrow/libarrow.so.2600" OR NOT EXISTS "${PLAYHEAD_THIRD_PARTY}/simdjson/simdjson.cpp" OR NOT PLAYHEAD_RDKAFKA_LIBRARY)
  message(FATAL_ERROR "${PLAYHEAD_THIRD_PARTY} lacks Arrow, simdjson or librdkafka: run `make setup` (or tools/setup.sh run) first")
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)

function(system_library name)
  add_library(dep_${name} INTERFACE)
  target_link_libraries(dep_${name} INTERFACE ${ARGN})
endfunction()

system_library(xxhash PkgConfig::XXHASH)
system_library(zstd PkgConfig::ZSTD)
system_library(lz4 PkgConfig::LZ4)
system_library(zlib ZLIB::ZLIB)
system_library(fmt fmt::fmt)
system_library(spdlog spdlog::spdlog)
system_library(nlohmann_json nlohmann_json::nlohmann_json)
system_library(cli11) # header only
system_library(tomlplusplus) # header only
target_link_libraries(playhead_flags INTERFACE Threads::Threads)

# Apache Arrow and Parquet: the shared libraries inside the pinned pyarrow wheel (it ships headers, but no CMake package).
set(arrow_root "${PLAYHEAD_THIRD_PARTY}/arrow/pyarrow")
set(PLAYHEAD_ARROW_LIBRARIES "${arrow_root}/libarrow.so.2600" "${arrow_root}/libparquet.so.2600") # `make install` copies them
foreach(name arrow parquet)
  add_library(${name}_shared SHARED IMPORTED)
  set_target_properties(${name}_shared PROPERTIES
    IMPORTED_LOCATION "${arrow_root}/lib${name}.so.2600" IMPORTED_SONAME "lib${name}.so.2600"
    INTERFACE_INCLUDE_DIRECTORIES "${arrow_root}/include")
endforeach()
system_library(arrow arrow_shared)
system_library(parquet parquet_shared arrow_shared)

# librdkafka: the shared library inside the pinned wheel of Kafka's Python client, compiled against Debian's header of an older version.
# Its interface only ever grows; what the header lacks is declared in src/log/kafka_admin.cc. It carries OpenSSL, zstd and LZ4 within and
# exports none of them, so libparquet's own OpenSSL and this one never meet. tests/flow/symbols_test.py holds this.
find_path(PLAYHEAD_RDKAFKA_HEADERS librdkafka/rdkafka.h REQUIRED)
get_filename_component(rdkafka_name "${PLAYHEAD_RDKAFKA_LIBRARY}" NAME)
add_library(rdkafka_shared SHARED IMPORTED)
set_target_properties(rdkafka_shared PROPERTIES
  IMPORTED_LOCATION "${PLAYHEAD_RDKAFKA_LIBRARY}" IMPORTED_SONAME "${rdkafka_name}"
  INTERFACE_INCLUDE_DIRECTORIES "${PLAYHEAD_RDKAFKA_HEADERS}")
system_library(rdkafka rdkafka_shared)

# The allocator of the program: librdkafka allocates each message in one thread and frees it in another, and Arrow takes and gives back
# buffers of megabytes; libc's malloc spends a sixth of the whole program's time on that. Sanitizers bring an allocator of their own.
add_library(dep_allocator INTERFACE)
if(NOT PLAYHEAD_SANITIZE AND NOT PLAYHEAD_FUZZ)
  pkg_check_modules(TCMALLOC REQUIRED IMPORTED_TARGET libtcmalloc_minimal)
  target_link_libraries(dep_allocator INTERFACE PkgConfig::TCMALLOC)
endif()

# simdjson: libparquet and libarrow export a simdjson of their own, of another version. So ours is object code with hidden visibility,
# here and in every file that includes it; a static library would come after libparquet and lose. tests/flow/symbols_test.py holds this.
add_library(simdjson_object OBJECT "${PLAYHEAD_THIRD_PARTY}/simdjson/simdjson.cpp")
target_include_directories(simdjson_object SYSTEM PUBLIC "${PLAYHEAD_THIRD_PARTY}/simdjson")
target_compile_options(simdjson_object PRIVATE -w)
system_library(simdjson simdjson_object "$<TARGET_OBJECTS:simdjson_object>")

if(PLAYHEAD_DEVELOPER)
  find_package(GTest REQUIRED)
  find_library(RAPIDCHECK rapidcheck REQUIRED)
  system_library(gtest GTest::gmock GTest::gtest_main "${RAPIDCHECK}")
endif()
