"""The broker, the topics that all engines read, and what is true of them, worked out by DuckDB from the records themselves."""

import collections
import json
import pathlib
import subprocess
import sys

import confluent_kafka
import confluent_kafka.admin
import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "broker"))
import broker

JAVA_OPTIONS = ("-Xmx1g", "-XX:+UseG1GC")  # as a broker of some size has them; the tests' is made to start fast
# The plays are of a past March, and results bear the time of their window: kept, all the same.
PROPERTIES = "log.retention.ms=-1\nlog.retention.check.interval.ms=300000\n"
# Records at scale 1, by topic; the small ones tell what an engine costs beyond its start.
SIZES = {"music-plays": ("plays", 10_000_000), "music-plays-small": ("plays", 2_500_000), "plays-id": ("plays-id", 5_000_000),
         "listen_events": ("listens", 3_000_000)}
PARTITIONS = 4
OF_JOB = {"counts": "music-plays", "counts-small": "music-plays-small", "dedup": "plays-id", "lake": "listen_events"}


class Topics:
    def __init__(self, folder, programs, scale):
        self.folder, self.programs, self.scale = pathlib.Path(folder), programs, scale
        self.broker = broker.Broker(self.folder / "broker", PROPERTIES, options=JAVA_OPTIONS)
        self.broker.start()
        self.servers = self.broker.address
        self.admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.servers})
        self.truths = {}

    def stop(self):
        self.broker.stop()

    def records(self, topic):
        return max(1000, int(SIZES[topic][1] * self.scale))

    def create(self, topic, partitions=PARTITIONS):
        made = self.admin.create_topics([confluent_kafka.admin.NewTopic(topic, num_partitions=partitions, replication_factor=1)])
        made[topic].result(30)

    def delete(self, topic):
        self.admin.delete_topics([topic])[topic].result(30)

    def fill(self, topic):
        """Makes the topic, unless it was made, and returns what is true of it."""
        if topic not in self.truths:
            self.create(topic)
            kind, count = SIZES[topic][0], self.records(topic)
            subprocess.run([self.programs / "fill", self.servers, topic, kind, str(count)], stdin=subprocess.DEVNULL, check=True)
            self.truths[topic] = self.truth(topic, kind, count)
        return self.truths[topic]

    def values(self, topic, **settings):
        """Every record of a topic, as it is now."""
        client = confluent_kafka.Consumer({"bootstrap.servers": self.servers, "group.id": "truth", "enable.auto.commit": False, "queued.max.messages.kbytes": 65536,
                                           "enable.partition.eof": True, **settings})
        partitions = [confluent_kafka.TopicPartition(topic, number, 0) for number in client.list_topics(topic, 30).topics[topic].partitions]
        client.assign(partitions)
        open_ones = len(partitions)
        while open_ones:
            for record in client.consume(10_000, 1.0):
                if record.error() and record.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_ones -= 1
                elif record.error():
                    raise confluent_kafka.KafkaException(record.error())
                else:
                    yield record
        client.close()

    def truth(self, topic, kind, count):
        """{(window start in seconds, genre): plays}, each event id once; of listens {hour: (listens, sum of ts, sum of registration)}."""
        path = self.folder / f"{topic}.ndjson"
        with open(path, "wb") as lines:
            found = 0
            for record in self.values(topic):
                lines.write(record.value() + b"\n")
                found += 1
        assert found == count, f"{topic} has {found} records, not {count}"
        try:
            if kind == "listens":
                return listens_by_hour(f"read_json('{path}', format='newline_delimited', columns={{ts: 'BIGINT', registration: 'BIGINT'}})", "ts")
            columns = "genre: 'VARCHAR', timestamp: 'TIMESTAMP', event_id: 'VARCHAR'"
            source = f"(SELECT * FROM read_json('{path}', format='newline_delimited', columns={{{columns}}}))"
            if kind == "plays-id":
                source = f"(SELECT DISTINCT genre, timestamp, event_id FROM {source})"
            return counts_by_window(f"SELECT epoch(date_trunc('minute', timestamp))::BIGINT, genre, count(*) FROM {source} GROUP BY ALL")
        finally:
            path.unlink()


def counts_by_window(query):
    """{(window start in seconds, genre): plays} of a query's rows, of which no two may be of the same window and genre."""
    rows = duckdb.sql(query).fetchall()
    found = {(int(start), genre): int(count) for start, genre, count in rows}
    if len(found) != len(rows):
        raise AssertionError(f"{len(rows) - len(found)} windows have several rows")
    return found


def listens_by_hour(source, milliseconds):
    rows = duckdb.sql(f"SELECT {milliseconds} // 3600000, count(*), sum({milliseconds}), sum(registration) FROM {source} GROUP BY ALL").fetchall()
    return {int(hour): (int(count), int(total), int(other)) for hour, count, total, other in rows}


def last_counts(records):
    """{(window start, genre): plays} of an output topic: the last value of a key counts."""
    counts = collections.OrderedDict()
    for record in records:
        start, genre = record.key().decode().split(",", 1)
        counts[(int(start), genre)] = int(record.value())
    return dict(counts)
