"""Offsets of a real broker: gaps, records that retention has removed, a topic made anew, a topic that grows, a job that meets another log.

Needs java (tests/broker/broker.py); skipped, visibly, where there is none.
"""

import json
import subprocess
import unittest

import playhead
from kafka_case import KafkaCase, broker, skip_without_a_broker

PLAYS = 3_000


def setUpModule():
    skip_without_a_broker()


class Offsets(KafkaCase):
    def offsets_removed(self, topic, **before):
        """Deletes the records below these offsets, as retention does."""
        request = {"partitions": [{"topic": topic, "partition": int(name[1:]), "offset": offset} for name, offset in before.items()], "version": 1}
        file = self.folder / "delete.json"
        file.write_text(json.dumps(request), encoding="utf-8")
        broker.java("org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", self.broker.address, "--offset-json-file", file)

    def reconciled(self, job):
        done = self.run_playhead("reconcile", "--job", job)
        self.assertTrue(done.last["reconciles"], str(done))
        return done.last

    def rows(self, job):
        return playhead.sql(f"SELECT sum(count) FROM read_parquet('{self.data}/windows/{job}/*.parquet')")[0][0]

    def test_marks_of_transactions_are_gaps(self):
        self.run_playhead("topics", "create", "paid")
        payload = self.folder / "plays.json"
        lines = [f'{{"user_id": "u{i}", "track_id": "t", "genre": "pop", "timestamp": "2026-03-01T00:00:{i % 60:02}Z"}}' for i in range(500)]
        payload.write_text("\n".join(lines) + "\n", encoding="utf-8")
        broker.java("org.apache.kafka.tools.ProducerPerformance", "--topic", "paid", "--num-records", 500, "--throughput", 2_000, "--payload-file", payload,
                    "--transactional-id", "t", "--transaction-duration-ms", 20, "--producer-props", f"bootstrap.servers={self.broker.address}")
        sums = self.stream("paid", "--job", "paid", "--lake", "on")
        self.assertEqual(sums["records"]["read"], 500)
        self.assertGreater(sums["records"]["gaps"], 1)
        found = self.reconciled("paid")
        self.assertEqual(found["total"]["records"], 500)
        self.assertEqual(found["partitions"][0]["gaps"], sums["records"]["gaps"])
        self.assertEqual(found["partitions"][0]["next_offset"], 500 + sums["records"]["gaps"])
        self.assertIn("held none", self.run_playhead("status", "--job", "paid", json_output=False).output)

    def kept_offsets(self, topic):
        """Of the records that the broker still has, by kcat."""
        done = subprocess.run(["kcat", "-b", self.broker.address, "-C", "-e", "-q", "-t", topic, "-p", "0", "-o", "beginning", "-f", "%o\n"],
                              stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
        return [int(line) for line in done.stdout.split()]

    def test_what_the_brokers_cleaner_has_compacted_away_are_gaps(self):
        settings = ("cleanup.policy=compact", "segment.ms=200", "min.cleanable.dirty.ratio=0.001", "delete.retention.ms=0")
        broker.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.broker.address, "--create", "--topic", "compact", "--partitions", 1,
                    *(word for setting in settings for word in ("--config", setting)))
        self.produce("compact", PLAYS, "--listeners", 50)
        self.stream("compact", "--job", "before", "--lake", "on")
        last = self.reconciled("before")["partitions"][0]["next_offset"] - 1
        self.produce("compact", 2 * PLAYS, "--listeners", 50, "--seed", 2)
        # The segment that is written to is never compacted: these, of a later time, begin another.
        self.run_playhead("produce", "--topic", "compact", "--total", 10, "--rate", "max", "--start-time", "2026-03-20T00:00:00Z")
        self.wait_for(lambda: len(self.kept_offsets("compact")) < PLAYS, "the cleaner has been there")
        kept = self.kept_offsets("compact")
        self.assertNotIn(last, kept, "the last record that the job knows is gone too")
        self.stream("compact", "--job", "before", "--lake", "on")
        before = self.reconciled("before")
        self.assertEqual(before["total"]["records"] + before["partitions"][0]["gaps"], 3 * PLAYS + 10)
        self.assertGreater(before["total"]["records"], PLAYS)
        sums = self.stream("compact", "--job", "after", "--lake", "off")
        self.assertEqual(sums["records"]["read"] + sums["records"]["gaps"], 3 * PLAYS + 10)
        self.assertLessEqual(sums["records"]["read"], len(kept))
        self.assertGreater(sums["records"]["gaps"], PLAYS)

    def test_records_that_retention_removed(self):
        self.produce("short", PLAYS, "--partitions", 2)
        first = self.stream("short", "--job", "short", "--lake", "on")
        self.produce("short", PLAYS, "--seed", 2)
        ends = {int(line["partition"]): line["next_offset"] for line in self.reconciled("short")["partitions"]}
        self.offsets_removed("short", p0=ends[0] + 100)
        flags = ("stream", "--input-topic", "short", "--job", "short", "--lake", "on", "--until-idle")
        self.refused(*flags, kind="invalid", says=[f"short/0 holds offsets {ends[0] + 100} to", f"goes on at {ends[0]}", "--reset-to", "jobs reset"])
        self.assertIn("--reset-to", str(self.run_playhead("doctor", "--job", "short", status=1)))
        self.refused(*flags, "--reset-to", f"offsets:0={ends[0]}", kind="invalid", says=["is not there"])
        self.refused(*flags, "--reset-to", "soon", kind="invalid", says=["earliest, latest"], status=2)
        done = self.run_playhead(*flags, "--reset-to", "earliest")
        self.assertIn("100 offsets skipped", done.last["notices"][0])
        self.assertEqual(done.last["records"]["skipped"], 100)
        self.assertEqual(done.last["records"]["read"], first["records"]["read"] + PLAYS - 100)
        self.refused(*flags, "--reset-to", "earliest", kind="invalid", says=["nothing was lost"])
        self.stream("short", "--job", "short", "--lake", "on")
        found = self.reconciled("short")
        self.assertEqual(found["skipped"], 100)
        self.assertEqual(found["partitions"][0]["earlier"], [{"first_offset": 0, "next_offset": ends[0]}])
        self.assertIn("100 offsets were lost", str(self.run_playhead("doctor", "--job", "short")))
        self.assertIn("100 offsets were lost", self.run_playhead("status", "--job", "short", json_output=False).output)

    def test_a_topic_made_anew_goes_on_with_the_state(self):
        self.produce("again", PLAYS)
        self.stream("again", "--job", "again", "--lake", "on")
        before = self.rows("again")
        self.run_playhead("topics", "delete", "again")
        self.wait_for(lambda: "again" not in self.run_playhead("topics", "list").output, "the topic is gone")
        self.produce("again", PLAYS)  # the same records, sent once more
        self.produce("again", PLAYS, "--seed", 2)
        sums = self.stream("again", "--job", "again", "--lake", "on", "--reset-to", "earliest")
        self.assertEqual(sums["records"]["read"], 3 * PLAYS)
        self.assertEqual(sums["records"]["duplicate"], PLAYS)
        self.assertEqual(self.rows("again"), before + PLAYS)
        self.assertEqual(self.reconciled("again")["total"]["twice"], 0)
        self.stream("again", "--job", "again", "--lake", "on")

    def test_a_topic_that_grows(self):
        self.produce("grows", PLAYS, "--partitions", 2)
        self.stream("grows", "--job", "grows", "--lake", "on")
        broker.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.broker.address, "--alter", "--topic", "grows", "--partitions", 5)
        self.produce("grows", PLAYS, "--seed", 2)
        done = self.run_playhead("stream", "--input-topic", "grows", "--job", "grows", "--lake", "on", "--until-idle")
        self.assertIn("grown from 2 to 5 partitions", done.last["notices"][0])
        self.assertIn("Keys move", done.last["notices"][0])
        self.assertEqual(done.last["records"]["read"], 2 * PLAYS)
        found = self.reconciled("grows")
        self.assertEqual(len(found["partitions"]), 5)
        self.assertEqual(found["total"]["records"], 2 * PLAYS)
        self.assertEqual(self.rows("grows"), 2 * PLAYS)
        done = self.run_playhead("stream", "--input-topic", "grows", "--job", "grows", "--lake", "on", "--until-idle")
        self.assertEqual(done.last["notices"], [], "said once")

    def test_a_job_knows_its_log(self):
        self.produce("known", PLAYS)
        self.stream("known", "--job", "known", "--lake", "on")
        for servers in (None, ""):
            state = self.run_playhead("status", "--job", "known", servers=servers).last
            self.assertFalse(state["topic_missing"], f"servers {servers}")
        self.produce("known", 100, "--seed", 2)
        self.assertEqual(self.run_playhead("status", "--job", "known", servers="").last["lag"], 100)
        self.assertTrue(self.run_playhead("reconcile", "--job", "known", servers="").last["reconciles"])
        self.assertEqual(self.run_playhead("jobs", "list", servers="").last["lag"], 100)
        self.run_playhead("doctor", "--job", "known", servers="")
        self.produce("known", 100, servers="")
        self.refused("stream", "--input-topic", "known", "--job", "known", "--until-idle", servers="", kind="invalid",
                     says=[f"begun on Kafka at {self.broker.address}, not on the embedded log", "--bootstrap-servers"])
        self.stream("known", "--job", "mine", servers="")
        self.refused("stream", "--input-topic", "known", "--job", "mine", "--until-idle", kind="invalid", says=["begun on the embedded log", "leave"])
        self.assertEqual(self.run_playhead("status", "--job", "mine").last["lag"], 0)


if __name__ == "__main__":
    unittest.main()
