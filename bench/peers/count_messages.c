// Counts the records of a topic and their bytes, and looks at nothing in them: the cost of librdkafka alone.
#include <stdio.h>

#include "bare_consumer.h"

static void add_bytes(void* state, rd_kafka_message_t* const* records, size_t count) {
  long long* bytes = state;
  for (size_t index = 0; index < count; ++index) *bytes += (long long)records[index]->len;
}

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "usage: count_messages SERVERS TOPIC\n"), 2;
  long long bytes = 0;
  long long records = bare_consume(argv[1], argv[2], add_bytes, &bytes);
  printf("{\"records\": %lld, \"bytes\": %lld}\n", records, bytes);
  return 0;
}
