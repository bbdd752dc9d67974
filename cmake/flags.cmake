# How our code is compiled: the language, warnings, sanitizers, linker and compiler cache.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden) # a program has nobody to export to; and see simdjson in dependencies.cmake
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "as in CMakePresets.json" FORCE)
endif()

add_library(playhead_flags INTERFACE)
target_compile_options(playhead_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(playhead_flags INTERFACE -Wno-restrict) # g++ 12 sees overlaps in `"text" + string` that are not there
endif()
if(PLAYHEAD_DEVELOPER)
  target_compile_options(playhead_flags INTERFACE -Werror)
endif()

# simdjson is compiled with these too, so that a read past a record's padding is seen; Arrow is not ours to compile.
if(PLAYHEAD_SANITIZE)
  add_compile_options(-fsanitize=${PLAYHEAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PLAYHEAD_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(playhead_flags INTERFACE -Wno-maybe-uninitialized) # the instrumentation makes g++ see ghosts in <regex>; dev looks
  endif()
endif()

if(PLAYHEAD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(PLAYHEAD_MOLD mold)
if(PLAYHEAD_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# No precompiled headers, measured: Arrow, Parquet and simdjson are each included by a single .cc file; GoogleTest's saves 0.4 s of the
# 5 to 9 s that a test file takes, costs 2.5 s itself, and would make the compiler cache look less closely.
#
# Paths below the source folder are hashed as relative ones, so that a second clone finds what the first compiled.
find_program(PLAYHEAD_CCACHE ccache)
if(PLAYHEAD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${CMAKE_CURRENT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${PLAYHEAD_CCACHE}")
endif()
