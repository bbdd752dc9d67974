"""A stream that was paused and goes on after another one has taken over can publish nothing.

The first stream is stopped by a fault rule in the middle of publishing. A second one is refused without --take-over; with it, it
goes on, counts and publishes. Then the first one is woken: it finishes the very operation it was stopped at, finds out, and ends with
the error `fenced`; the windows are those of the second.
"""

import hashlib
import signal
import time
import unittest

import playhead

SECONDS_TO_END = 30
# Before (or after) which operation the first stream is stopped. Its first trigger has something to publish.
POINTS = (
    "sync */p0/journal-* 2 stop",  # its first cut
    "after-sync */p0/journal-* 2 stop",
    "write */p0/journal-* 3 stop",  # its first outcome
    "write *.staging/* 1 stop",
    "sync *.staging/* 1 stop",
    "sync-folder *.staging/* 1 stop",
    "write *.manifests/* 2 stop",  # its first commit; the first is its claim
    "create *.manifests/* 2 stop",
    "after-create *.manifests/* 2 stop",
    "sync-folder *.manifests 2 stop",
    "rename *.parquet 1 stop",
    "after-rename *.parquet 1 stop",
    "rename *.parquet 2 stop",
)
# Stopped while it takes over itself, before it has read a record.
CLAIM_POINTS = ("create */claims/* 1 stop", "create *.manifests/* 1 stop", "after-create *.manifests/* 1 stop", "rename */p0/journal-* 1 stop")


class TakeOver(playhead.Case):
    def setUp(self):
        super().setUp()
        self.produced = 0

    def produce(self):
        """14 hours of plays, a few in each minute, in two partitions."""
        lines = []
        for minute in range(14 * 60):
            hour, rest = divmod(minute, 60)
            lines.append(f'{{"user_id": "u{minute % 7}", "track_id": "t{self.produced}", "genre": "g{minute % 3}", "timestamp": "2026-03-01T{hour:02}:{rest:02}:01"}}')
        path = self.folder / "plays.json"
        path.write_text("\n".join(lines), encoding="utf-8")
        self.run_playhead("produce", "--topic", "plays", "--from", path, "--partitions", 2)
        self.produced += 1

    def start_stream(self, *arguments, **options):
        return self.start("stream", "--input-topic", "plays", "--trigger", "10ms", "--allowed-lateness", "60d", *arguments, **options)

    def content(self):
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.output_of("plays").glob("*.parquet")}

    def assert_exact(self):
        rows = self.rows("plays")
        self.assertEqual((len(rows), set(rows.values())), (14 * 60, {self.produced}))
        self.assert_counted("plays", "plays")

    def assert_fenced(self, running):
        done = running.finish(SECONDS_TO_END)
        self.assertEqual((done.status, done.error.get("kind")), (1, "fenced"), str(done))

    def take_over_from(self, rule):
        self.produce()
        paused = self.start_stream(faults=rule)
        self.wait_until_stopped(paused)
        refused = self.run_playhead("stream", "--input-topic", "plays", "--until-idle", status=1)
        self.assertEqual(refused.error["kind"], "busy")
        self.assertIn("--take-over", refused.error["message"])
        second = self.start_stream("--take-over")
        self.produce()
        self.wait_for(self.all_but_the_last_minutes_are_counted, "the second stream publishes all that has ended")
        return paused, second

    def all_but_the_last_minutes_are_counted(self):
        rows = self.rows("plays")
        return len(rows) > 14 * 60 - 10 and set(rows.values()) == {self.produced}

    def read(self):
        return self.run_playhead("status").last["records"]["read"]

    def test_a_woken_stream_is_refused(self):
        for rule in POINTS:
            with self.subTest(rule=rule):
                paused, second = self.take_over_from(rule)
                before = self.content()
                self.assertTrue(paused.is_stopped())
                paused.signal(signal.SIGCONT)
                self.assert_fenced(paused)
                self.assertEqual(self.content(), before, "the woken stream changed a visible file")
                self.end_with(second)
                self.stream("plays", "--allowed-lateness", "60d")
                self.assert_exact()
            self.begin_anew()

    def test_a_stream_woken_after_its_successor_has_ended(self):
        for rule in ("create *.manifests/* 2 stop", "rename *.parquet 1 stop", "sync */p1/journal-* 2 stop"):
            with self.subTest(rule=rule):
                paused, second = self.take_over_from(rule)
                self.end_with(second)
                sums = self.start_stream("--until-idle", "--take-over").finish()
                self.assertEqual(sums.status, 0, str(sums))
                before = self.content()
                paused.signal(signal.SIGCONT)
                self.assert_fenced(paused)
                self.assertEqual(self.content(), before)
                self.assert_exact()
            self.begin_anew()

    def test_a_stream_woken_in_the_middle_of_its_claim(self):
        for rule in CLAIM_POINTS:
            with self.subTest(rule=rule):
                self.produce()
                paused = self.start_stream("--until-idle", faults=rule)
                self.wait_until_stopped(paused)
                done = self.start_stream("--until-idle", "--take-over").finish()
                self.assertEqual(done.status, 0, str(done))
                self.assert_exact()
                paused.signal(signal.SIGCONT)
                woken = paused.finish(SECONDS_TO_END)
                if woken.status != 0:  # it may also claim after the other, as a third one would: then it is the owner
                    self.assertEqual(woken.error.get("kind"), "fenced", str(woken))
                self.assert_exact()
                self.produce()
                self.stream("plays", "--allowed-lateness", "60d")
                self.assert_exact()
            self.begin_anew()

    def test_two_that_take_over_from_each_other_again_and_again(self):
        """Nobody is paused here: each newcomer fences the one before while that one is at work."""
        self.produce()
        streams = [self.start_stream()]
        for _ in range(40 if playhead.TORTURE else 4):
            self.produce()
            streams.append(self.start_stream("--take-over"))
            time.sleep(0.15)
        self.wait_for(lambda: self.read() == self.produced * 14 * 60, "all is read")
        for stream in streams[:-1]:
            self.assert_fenced(stream)
        self.end_with(streams[-1])
        self.stream("plays", "--allowed-lateness", "60d")
        self.assert_exact()

    def test_the_successor_keeps_others_out_when_the_first_has_ended(self):
        paused, second = self.take_over_from("create *.manifests/* 2 stop")
        paused.signal(signal.SIGCONT)
        self.assert_fenced(paused)
        self.produce()
        self.wait_for(lambda: self.run_playhead("status").last["running"], "the second stream holds the lock")
        third = self.run_playhead("stream", "--input-topic", "plays", "--until-idle", status=1)
        self.assertEqual(third.error["kind"], "busy")
        self.end_with(second)

    def begin_anew(self):
        self.run_playhead("jobs", "reset", "plays")
        self.run_playhead("topics", "delete", "plays")
        self.produced = 0


if __name__ == "__main__":
    unittest.main()
