// Fills a Kafka topic with events made by rule, the same at each run, so that every engine gets the same bytes.
//
//   fill SERVERS TOPIC plays COUNT         TuneTracker plays of one hour, up to 4 s out of order, 100,000 users, 20,000 tracks, 15 genres
//   fill SERVERS TOPIC plays-id COUNT      the same with an event_id, and one in a hundred is sent again within the next second or so
//   fill SERVERS TOPIC listens COUNT       eventsim listens of one day
//   fill SERVERS TOPIC live COUNT RATE     plays at RATE a second; event time and record time are the instant at which each was due
//
// Keys are user ids, partitioned as Java does. Ends when all are acknowledged.
#define _GNU_SOURCE
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kUsers = 100000, kTracks = 20000, kGenres = 15, kResendWithin = 2048, kTextBytes = 1024 };
static const int64_t kStart = 1772323200000000; // 2026-03-01T00:00:00Z in microseconds
static const char* const genres[kGenres] = {"pop", "rock", "jazz", "blues", "electronic", "classical", "hip-hop", "country",
                                            "metal", "folk", "reggae", "soul", "latin", "punk", "indie"};
static const char* const cities[8] = {"San Francisco-Oakland-Hayward", "New York-Newark-Jersey City", "Chicago-Naperville-Elgin", "Houston-The Woodlands-Sugar Land",
                                      "Phoenix-Mesa-Scottsdale", "Seattle-Tacoma-Bellevue", "Atlanta-Sandy Springs-Roswell", "Boston-Cambridge-Newton"};
static const char* const states[8] = {"CA", "NY", "IL", "TX", "AZ", "WA", "GA", "MA"};

struct event {
  char key[16];
  char text[kTextBytes];
  int key_bytes, text_bytes;
};

// A number that depends on `number` alone (splitmix64), so that an event can be made again.
static uint64_t chance(uint64_t number) {
  number += 0x9E3779B97F4A7C15u;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
  return number ^ (number >> 31);
}

// Some users, tracks and genres are far more popular than others.
static uint32_t popular(uint64_t random, uint32_t count) {
  uint64_t first = (random & 0xFFFF), second = (random >> 16) & 0xFFFF;
  return (uint32_t)((first * second * count) >> 32);
}

static void time_text(int64_t microseconds, char* text) {
  static int64_t last_minute = -1;
  static char minute_text[32];
  int64_t minute = microseconds / 60000000;
  if (minute != last_minute) {
    time_t seconds = (time_t)(minute * 60);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(minute_text, sizeof minute_text, "%Y-%m-%dT%H:%M:", &parts);
    last_minute = minute;
  }
  int64_t rest = microseconds % 60000000;
  memcpy(text, minute_text, 17);
  snprintf(text + 17, 16, "%02d.%06d", (int)(rest / 1000000), (int)(rest % 1000000));
}

static void make_play(struct event* event, uint64_t number, int64_t when, int with_id) {
  uint64_t random = chance(number), other = chance(number + (1ull << 40));
  char when_text[40];
  time_text(when, when_text);
  event->key_bytes = snprintf(event->key, sizeof event->key, "u%u", popular(random, kUsers));
  event->text_bytes = snprintf(event->text, sizeof event->text, "{\"user_id\": \"%s\", \"track_id\": \"t%u\", \"genre\": \"%s\", \"timestamp\": \"%s\"", event->key,
                               100000 + popular(random >> 32, kTracks), genres[popular(other, kGenres)], when_text);
  if (with_id) event->text_bytes += snprintf(event->text + event->text_bytes, 64, ", \"event_id\": \"%016" PRIx64 "\"", chance(number ^ 0x5555555555555555u));
  event->text_bytes += snprintf(event->text + event->text_bytes, 2, "}");
}

static int64_t disordered(uint64_t number, uint64_t count, int64_t span) {
  int64_t nominal = kStart + 4000000 + (int64_t)((double)span * (double)number / (double)count);
  return nominal - (int64_t)(chance(number + (1ull << 41)) % 4000000);
}

static void make_listen(struct event* event, uint64_t number, uint64_t count) {
  uint64_t random = chance(number), other = chance(number + (1ull << 40));
  uint32_t user = popular(random, kUsers), track = popular(random >> 32, kTracks);
  uint64_t own = chance(user + (1ull << 42));
  event->key_bytes = snprintf(event->key, sizeof event->key, "%u", user);
  event->text_bytes = snprintf(
      event->text, sizeof event->text,
      "{\"artist\":\"Artist number %u\",\"song\":\"A song by the name of %u\",\"duration\":%u.%05u,\"ts\":%" PRId64 ",\"sessionId\":%u,\"auth\":\"Logged In\",\"level\":\"%s\","
      "\"itemInSession\":%u,\"city\":\"%s\",\"zip\":\"%05u\",\"state\":\"%s\",\"userAgent\":\"\\\"Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/%u.0.1985.125 Safari/537.36\\\"\",\"lon\":-%u.%06u,\"lat\":%u.%06u,\"userId\":%u,\"lastName\":\"Family%u\",\"firstName\":\"Given%u\",\"gender\":\"%s\","
      "\"registration\":%" PRIu64 "}",
      track % 3000, track, (unsigned)(120 + track % 200), (unsigned)(track * 37 % 100000), disordered(number, count, 86400000000) / 1000, (unsigned)(other % 1000000),
      own & 1 ? "paid" : "free", (unsigned)(other >> 32) % 100, cities[own >> 8 & 7], (unsigned)(own >> 16) % 100000, states[own >> 8 & 7], (unsigned)(30 + (own >> 20) % 70),
      (unsigned)(70 + (own >> 28) % 50), (unsigned)((own >> 30) % 1000000), (unsigned)(25 + (own >> 34) % 23), (unsigned)((own >> 36) % 1000000), user,
      (unsigned)(own >> 40) % 1000, (unsigned)(own >> 44) % 30000, own & 2 ? "F" : "M", 1460000000000 + (own >> 20) % 10000000000);
}

static void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
  char reason[512];
  if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) fprintf(stderr, "%s: %s\n", name, reason), exit(1);
}

static long long refused = 0;

static void delivered(rd_kafka_t* client, const rd_kafka_message_t* record, void* opaque) {
  (void)client, (void)opaque;
  if (record->err) ++refused;
}

static rd_kafka_t* new_client(const char* servers, int live) {
  char reason[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", servers);
  set(conf, "enable.idempotence", "true");
  set(conf, "acks", "all");
  set(conf, "linger.ms", live ? "1" : "50");
  set(conf, "partitioner", "murmur2_random");
  set(conf, "queue.buffering.max.messages", "500000");
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (!client) fprintf(stderr, "librdkafka: %s\n", reason), exit(1);
  return client;
}

static void send_event(rd_kafka_t* client, const char* topic, struct event* event, int64_t milliseconds) {
  for (;;) {
    rd_kafka_resp_err_t error = rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(event->key, (size_t)event->key_bytes),
                                                  RD_KAFKA_V_VALUE(event->text, (size_t)event->text_bytes), RD_KAFKA_V_TIMESTAMP(milliseconds),
                                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (!error) return;
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) fprintf(stderr, "produce: %s\n", rd_kafka_err2str(error)), exit(1);
    rd_kafka_poll(client, 100);
  }
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000000ll + time.tv_nsec / 1000;
}

static void send_live(rd_kafka_t* client, const char* topic, uint64_t count, uint64_t rate) {
  struct event event;
  int64_t start = now();
  for (uint64_t number = 0; number < count; ++number) {
    int64_t due = start + (int64_t)(number * 1000000 / rate);
    while (now() < due) {
      struct timespec wait = {0, 500000};
      nanosleep(&wait, NULL);
      rd_kafka_poll(client, 0);
    }
    make_play(&event, number, due, 0);
    send_event(client, topic, &event, due / 1000);
  }
}

static void send_past(rd_kafka_t* client, const char* topic, const char* what, uint64_t count) {
  struct event event;
  int with_id = strcmp(what, "plays-id") == 0, listens = strcmp(what, "listens") == 0;
  for (uint64_t number = 0; number < count; ++number) {
    uint64_t which = number;
    if (with_id && number >= kResendWithin && number % 100 == 99) {
      which = number - 1 - chance(number) % (kResendWithin - 1);
      if (which % 100 == 99) --which; // one that is not itself a resend
    }
    if (listens) {
      make_listen(&event, which, count);
    } else {
      make_play(&event, which, disordered(which, count, 3596000000), with_id);
    }
    send_event(client, topic, &event, now() / 1000);
    if (number % 1024 == 0) rd_kafka_poll(client, 0);
  }
}

int main(int argc, char** argv) {
  if (argc < 5 || (strcmp(argv[3], "live") == 0) != (argc == 6)) return fprintf(stderr, "usage: fill SERVERS TOPIC plays|plays-id|listens|live COUNT [RATE]\n"), 2;
  int live = argc == 6;
  uint64_t count = strtoull(argv[4], NULL, 10);
  rd_kafka_t* client = new_client(argv[1], live);
  if (live) {
    send_live(client, argv[2], count, strtoull(argv[5], NULL, 10));
  } else {
    send_past(client, argv[2], argv[3], count);
  }
  while (rd_kafka_outq_len(client) > 0) rd_kafka_flush(client, 1000);
  rd_kafka_destroy(client);
  if (refused) return fprintf(stderr, "%lld records were refused\n", refused), 1;
  return 0;
}
