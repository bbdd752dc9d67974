"""Several processes that share a job on a real Kafka broker: the same tables as one process, whoever comes, goes, is killed or paused.

Needs java (tests/broker/broker.py); skipped, visibly, where there is none. PLAYHEAD_TORTURE=1 asks for 300 rounds instead of 20.
"""

import random
import signal
import subprocess
import time
import unittest

import playhead
from kafka_case import KafkaCase, broker, skip_without_a_broker

PLAYS = 200_000
PARTITIONS = 4
ROUNDS = 300 if playhead.TORTURE else 20
SESSION = "session.timeout.ms=2000\nheartbeat.interval.ms=300\n"


def setUpModule():
    skip_without_a_broker()


class GroupCase(KafkaCase):
    @classmethod
    def make_broker(cls, folder):
        return broker.Broker(folder, properties="group.min.session.timeout.ms=1000\n"
                                                "group.consumer.min.session.timeout.ms=1000\ngroup.consumer.session.timeout.ms=2000\n"
                                                "group.consumer.min.heartbeat.interval.ms=100\ngroup.consumer.heartbeat.interval.ms=300")

    def setUp(self):
        super().setUp()
        self.settings = self.folder / "kafka.properties"
        self.settings.write_text(SESSION, encoding="utf-8")
        self.settings.chmod(0o600)

    def member(self, topic, job, *arguments, lake="on", **options):
        return self.start("stream", "--input-topic", topic, "--job", job, "--group", job, "--kafka-config", self.settings, "--window", "1s",
                          "--lake", lake, "--lake-interval", "200ms", "--trigger", "50ms", *arguments, **options)

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

    def test_a_paused_process_that_wakes_up_publishes_nothing_more(self):
        self.run_playhead("topics", "create", "paused", "--partitions", PARTITIONS)
        seconds = 14
        producing = self.start("produce", "--topic", "paused", "--rate", 5_000, "--total", seconds * 5_000)
        first = self.member("paused", "paused", json_output=False)
        self.wait_for(lambda: self.committed_rows("paused"), "the first process publishes")
        second = self.member("paused", "paused")
        self.wait_for(lambda: len(self.members_of("paused")) == 2, "both have partitions")
        first.signal(signal.SIGSTOP)
        self.wait_for(lambda: self.partitions_of("paused") == {1: PARTITIONS}, "the group gives all partitions to the second")
        time.sleep(1)
        before = self.committed_rows("paused")
        first.signal(signal.SIGCONT)
        self.assertEqual(producing.finish().status, 0)
        self.wait_for(lambda: len(self.members_of("paused")) == 2, "the first has come back to the group")
        for running in (second, first):
            running.signal(signal.SIGTERM)
        ended = [running.finish() for running in (second, first)]
        self.assertEqual([done.status for done in ended], [0, 0], str(ended[1]))
        self.assertIn("refused to publish, since another process has taken over", ended[1].errors)
        self.assertGreater(before, 0)
        self.stream("paused", "--job", "paused", "--window", "1s", "--lake", "on")
        self.stream("paused", "--job", "alone", "--window", "1s", "--lake", "off")
        self.assertEqual(self.windows("paused"), self.windows("alone"))
        fates = self.fates("paused", "paused")
        self.assertEqual(len({fate[:2] for fate in fates}), len(fates))
        self.assertEqual(len(fates), seconds * 5_000)

    def test_kafkas_own_tools_show_the_group_its_members_and_its_lag(self):
        self.produce("shown", 20_000, "--partitions", PARTITIONS)
        running = self.member("shown", "shown", "--group-instance", "box-1")
        self.wait_for(lambda: self.lag_of("shown") == 0, "the group has read all")
        members = self.group("shown", "--members")
        self.assertEqual([line["CONSUMER-ID"].startswith("box-1") for line in members], [True])
        self.assertEqual([line["#PARTITIONS"] for line in members], [str(PARTITIONS)])
        self.produce("shown", 20_000, "--seed", 2)
        self.wait_for(lambda: self.lag_of("shown") == 0, "and what came later")
        running.signal(signal.SIGTERM)
        self.assertEqual(running.finish().status, 0)

    def test_processes_that_start_at_the_same_moment(self):
        self.produce("rush", 20_000, "--partitions", PARTITIONS)
        for attempt in range(5):
            job = f"rush-{attempt}"
            started = [self.member("rush", job, "--until-idle", lake="off") for _ in range(4)]
            ended = [running.finish() for running in started]
            self.assertEqual([done.status for done in ended], [0] * 4, "".join(map(str, ended)))
            self.assertEqual(sum(done.last["processed"] for done in ended), 20_000)
            self.assertTrue(self.run_playhead("reconcile", "--job", job).last["reconciles"])

    def test_a_topic_that_grows_beneath_the_group(self):
        with open(self.settings, "a", encoding="utf-8") as settings:
            settings.write("topic.metadata.refresh.interval.ms=300\n")
        self.produce("grows", 20_000, "--partitions", 2)
        members = [self.member("grows", "grows", lake="off") for _ in range(2)]
        self.wait_for(lambda: self.read_by("grows") == 20_000, "the group has read all")
        broker.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.broker.address, "--alter", "--topic", "grows", "--partitions", 5)
        self.produce("grows", 20_000, "--seed", 2)
        self.wait_for(lambda: self.read_by("grows") == 40_000, "and what is in the new partitions")
        for running in members:
            running.signal(signal.SIGTERM)
        ended = [running.finish() for running in members]
        self.assertEqual([done.status for done in ended], [0, 0], "".join(map(str, ended)))
        self.assertTrue(self.run_playhead("reconcile", "--job", "grows").last["reconciles"])
        self.stream("grows", "--job", "grows", "--window", "1s", "--lake", "off")
        self.assertEqual(sum(count for _, _, count in self.windows("grows")), 40_000)

    def test_the_newer_group_protocol(self):
        """KIP-848: the broker assigns, and knows how long a member may be silent."""
        self.settings.write_text("group.protocol=consumer\n", encoding="utf-8")
        self.produce("newer", PLAYS, "--partitions", PARTITIONS)
        members = [self.member("newer", "newer", "--epoch-records-max", 500, lake="off") for _ in range(2)]
        self.wait_for(lambda: len(self.members_of("newer")) == 2, "both have partitions")
        members[0].kill()
        members.append(self.member("newer", "newer", lake="off"))
        self.wait_for(lambda: self.read_by("newer") == PLAYS, "the others have read all")
        for running in members[1:]:
            running.signal(signal.SIGTERM)
        ended = [running.finish() for running in members[1:]]
        self.assertEqual([done.status for done in ended], [0, 0], "".join(map(str, ended)))
        self.stream("newer", "--job", "newer", "--window", "1s", "--lake", "off")
        self.stream("newer", "--job", "alone", "--window", "1s", "--lake", "off")
        self.assertEqual(self.windows("newer"), self.windows("alone"))

    def test_committed_offsets_that_were_put_back_change_nothing(self):
        self.produce("back", 20_000, "--partitions", PARTITIONS)
        first = self.member("back", "back", "--until-idle").finish()
        self.assertEqual(first.last["processed"], 20_000, str(first))
        before, fates = self.windows("back"), self.fates("back", "back")
        broker.java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", self.broker.address, "--group", "back",
                    "--topic", "back", "--reset-offsets", "--to-earliest", "--execute")
        self.assertEqual(self.lag_of("back"), 20_000)
        again = self.member("back", "back", "--until-idle").finish()
        self.assertEqual(again.last["processed"], 0, str(again))
        self.assertEqual(self.windows("back"), before)
        self.assertEqual(self.fates("back", "back"), fates)
        self.assertEqual(self.lag_of("back"), 0, "and the group says again how far it is")

    def committed_rows(self, job):
        files = list((self.data / "windows" / job).glob("*.parquet"))
        return playhead.sql(f"SELECT count(*) FROM read_parquet('{self.data}/windows/{job}/*.parquet')")[0][0] if files else 0

    def group(self, name, *arguments):
        """What Java's kafka-consumer-groups.sh --describe prints: a dictionary a line, by the names of its columns."""
        try:
            done = broker.java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", self.broker.address,
                               "--describe", "--group", name, *arguments)
        except subprocess.CalledProcessError:
            return []
        lines = [line.split() for line in done.stdout.splitlines() if line.strip() and not line.startswith(("Consumer group", "Warning"))]
        return [dict(zip(lines[0], line)) for line in lines[1:]] if lines else []

    def members_of(self, group):
        return {line["CONSUMER-ID"] for line in self.group(group) if line.get("CONSUMER-ID", "-") != "-"}

    def partitions_of(self, group):
        """How many members have how many partitions."""
        counts = {}
        for line in self.group(group):
            if line.get("CONSUMER-ID", "-") != "-":
                counts[line["CONSUMER-ID"]] = counts.get(line["CONSUMER-ID"], 0) + 1
        return {len(counts): sum(counts.values())}

    def lag_of(self, group):
        lags = [line["LAG"] for line in self.group(group)]
        return sum(map(int, lags)) if len(lags) == PARTITIONS and "-" not in lags else None


if __name__ == "__main__":
    unittest.main()
