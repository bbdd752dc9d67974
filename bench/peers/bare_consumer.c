#include "bare_consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kPartitionsMax = 64, kBatch = 10000, kWaitMilliseconds = 10000 };

static void fail(const char* what, const char* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
  char reason[512];
  if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) fail(name, reason);
}

static rd_kafka_t* new_client(const char* servers) {
  char reason[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", servers);
  set(conf, "enable.auto.commit", "false");
  set(conf, "enable.partition.eof", "false");
  set(conf, "queued.min.messages", "1000000");
  set(conf, "queued.max.messages.kbytes", "65536");
  set(conf, "fetch.queue.backoff.ms", "5");
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  if (!client) fail("librdkafka", reason);
  return client;
}

static int partitions_of(rd_kafka_t* client, rd_kafka_topic_t* topic) {
  const struct rd_kafka_metadata* metadata;
  rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic, &metadata, kWaitMilliseconds);
  if (error) fail("metadata", rd_kafka_err2str(error));
  int count = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  if (count < 1 || count > kPartitionsMax) fail("partitions", "none, or too many");
  return count;
}

// Adds every partition to the queue; returns how many records there are to read.
static long long begin(rd_kafka_t* client, rd_kafka_topic_t* topic, int partitions, const char* name, rd_kafka_queue_t* queue) {
  long long total = 0;
  for (int partition = 0; partition < partitions; ++partition) {
    int64_t low, high;
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(client, name, partition, &low, &high, kWaitMilliseconds);
    if (error) fail("offsets", rd_kafka_err2str(error));
    total += high - low;
    if (rd_kafka_consume_start_queue(topic, partition, RD_KAFKA_OFFSET_BEGINNING, queue)) fail("start", rd_kafka_err2str(rd_kafka_last_error()));
  }
  return total;
}

long long bare_consume(const char* servers, const char* name, bare_visitor visit, void* state) {
  rd_kafka_t* client = new_client(servers);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name, NULL);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  int partitions = partitions_of(client, topic);
  long long total = begin(client, topic, partitions, name, queue), seen = 0;
  static rd_kafka_message_t* batch[kBatch];
  while (seen < total) {
    // It waits until it has as many as it is asked for.
    size_t wanted = total - seen < kBatch ? (size_t)(total - seen) : kBatch;
    ssize_t count = rd_kafka_consume_batch_queue(queue, kWaitMilliseconds, batch, wanted);
    if (count <= 0) fail("consume", "no record came for ten seconds");
    for (ssize_t index = 0; index < count; ++index) {
      if (batch[index]->err) fail("record", rd_kafka_message_errstr(batch[index]));
    }
    visit(state, batch, (size_t)count);
    seen += count;
    for (ssize_t index = 0; index < count; ++index) rd_kafka_message_destroy(batch[index]);
  }
  for (int partition = 0; partition < partitions; ++partition) rd_kafka_consume_stop(topic, partition);
  rd_kafka_queue_destroy(queue);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(client);
  return seen;
}
