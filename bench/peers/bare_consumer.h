// peers/bare_consumer.h: reads a Kafka topic from its beginning to its present end, as fast as librdkafka can, and promises nothing.
//
// All partitions go into one queue, from which records are taken 10,000 at a time. Nothing is committed, checked or remembered: this is
// what the two consumers that Playhead is held against have in common, so that they differ only in what they do with a record. Limits: 64
// partitions. Threads: the caller's, beside librdkafka's own. Memory: what librdkafka fetches ahead, 64 MB. Fails: ends the process.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Called with the records of one batch; they live until it returns.
typedef void (*bare_visitor)(void* state, rd_kafka_message_t* const* records, size_t count);

// Returns the number of records.
long long bare_consume(const char* servers, const char* topic, bare_visitor visit, void* state);

#ifdef __cplusplus
}
#endif
