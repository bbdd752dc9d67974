"""Recorded events, replayed and counted, come to what DuckDB computes straight from the recorded files.

The recordings are a month of a simulated service (the Sparkify logs: 8,056 events, 30 files), where they are at hand, and the
small ones of tests/data/replay, whose counts are also known by hand.
"""

import collections
import datetime
import gzip
import itertools
import pathlib
import unittest

import pyarrow

import playhead

MINUTE = 60_000_000
HOUR = 60 * MINUTE
WINDOWS = {"1m": MINUTE, "1h": HOUR}
KEYS = ("level", "artist")
JOBS = tuple(itertools.product(WINDOWS, KEYS))


def computed(files, window, key):
    """What the raw files say: {(window start, key): plays}. A line that is no event has no page or no time."""
    rows = playhead.sql(f"""
        SELECT (ts * 1000 // {WINDOWS[window]}) * {WINDOWS[window]} AS start, coalesce({key}, 'unknown'), count(*)
        FROM read_json({playhead.list_of(files)}, format = 'newline_delimited', ignore_errors = true,
                       columns = {{page: 'VARCHAR', ts: 'BIGINT', level: 'VARCHAR', artist: 'VARCHAR'}})
        WHERE page = 'NextSong' AND ts IS NOT NULL GROUP BY ALL""")
    return {(start, value): count for start, value, count in rows}


class Recording(playhead.Case):
    files = ()
    facts = {"read": 0, "dead_letter": 0, "no_plays": 0}

    def replay(self, topic, files, *arguments):
        return self.run_playhead("produce", "--topic", topic, "--from", *files, *arguments).last

    def count(self, topic, *arguments):
        """One job for each window and key, side by side; their sums."""
        jobs = [
            self.start("stream", "--input-topic", topic, "--until-idle", "--job", f"{topic}-{window}-{key}", "--window", window, "--key", key, *arguments)
            for window, key in JOBS
        ]
        sums = []
        for job in jobs:
            done = job.finish()
            self.assertEqual(done.status, 0, str(done))
            self.assert_reconciled(done.last)
            sums.append(done.last)
        return sums

    def assert_exact(self, topic):
        for window, key in JOBS:
            with self.subTest(topic=topic, window=window, key=key):
                playhead.assert_same_rows(self, self.rows(f"{topic}-{window}-{key}", key), computed(self.files, window, key))
                sums = self.assert_counted(f"{topic}-{window}-{key}", topic)
                self.assertEqual({name: sums["records"][name] for name in self.facts}, self.facts)

    def in_every_partitioning(self, arguments, stream_arguments, check):
        for partitions in (1, 4):
            topic = f"plays-{partitions}"
            sent = self.replay(topic, self.files, "--partitions", partitions, *arguments)
            self.assertEqual(sent["sent"], self.facts["read"])
            for sums in self.count(topic, *stream_arguments):
                check(sums["records"])
            self.assert_exact(topic)

    def in_order(self):
        self.in_every_partitioning((), ("--allowed-lateness", "60d"), lambda records: self.assertEqual(records["late"], 0))

    def with_jitter(self):
        def check(records):
            self.assertGreater(records["restated"], 0, "30 minutes of disorder, 10 s allowed: some plays restate their windows")
            self.assertEqual(records["late"], 0)

        self.in_every_partitioning(("--jitter", "30m", "--seed", 7), ("--allowed-lateness", "6h"), check)

    def shuffled(self):
        def check(records):
            self.assertGreater(records["restated"], records["read"] // 4)
            self.assertEqual(records["late"], 0)

        self.in_every_partitioning(("--shuffle", "--seed", 7), ("--allowed-lateness", "60d"), check)

    def in_ten_runs(self):
        lines = [line for file in self.files for line in file.read_text(encoding="utf-8").splitlines()]
        tenth = -(-len(lines) // 10)
        runs = 0
        for start in range(0, len(lines), tenth):
            part = self.folder / "part.json"
            part.write_text("\n".join(lines[start:start + tenth]), encoding="utf-8")
            self.replay("cut", [part], "--partitions", 4)
            for sums in self.count("cut", "--allowed-lateness", "60d"):
                self.assertEqual(sums["processed"], len(lines[start:start + tenth]))
                self.assertEqual(sums["replayed_epochs"], 0)
            runs += 1
        self.assertEqual(runs, 10)
        self.assert_exact("cut")


class Sparkify(Recording):
    facts = {"read": 8_056, "dead_letter": 0, "no_plays": 1_236}

    def setUp(self):
        folder = playhead.SHARED / "data/sparkify_logs/log_data/2018/11"
        if not folder.is_dir():
            self.skipTest(f"the recorded month is not at {folder} (PLAYHEAD_SHARED names the folder above data/)")
        super().setUp()
        self.files = sorted(folder.glob("*.json"))
        self.assertEqual(len(self.files), 30)

    def test_in_order(self):
        self.in_order()
        times = [record["timestamp"] for record in self.records("plays-1")[0]]
        self.assertEqual((len(times), times[0], times[-1]), (8_056, "2018-11-01T20:57:10.796000Z", "2018-11-30T19:54:24.796000Z"))
        self.assertEqual(times, sorted(times), "30 files are merged by time")

    def test_in_order_nothing_is_even_restated(self):
        self.replay("plays", self.files)
        for sums in self.count("plays"):
            self.assertEqual((sums["records"]["on_time"], sums["records"]["restated"], sums["records"]["late"]), (8_056, 0, 0))
        self.assert_exact("plays")

    def test_with_jitter(self):
        self.with_jitter()

    def test_with_jitter_inside_the_allowed_disorder(self):
        self.replay("plays", self.files, "--jitter", "30m", "--seed", 8, "--partitions", 4)
        for sums in self.count("plays", "--allowed-disorder", "30m", "--allowed-lateness", "0s"):
            self.assertEqual((sums["records"]["restated"], sums["records"]["late"]), (0, 0))
        self.assert_exact("plays")

    def test_shuffled(self):
        self.shuffled()

    def test_in_ten_runs(self):
        self.in_ten_runs()


class Small(Recording):
    facts = {"read": 40, "dead_letter": 4, "no_plays": 7}
    BY_HOUR_AND_LEVEL = {
        ("01T17", "free"): 1, ("01T20", "free"): 3, ("01T20", "paid"): 4, ("01T21", "free"): 4, ("01T21", "paid"): 5,
        ("01T22", "free"): 3, ("01T22", "paid"): 3, ("01T23", "free"): 3, ("01T23", "paid"): 1, ("02T00", "paid"): 2}

    def setUp(self):
        super().setUp()
        self.files = sorted(playhead.REPLAY.glob("*.json"))
        self.assertEqual(len(self.files), 3)

    def by_hour_and_level(self, job):
        def name(start):
            return datetime.datetime.fromtimestamp(start // 1_000_000, datetime.timezone.utc).strftime("%dT%H")

        return {(name(start), level): count for (start, level), count in self.rows(job, "level").items()}

    def test_in_order(self):
        self.in_order()
        self.assertEqual(self.by_hour_and_level("plays-1-1h-level"), self.BY_HOUR_AND_LEVEL)
        records = self.records("plays-1")[0]
        times = collections.Counter(record["timestamp"] for record in records)
        self.assertEqual(times["2026-03-01T17:30:00.796000Z"], 2, "the late one keeps its own time, which the dead letter after it has, too")
        self.assertEqual(sum(record["key"] is None for record in records), 3 + 3, "logged-out visitors and lines without a listener have no key")
        self.assertEqual({record["value"] for record in records}, self.lines(), "records are the lines, byte for byte")

    def lines(self):
        return {line for file in self.files for line in file.read_text(encoding="utf-8").splitlines()}

    def test_a_late_play_is_counted_as_late_and_no_other_is_lost(self):
        self.replay("plays", self.files)
        sums = self.stream("plays", "--job", "levels", "--key", "level", "--window", "1h")
        expected = {window: count for window, count in self.BY_HOUR_AND_LEVEL.items() if window != ("01T17", "free")}
        self.assertEqual(self.by_hour_and_level("levels"), expected)
        self.assertEqual(sums["records"], {"read": 40, "on_time": 34, "restated": 1, "late": 1, "duplicate": 0, "dead_letter": 4, "no_plays": 7, "not_keyed_by_user": 0, "gaps": 0, "skipped": 0, "resets": 0})

    def test_a_play_that_is_less_late_restates(self):
        self.replay("plays", self.files)
        sums = self.stream("plays", "--job", "levels", "--key", "level", "--window", "1m")
        self.assertEqual((sums["records"]["restated"], sums["records"]["late"]), (1, 1))

    def test_with_jitter(self):
        self.with_jitter()

    def test_shuffled(self):
        self.shuffled()

    def test_in_ten_runs(self):
        self.in_ten_runs()

    def test_keys_in_any_script(self):
        self.replay("plays", self.files)
        self.stream("plays", "--job", "bands", "--key", "artist", "--window", "1d")
        counts = collections.Counter()
        for (_, artist), count in self.rows("bands", "artist").items():
            counts[artist] += count
        self.assertEqual(counts["Café Exemple"], 3, "with an escape or without, it is one key")
        self.assertEqual((counts["試験楽団"], counts["Пробный Хор"], counts["🎵 Emoji"], counts['Quote " and \\ Band']), (4, 2, 1, 1))

    def test_compressed(self):
        packed = []
        for file, suffix in zip(self.files, (".gz", ".zst", "")):
            path = self.folder / (file.name + suffix)
            path.write_bytes(file.read_bytes())
            if suffix == ".gz":
                path.write_bytes(gzip.compress(file.read_bytes()))
            if suffix == ".zst":
                self.zstd(path, file.read_bytes())
            packed.append(path)
        self.assertEqual(self.replay("plays", packed)["sent"], 40)
        self.count("plays", "--allowed-lateness", "60d")
        self.assert_exact("plays")

    @staticmethod
    def zstd(path: pathlib.Path, content):
        """In two frames, as `cat a.zst b.zst` leaves them."""
        half = len(content) // 2
        frames = []
        for part in (content[:half], content[half:]):
            packed = pyarrow.BufferOutputStream()
            with pyarrow.CompressedOutputStream(packed, "zstd") as stream:
                stream.write(part)
            frames.append(packed.getvalue().to_pybytes())
        path.write_bytes(b"".join(frames))

    def test_a_damaged_file_is_an_error_with_its_name(self):
        whole = gzip.compress(self.files[0].read_bytes())
        path = self.folder / "cut.json.gz"
        path.write_bytes(whole[:len(whole) // 2])
        done = self.run_playhead("produce", "--topic", "plays", "--from", path, status=1)
        self.assertIn("cut.json.gz", done.error["message"])
        done = self.run_playhead("produce", "--topic", "plays", "--from", self.folder / "absent.json", status=1)
        self.assertIn("absent.json", done.error["message"])
        self.assertEqual(done.error["kind"], "not_found")


if __name__ == "__main__":
    unittest.main()
