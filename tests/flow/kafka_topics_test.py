"""`topics`, `produce` and `simulate` say and do the same on both logs; what only Kafka has (retention that overtakes a reader, compaction,
a time of appending that the broker gives) is told rightly.
"""

import json
import random
import unittest

import playhead
from kafka_case import KafkaCase, skip_without_a_broker

PERIOD = ("--start-time", "2026-03-01T00:00:00Z", "--end-time", "2026-03-15T00:00:00Z")
DEFAULT_NAMES = ["music-plays", "listen_events", "page_view_events", "auth_events", "status_change_events", "music-streams", "music_streaming_data"]
ALL_DIALECTS = "tunetracker,eventsim,music-streams,streaming-events"


def setUpModule():
    skip_without_a_broker()


class BothLogs(KafkaCase):
    def both(self, *arguments, **options):
        """The same command on Kafka and on the embedded log."""
        return [self.run_playhead(*arguments, **options), self.run_playhead(*arguments, servers="", data=self.folder / "embedded", **options)]

    def same(self, *arguments, without=(), **options):
        """What both print, which is the same but for these fields. Kafka keeps milliseconds."""
        def comparable(line):
            return {name: value[:23] if name == "timestamp" else value for name, value in line.items() if name not in without}

        answers = [[comparable(line) for line in done.objects] for done in self.both(*arguments, **options)]
        self.assertEqual(len(answers[0]), len(answers[1]))
        self.assertEqual([(one, other) for one, other in zip(*answers) if one != other][:3], [])
        return answers[0]

    def mine(self, *names):
        """The topics of these names that are in Kafka, where other tests have theirs."""
        return [topic["name"] for topic in self.run_playhead("topics", "list").objects if topic["name"] in names]

    def test_create_describe_list_read_delete(self):
        for words in (("one",), ("many", "--partitions", 5, "--clock", "record"),
                      ("aged", "--retention-age", "1h", "--retention-bytes", "1MiB", "--segment-bytes", "1MiB")):
            self.same("topics", "create", *words, without=("id", "segment_bytes"))
        self.assertEqual(self.mine("one", "many", "aged"), ["aged", "many", "one"])
        plays = self.folder / "plays.json"
        lines = [json.dumps({"user_id": f"user-{i % 7}", "track_id": f"t{i}", "genre": "pop", "timestamp": f"2026-03-01T00:00:{i:02}Z"})
                 for i in range(60)]
        plays.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.same("produce", "--topic", "many", "--from", plays, without=("seconds",))
        described = self.same("topics", "describe", "many", without=("id", "segment_bytes"))
        self.assertEqual(sum(partition["records"] for partition in described[0]["by_partition"]), 60)
        self.assertEqual((described[0]["partitions"], described[0]["clock"]), (5, "record"))
        aged = self.same("topics", "describe", "aged", without=("id",))[0]
        self.assertEqual((aged["retention_age_seconds"], aged["retention_bytes"], aged["segment_bytes"]), (3600, 1 << 20, 1 << 20))
        self.assertEqual(len(self.same("topics", "read", "many", "--from-beginning")), 60)
        self.assertEqual(len(self.same("topics", "read", "many", "--partition", 2, "--offset", 1, "--max-messages", 2)), 2)
        self.assertEqual(len(self.same("topics", "read", "many", "--latest", 7)), 7)
        found = self.same("topics", "read", "many", "--from-time", "2026-03-01T00:00:50Z")
        self.assertEqual(sorted(record["timestamp"] for record in found), [f"2026-03-01T00:00:{second}.000" for second in range(50, 60)])
        self.assertEqual(len(self.same("topics", "read", "many", "--from-time", "2020-01-01T00:00:00Z")), 60)
        self.assertEqual(self.same("topics", "read", "many", "--from-time", "2030-01-01T00:00:00Z"), [])
        for topic in ("one", "many", "aged"):
            self.same("topics", "delete", topic)
        self.wait_for(lambda: not self.mine("one", "many", "aged"), "all are gone")

    def test_refusals_are_alike(self):
        for arguments, status in ((("topics", "describe", "nothing"), 1), (("topics", "create", "a b"), 2), (("topics", "read", "nothing"), 1),
                                  (("topics", "delete", "nothing"), 1)):
            kinds = {done.error["kind"] for done in self.both(*arguments, status=status)}
            self.assertEqual(len(kinds), 1, (arguments, kinds))
        self.both("topics", "create", "twice")
        for done in self.both("topics", "create", "twice", status=1):
            self.assertEqual(done.error["kind"], "exists")
            self.assertIn("twice", done.error["message"])

    def test_every_command_says_the_same_of_a_job(self):
        bad = self.folder / "bad.json"
        time = '"timestamp": "2026-03-01T00:00:01Z"'
        bad.write_text(f'{{"nonsense": 1, {time}}}\n{{"user_id": "u", {time}}}\n', encoding="utf-8")
        self.both("produce", "--topic", "jobs", "--rate", "max", "--total", 3_000, "--partitions", 2, "--start-time", "2026-03-01T00:00:00Z")
        self.both("produce", "--topic", "jobs", "--from", bad)
        job = ("--job", "jobs")
        places = ("seconds", "output", "lake", "rejected", "windows", "late", "dead_letters", "data")
        self.same("stream", "--input-topic", "jobs", *job, "--window", "1s", "--until-idle", without=places)
        for command in (("status", *job), ("reconcile", *job), ("jobs", "list"),
                        ("recompute", *job, "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-01T00:01:00Z", "--dry-run")):
            with self.subTest(command):
                self.assertTrue(self.same(*command, without=places))
        shown = self.both("deadletters", "show", *job)
        self.assertEqual(*[[line.get("value") for line in done.objects] for done in shown])
        self.assertEqual(sum("value" in line for line in shown[0].objects), 2, str(shown[0]))
        self.both("deadletters", "retry", "--all", *job)
        self.same("stream", "--input-topic", "jobs", *job, "--window", "1s", "--until-idle", without=places)
        for done in self.both("doctor"):
            self.assertNotIn("fail", done.output.lower(), str(done))
        self.both("jobs", "reset", "jobs")
        self.assertEqual(self.same("stream", "--input-topic", "jobs", *job, "--window", "1s", "--until-idle", without=places)[-1]["records"]["read"], 3_004)

    def test_simulate_fills_every_topic_as_on_the_embedded_log(self):
        arguments = ("simulate", "--nusers", 30, "--total", 1_500, *PERIOD, "--dialect", ALL_DIALECTS, "--partitions", 2)
        ignored = ("seconds",)
        events = self.same(*arguments, "log", without=ignored)[0]["events"]
        self.assertEqual(sorted(events), sorted(DEFAULT_NAMES))
        for topic in DEFAULT_NAMES:
            self.assertEqual(len(self.same("topics", "read", topic, "--from-beginning")), events[topic], topic)
        self.assertGreater(min(events[topic] for topic in DEFAULT_NAMES if topic != "status_change_events"), 0, events)

    def test_topics_have_the_names_that_one_setting_gives_them(self):
        names = "listen_events=LISTEN,page_view_events=VIEWS,auth_events=logins"
        arguments = ("simulate", "--nusers", 20, "--total", 300, *PERIOD, "--topics")
        events = self.run_playhead(*arguments, "listen_events,page_view_events,auth_events", "--topic-names", names, "log").last["events"]
        self.assertEqual({"LISTEN", "VIEWS", "logins"}, set(events))
        self.assertEqual(len(self.run_playhead("topics", "read", "LISTEN", "--from-beginning").objects), events["LISTEN"])
        settings = self.folder / "playhead.toml"
        settings.write_text('bootstrap-servers = "%s"\n[simulate]\ntopic-names = "listen_events=heard"\n[stream]\ninput-topic = "heard"\njob = "heard"\n'
                            % self.broker.address, encoding="utf-8")
        heard = self.run_playhead("--config", settings, *arguments, "listen_events", "log", servers="").last["events"]["heard"]
        done = self.run_playhead("--config", settings, "stream", "--until-idle", servers="")
        self.assertEqual(done.last["records"]["read"], heard)

    def test_eventsims_flag_for_brokers_means_kafka(self):
        done = self.run_playhead("simulate", "-k", self.broker.address, "--nusers", 20, "--total", 300, *PERIOD, "--topic-names",
                                 "listen_events=k-listens,page_view_events=k-views", "--topics", "listen_events,page_view_events", "fake", servers="")
        self.assertEqual(done.last["destination"], "log")
        self.assertFalse((self.folder / "fake").exists())
        self.assertFalse((self.data / "log").exists())
        for topic in ("k-listens", "k-views"):
            self.assertEqual(sum(self.ends(topic)), done.last["events"][topic])
        done = self.run_playhead("simulate", "-k", self.broker.address, "--nusers", 5, "--total", 10, *PERIOD, "--topics", "auth_events",
                                 "--topic-names", "auth_events=k-auth", "fake", servers="", json_output=False)
        self.assertIn("nothing is written to fake", done.errors)

    def test_a_run_that_goes_on_sends_nothing_twice(self):
        flags = ("simulate", "--nusers", 200, *PERIOD, "--topics", "listen_events", "--topic-names", "listen_events=on-and-on", "--total", 10_000,
                 "--state", self.folder / "state", "--state-every", "200ms", "log")
        running = self.start(*flags, "--rate", 3_000)
        self.wait_for(lambda: self.mine("on-and-on") and sum(self.ends("on-and-on")) > 3_000, "some are sent")
        running.kill()
        self.assertLess(sum(self.ends("on-and-on")), 10_000)
        self.run_playhead(*flags)
        records = self.run_playhead("topics", "read", "on-and-on", "--from-beginning").objects
        ids = [record["headers"][0]["value"] for record in records]
        self.assertEqual((len(ids), len(set(ids))), (10_000, 10_000))


class OnlyKafka(KafkaCase):
    def setUp(self):
        super().setUp()
        import confluent_kafka.admin
        self.client = confluent_kafka
        self.admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.broker.address})

    def make(self, topic, **config):
        new = self.client.admin.NewTopic(topic, 1, 1, config={name.replace("_", "."): value for name, value in config.items()})
        self.admin.create_topics([new])[topic].result(30)

    def send(self, topic, records):
        producer = self.client.Producer({"bootstrap.servers": self.broker.address})
        for record in records:
            producer.produce(topic, **record)
        self.assertEqual(producer.flush(60), 0)

    def test_a_start_that_was_deleted(self):
        self.make("cut", retention_ms="-1")
        self.send("cut", [{"value": str(i)} for i in range(100)])
        self.admin.delete_records([self.client.TopicPartition("cut", 0, 40)])
        self.wait_for(lambda: self.run_playhead("topics", "describe", "cut").last["by_partition"][0]["first_kept"] == 40, "the start is cut off")
        read = self.run_playhead("topics", "read", "cut", "--from-beginning").objects
        self.assertEqual([record["value"] for record in read], [str(i) for i in range(40, 100)])
        self.refused("topics", "read", "cut", "--partition", 0, "--offset", 39, kind="not_found", says=["40", "100"])
        self.refused("topics", "read", "cut", "--partition", 0, "--offset", 101, kind="not_found", says=["40", "100"])

    def test_gaps_of_compaction(self):
        self.make("compact", cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.0", delete_retention_ms="0")
        self.send("compact", [{"key": f"k{i % 3}", "value": f"v{i}"} for i in range(300)])
        self.wait_for(lambda: self.touch("compact") and len(self.values("compact")) < 100, "the topic is compacted", seconds=60)
        read = self.run_playhead("topics", "read", "compact", "--from-beginning").objects
        self.assertEqual(read[-1]["offset"], self.ends("compact")[0] - 1)
        self.assertGreaterEqual({record["key"] for record in read}, {"k0", "k1", "k2"})
        done = self.run_playhead("stream", "--input-topic", "compact", "--job", "compact", "--until-idle").last
        self.assertEqual(done["lag"], 0, done)
        self.assertEqual(done["records"]["read"], done["records"]["dead_letter"], done)

    def touch(self, topic):
        """A segment is closed by the next record."""
        self.send(topic, [{"key": "touch", "value": "x"}])
        return True

    def values(self, topic):
        return [record["value"] for record in self.run_playhead("topics", "read", topic, "--from-beginning").objects]

    def test_records_larger_than_a_fetch(self):
        self.make("huge", max_message_bytes=str(32 << 20), retention_ms="-1")
        text = random.Random(1).randbytes(5 << 20).hex()
        line = self.folder / "line.json"
        line.write_text(f'{{"user_id": "u", "text": "{text}"}}\n', encoding="utf-8")
        self.run_playhead("produce", "--topic", "huge", "--whole-files", "--from", line)
        producer = self.client.Producer({"bootstrap.servers": self.broker.address, "message.max.bytes": str(32 << 20)})
        for value in ("before", "x" * (20 << 20), "after"):
            producer.produce("huge", value=value)
        self.assertEqual(producer.flush(60), 0)
        read = self.run_playhead("topics", "read", "huge", "--from-beginning").objects
        self.assertEqual([len(record["value"]) for record in read], [line.stat().st_size, 6, 20 << 20, 5])
        done = self.run_playhead("stream", "--input-topic", "huge", "--job", "huge", "--until-idle").last
        self.assertEqual((done["records"]["read"], done["records"]["dead_letter"]), (4, 4), done)

    def test_the_brokers_own_time(self):
        self.make("stamped", message_timestamp_type="LogAppendTime")
        self.send("stamped", [{"value": "x", "timestamp": 1_000}])
        self.assertEqual(self.run_playhead("topics", "describe", "stamped").last["clock"], "append")
        self.assertGreater(self.run_playhead("topics", "read", "stamped", "--from-beginning").objects[0]["timestamp"], "2020")

    def test_headers_of_every_kind(self):
        self.make("headers")
        headers = [("null", None), ("empty", b""), ("binary", bytes(range(256))), ("", b"no name"), ("same", b"1"), ("same", b"2"), ("Ω", "é".encode())]
        self.send("headers", [{"value": "x", "headers": headers}, {"value": "y"}])
        first, second = self.run_playhead("topics", "read", "headers", "--from-beginning").objects
        self.assertEqual([header["name"] for header in first["headers"]], [name for name, _ in headers])
        found = [header["value"] for header in first["headers"]]
        self.assertEqual(found[:2] + found[3:], [None, "", "no name", "1", "2", "é"])
        self.assertEqual(second["headers"], [])


if __name__ == "__main__":
    unittest.main()
