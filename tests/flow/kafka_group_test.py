"""Several processes that share a job on a real Kafka broker: the same tables as one process, whoever comes, goes, is killed or paused.

Needs java (tests/broker/broker.py); skipped, visibly, where there is none. PLAYHEAD_TORTURE=1 asks for 300 rounds instead of 20.
"""

import random
import signal
import time
import unittest

import playhead
from kafka_test import KafkaCase, broker, setUpModule  # noqa: F401

PLAYS = 200_000
PARTITIONS = 4
ROUNDS = 300 if playhead.TORTURE else 20
SESSION = "session.timeout.ms=2000\nheartbeat.interval.ms=300\n"


class GroupCase(KafkaCase):
    broker_properties = "group.min.session.timeout.ms=1000"

    def setUp(self):
        super().setUp()
        self.settings = self.folder / "kafka.properties"
        self.settings.write_text(SESSION, encoding="utf-8")
        self.settings.chmod(0o600)

    def member(self, topic, job, *arguments):
        return self.start("stream", "--input-topic", topic, "--job", job, "--group", job, "--kafka-config", self.settings, "--window", "1s",
                          "--lake", "on", "--lake-interval", "200ms", "--trigger", "50ms", *arguments)

    def windows(self, job):
        rows = playhead.sql(f"SELECT epoch_us(window_start), genre, count FROM read_parquet('{self.data}/windows/{job}/*.parquet')")
        self.assertEqual(len({(start, genre) for start, genre, _ in rows}), len(rows), "a window twice")
        return sorted(rows)

    def fates(self, topic, job):
        """Each record's place and what became of it, from the lake and the tables of what is in no window."""
        lake = f"SELECT \"partition\", \"offset\", disposition FROM read_parquet('{self.data}/lake/{topic}/**/*.parquet', union_by_name=true)"
        rows = playhead.sql(lake)
        for table, column in (("late", "reason"), ("dead_letters", "'dead'")):
            folder = self.data / "rejected" / job / table
            if any(folder.glob("*.parquet")):
                rows += playhead.sql(f"SELECT \"partition\", \"offset\", {column} FROM read_parquet('{folder}/*.parquet')")
        return sorted(rows)


class Sharing(GroupCase):
    def test_processes_that_come_go_and_are_killed_count_as_one_does(self):
        self.produce("load", PLAYS, "--partitions", PARTITIONS)
        self.stream("load", "--job", "alone", "--window", "1s", "--lake", "on", data=self.folder / "alone")
        chance = random.Random(6)
        members = []
        kills = 0
        for _ in range(ROUNDS):
            while len(members) < 1 + chance.randrange(4):
                members.append(self.member("load", "shared", "--epoch-records-max", 1_000))
            time.sleep(0.2 + chance.random())
            leaving = members.pop(chance.randrange(len(members)))
            if chance.random() < 0.6:
                kills += leaving.process.poll() is None
                leaving.kill()
            else:
                leaving.signal(signal.SIGTERM)
                self.assertEqual(leaving.finish().status, 0)
        last = [self.member("load", "shared", "--until-idle") for _ in range(2)] + members
        for running in members:
            running.signal(signal.SIGTERM)
        for running in last:
            done = running.finish()
            self.assertEqual(done.status, 0, str(done))
        print(f"{kills} processes were killed", flush=True)
        self.assertGreater(kills, 3)
        self.assertTrue(self.run_playhead("reconcile", "--job", "shared").last["reconciles"])
        mine, fates = self.windows("shared"), self.fates("load", "shared")
        self.data = self.folder / "alone"
        self.assertEqual(mine, self.windows("alone"))
        self.assertEqual(fates, self.fates("load", "alone"))
        self.assertEqual(len(fates), PLAYS)


if __name__ == "__main__":
    unittest.main()
