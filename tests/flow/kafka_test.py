"""The commands on a real Kafka broker: the same results as on the embedded log, whoever is killed; refusals; what other clients send.

Needs java (tests/broker/broker.py); skipped, visibly, where there is none.
"""

import random
import time
import unittest

import playhead
from kafka_case import PLAYS, KafkaCase, skip_without_a_broker

NOBODY = "127.0.0.1:1"


def setUpModule():
    skip_without_a_broker()


class Counts(KafkaCase):
    def test_kafka_and_the_embedded_log_give_the_same_tables_also_after_kill_9(self):
        self.produce("load", PLAYS, "--partitions", 3)
        embedded = self.folder / "embedded"
        self.produce("load", PLAYS, "--partitions", 3, servers="", data=embedded)
        flags = ("--job", "plays", "--window", "1s", "--lake", "on")
        kills = 0
        chance = random.Random(1)
        while kills < 5:
            running = self.start("stream", "--input-topic", "load", *flags, "--epoch-records-max", 2_000, "--lake-interval", "100ms")
            running.ended_within(0.4 + chance.random())
            kills += running.process.poll() is None
            running.kill()
        sums = self.stream("load", *flags)
        self.assertEqual(sums["records"]["read"], PLAYS)
        self.stream("load", *flags, servers="", data=embedded)
        self.assertTrue(self.run_playhead("reconcile", "--job", "plays").last["reconciles"])
        theirs = playhead.sql(f"SELECT epoch_us(window_start), genre, count FROM read_parquet('{embedded}/windows/plays/*.parquet')")
        mine = playhead.sql(f"SELECT epoch_us(window_start), genre, count FROM read_parquet('{self.data}/windows/plays/*.parquet')")
        self.assertEqual(sorted(mine), sorted(theirs))
        self.assertEqual(sum(count for _, _, count in mine), PLAYS)
        rows = "SELECT count(*), count(DISTINCT (\"partition\", \"offset\")) FROM read_parquet('{}/lake/load/**/*.parquet')"
        self.assertEqual(playhead.sql(rows.format(self.data)), [(PLAYS, PLAYS)])


class Refusals(KafkaCase):
    def test_unknown_topic_and_wrong_port(self):
        self.refused("topics", "describe", "nowhere", kind="not_found", says=["nowhere"])
        self.refused("stream", "--input-topic", "nowhere", kind="not_found", says=["nowhere"])
        began = time.monotonic()
        done = self.refused("topics", "list", kind="io", says=[NOBODY], servers=NOBODY)
        self.assertLess(time.monotonic() - began, 60)
        self.assertLessEqual(len(done.errors.splitlines()), 3, done.errors)

    def test_a_topic_made_anew_is_refused(self):
        self.produce("anew", 1_000)
        self.stream("anew", "--job", "anew")
        self.run_playhead("topics", "delete", "anew")
        self.wait_for(lambda: "anew" not in self.run_playhead("topics", "list").output, "the topic is gone")
        self.produce("anew", 2_000)
        self.refused("stream", "--input-topic", "anew", "--job", "anew", "--until-idle", kind="invalid", says=["made anew", "jobs reset"])

    def test_settings(self):
        settings = self.folder / "kafka.properties"
        settings.write_text(f"# where\nbootstrap.servers = {self.broker.address}\ncompression.codec=zstd\n", encoding="utf-8")
        self.run_playhead("topics", "list", "--kafka-config", settings, servers="")
        settings.write_text("linger.ms=5\n", encoding="utf-8")
        self.refused("topics", "list", "--kafka-config", settings, kind="invalid", servers="", says=["names no bootstrap.servers"])
        self.run_playhead("topics", "list", "--kafka-config", settings)
        settings.write_text("sasl.password hunter2\n", encoding="utf-8")
        done = self.refused("topics", "list", "--kafka-config", settings, kind="invalid", status=2, says=["line 1"])
        self.assertNotIn("hunter2", done.output + done.errors)
        settings.write_text("acks=1\n", encoding="utf-8")
        self.refused("topics", "list", "--kafka-config", settings, kind="invalid", says=["acks"])


class Strangers(KafkaCase):
    """Records of another client: confluent_kafka, of Kafka's makers."""

    def setUp(self):
        super().setUp()
        try:
            import confluent_kafka
        except ImportError as error:
            self.skipTest(f"no confluent_kafka: {error}")
        self.client = confluent_kafka

    def send(self, topic, records, **settings):
        producer = self.client.Producer({"bootstrap.servers": self.broker.address, **settings})
        for record in records:
            producer.produce(topic, **record)
        self.assertEqual(producer.flush(60), 0)

    def test_a_large_record(self):
        self.run_playhead("topics", "create", "large")
        self.send("large", [{"key": "k", "value": "x" * 900_000}])
        read = self.run_playhead("topics", "read", "large", "--from-beginning").objects
        self.assertEqual(len(read[0]["value"]), 900_000)
        line = self.folder / "large.json"
        line.write_text("y" * 2_000_000 + "\n", encoding="utf-8")
        self.refused("produce", "--topic", "large", "--from", line, kind="limit")

    def test_transactions_leave_gaps_and_what_was_aborted_is_not_read(self):
        self.run_playhead("topics", "create", "paid")
        producer = self.client.Producer({"bootstrap.servers": self.broker.address, "transactional.id": "t"})
        producer.init_transactions(60)
        for number in range(6):
            producer.begin_transaction()
            for play in range(10):
                value = f'{{"user_id": "u", "track_id": "{number}-{play}", "genre": "pop", "timestamp": "2026-03-01T00:00:{play:02}Z"}}'
                producer.produce("paid", key="u", value=value)
            producer.flush(60)
            if number % 2:
                producer.abort_transaction(60)
            else:
                producer.commit_transaction(60)
        self.assertEqual(len(self.run_playhead("topics", "read", "paid", "--from-beginning").objects), 30)
        sums = self.stream("paid", "--job", "paid")
        self.assertEqual(sums["records"]["read"], 30)


if __name__ == "__main__":
    unittest.main()
