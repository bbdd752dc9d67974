"""What happens beside a running stream, or to its files while it is away: other producers and jobs, deleted topics, damage."""

import signal
import unittest

import playhead

START = "2026-03-01T00:00:00Z"


class Beside(playhead.Case):
    def produce_arguments(self, total, *arguments):
        return ("produce", "--topic", "plays", "--rate", "max", "--total", total, "--start-time", START, *arguments)

    def start_stream(self, *arguments):
        return self.start("stream", "--input-topic", "plays", "--trigger", "10ms", "--window", "1s", "--allowed-lateness", "1h", *arguments)

    def test_several_producers_and_jobs_at_once(self):
        self.run_playhead("topics", "create", "plays", "--partitions", 3, "--clock", "record", "--segment-bytes", "64KiB")
        jobs = [self.start_stream("--job", name, "--key", name) for name in ("genre", "user")]
        producers = [self.start(*self.produce_arguments(3_000, "--seed", seed)) for seed in range(4)]
        for producer in producers:
            done = producer.finish()
            self.assertEqual((done.status, done.last["sent"]), (0, 3_000), str(done))
        self.assertEqual(sum(self.ends("plays")), 12_000)
        for partition, records in self.records("plays").items():
            self.assertEqual([record["offset"] for record in records], list(range(len(records))), partition)
        for job, name in zip(jobs, ("genre", "user")):
            self.wait_for(lambda name=name: self.lag_of(name) == 0, "all is read")
            self.end_with(job)
            self.stream("plays", "--job", name, "--key", name, "--window", "1s")
            self.assertEqual(sum(self.rows(name, name).values()), 12_000)
            self.assert_counted(name, "plays")

    def lag_of(self, job):
        return {state["job"]: state["lag"] for state in self.run_playhead("jobs", "list").objects}.get(job)

    def test_a_producer_that_is_stopped_has_sent_what_it_says(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            producer = self.start("produce", "--topic", "plays", "--rate", 2_000, "--total", 0)
            before = sum(self.ends("plays")) if self.data.joinpath("log/plays").exists() else 0
            self.wait_for(lambda before=before: self.sent() > before, "plays are sent")
            sums = self.end_with(producer, number)
            self.assertTrue(sums["interrupted"])
            self.assertGreater(sums["sent"], 0)
        self.assertEqual(self.stream("plays")["plays_published"], self.sent())

    def sent(self):
        done = self.start("topics", "describe", "plays").finish()
        return sum(partition["end"] for partition in done.last["by_partition"]) if done.status == 0 else 0

    def test_the_rate_and_the_total_are_kept(self):
        done = self.run_playhead("produce", "--topic", "plays", "--rate", 1_000, "--total", 2_000)
        self.assertEqual((done.last["sent"], self.sent()), (2_000, 2_000))
        self.assertGreaterEqual(done.last["seconds"], 1.96)
        self.assertLess(done.last["seconds"], 3)

    def test_a_topic_that_is_deleted_under_a_stream(self):
        self.run_playhead(*self.produce_arguments(1_000))
        running = self.start_stream()
        self.wait_for(lambda: self.lag_of("plays") == 0, "all is read")
        self.run_playhead("topics", "delete", "plays")
        self.run_playhead(*self.produce_arguments(5_000))
        done = running.finish(30)
        self.assertEqual((done.status, done.error.get("kind")), (1, "not_found"), str(done))
        self.assertIn("deleted", done.error["message"])
        self.assertEqual(self.start_stream("--until-idle").finish().error["kind"], "invalid", "nor does it go on with the new one")


class Damage(playhead.Case):
    """A file that was changed by a byte is named; nothing is counted on from it. A torn end of a journal is no damage."""

    def setUp(self):
        super().setUp()
        self.run_playhead("produce", "--topic", "plays", "--rate", "max", "--total", 3_000, "--start-time", START)
        stream = self.start("stream", "--input-topic", "plays", "--window", "1s", "--allowed-disorder", "1s", "--trigger", "10ms", faults="write */open-windows* 1 kill")
        self.wait_for(lambda: len(self.rows("plays")) == 8, "windows are published")
        stream.signal(signal.SIGINT)
        self.assertEqual(stream.finish().status, -9)
        self.run_playhead("produce", "--topic", "plays", "--rate", "max", "--total", 3_000, "--start-time", START, "--seed", 2)

    def newest(self, pattern):
        return sorted(self.data.glob(pattern))[-1]

    def stream_again(self):
        return self.start("stream", "--input-topic", "plays", "--window", "1s", "--until-idle").finish()

    def assert_refused_for(self, path, at):
        whole = path.read_bytes()
        content = bytearray(whole)
        content[at] ^= 0x20
        path.write_bytes(content)
        before = {file: file.read_bytes() for file in self.output_of("plays").glob("*.parquet") if file != path}
        done = self.stream_again()
        self.assertEqual((done.status, done.error.get("kind")), (1, "corrupt"), str(done))
        self.assertIn(path.name, done.error["message"])
        self.assertEqual(before, {file: file.read_bytes() for file in self.output_of("plays").glob("*.parquet") if file != path})
        path.write_bytes(whole)

    def assert_exact_after_all(self):
        done = self.stream_again()
        self.assertEqual(done.status, 0, str(done))
        self.assertEqual(sum(self.rows("plays").values()), 6_000)
        self.assert_counted("plays", "plays")

    def test_journal(self):
        self.assert_refused_for(self.newest("checkpoints/plays/p0/journal-*"), 40)

    def test_manifest(self):
        self.assert_refused_for(self.newest("windows/plays/.manifests/*"), 30)
        self.assert_exact_after_all()

    def test_segment(self):
        self.assert_refused_for(self.newest("log/plays/0/*.segment"), self.newest("log/plays/0/*.segment").stat().st_size - 100)
        self.assert_exact_after_all()

    def test_published_windows(self):
        self.assert_refused_for(self.newest("windows/plays/*.parquet"), -6)  # the length of its footer
        self.assert_exact_after_all()

    def test_saved_open_windows(self):
        self.stream("plays", "--window", "1s")
        self.assert_refused_for(self.newest("checkpoints/plays/open-windows-*"), 20)
        self.assert_exact_after_all()

    def test_a_torn_end_of_the_journal(self):
        journal = self.newest("checkpoints/plays/p0/journal-*")
        content = journal.read_bytes()
        journal.write_bytes(content[:-5])
        sums = self.stream("plays", "--window", "1s")
        self.assertGreaterEqual(sums["replayed_epochs"], 1, "the last outcome is lost, its cut is not")
        self.assertEqual(sum(self.rows("plays").values()), 6_000)


if __name__ == "__main__":
    unittest.main()
