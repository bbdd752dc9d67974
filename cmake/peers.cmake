# What bench/peers compares Playhead with, as far as it is C or C++: two bare consumers, and the producer that fills the topics for all.
# Target `peers`; no part of `all`. They link the same librdkafka and simdjson as the program.

enable_language(C)
add_custom_target(peers)
foreach(name fill count_messages count_windows)
  file(GLOB source "${CMAKE_CURRENT_SOURCE_DIR}/bench/peers/${name}.c" "${CMAKE_CURRENT_SOURCE_DIR}/bench/peers/${name}.cc")
  add_executable(peers_${name} EXCLUDE_FROM_ALL "${source}")
  set_target_properties(peers_${name} PROPERTIES OUTPUT_NAME "${name}" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/peers" C_STANDARD 17)
  target_link_libraries(peers_${name} PRIVATE dep_rdkafka)
  target_compile_options(peers_${name} PRIVATE -Wall -Wextra)
  add_dependencies(peers peers_${name})
endforeach()
foreach(name count_messages count_windows)
  target_sources(peers_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/bench/peers/bare_consumer.c")
endforeach()
target_link_libraries(peers_count_windows PRIVATE dep_simdjson)
