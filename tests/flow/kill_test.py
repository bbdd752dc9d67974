"""kill -9 of producer and stream, at named operations and at random moments: in the end every play is counted once.

Each round sends some more of a fixed sequence of events and counts them, and kills the one or the other or both. Whatever a killed
producer left undone is sent again from the first event that the topic lacks; a killed stream is started again. All the while a
reader lists and reads the windows as a stranger would: it never sees a row twice, a torn file, or a count that goes down.

PLAYHEAD_TORTURE=1: 500 rounds instead of 30. PLAYHEAD_SEED=<number> repeats the rounds of a failure, apart from the moments.
"""

import datetime
import glob
import json
import os
import random
import re
import tempfile
import threading
import time
import unittest

import duckdb
import pyarrow
import pyarrow.parquet

import playhead

ROUNDS = 500 if playhead.TORTURE else 30
EVENTS_PER_ROUND = 150
SEED = int(os.environ.get("PLAYHEAD_SEED", random.SystemRandom().randrange(1 << 32) if playhead.TORTURE else 1))
MOMENT_MAX = 0.3  # seconds until a kill at random
GENRES = ("pop", "rock", "jazz", "Fado é", "電子音楽", None)
BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)

# Where a stream is killed: operation, path, how many of them a run may do before (the last one is drawn), and whether the run ends by
# itself (a checkpoint is then made) or is under way. A run that never gets there is killed at a random moment.
STREAM_POINTS = (
    ("create */claims/*", 2, False), ("after-create */claims/*", 2, False), ("remove */claims/*", 2, False), ("open */p?/journal-*", 4, False),
    ("write */p?/journal-*", 8, False), ("sync */p?/journal-*", 6, False), ("rename */p?/journal-*", 2, False), ("after-rename */p?/journal-*", 2, False),
    ("remove */p?/journal-*", 4, True), ("rename */p?/journal-*", 4, True), ("write */p?/journal-*", 8, True), ("sync-folder */p?", 4, True),
    ("write */open-windows-*", 1, True), ("sync */open-windows-*", 1, True), ("rename */open-windows-*", 1, True), ("after-rename */open-windows-*", 1, True),
    ("remove */open-windows-*", 1, True), ("write *.manifests/*", 4, True), ("sync *.manifests/*", 4, True), ("create *.manifests/*", 4, True),
    ("after-create *.manifests/*", 4, True), ("sync-folder *.manifests", 4, True), ("write *.staging/*", 3, True), ("sync *.staging/*", 3, True),
    ("rename *.parquet", 3, True), ("after-rename *.parquet", 3, True), ("rename *.staging*dead*", 1, False), ("remove *.staging*dead*", 1, False),
    ("sync-folder */windows/plays", 2, True), ("write *.hold*", 2, True), ("rename *.hold*", 2, True), ("write */rejected-*", 2, True),
    ("rename */rejected-*", 2, True), ("rename *.parquet", 3, False), ("after-create *.manifests/*", 3, False))
PRODUCER_POINTS = (
    ("open *.segment", 1), ("write *.segment", 2), ("after-write *.segment", 2), ("sync *.segment", 2), ("after-sync *.segment", 2), ("write */mark", 2),
    ("after-write */mark", 2))


def events(count, chance):
    """Lines in TuneTracker's form, some late, some equal in time, some no events at all; each can be told by its number."""
    lines = []
    for number in range(count):
        if chance.random() < 0.02:
            lines.append(f'{{"track_id": "n{number}", "broken": ')
            continue
        time_of = BEGIN + datetime.timedelta(seconds=number * 2 - chance.choice((0, 0, 0, 0, 30, 600, 7_200)))
        event = {"user_id": f"u{chance.randrange(50)}", "track_id": f"n{number}", "timestamp": time_of.strftime("%Y-%m-%dT%H:%M:%S.%f")}
        genre = chance.choice(GENRES)
        if genre:
            event["genre"] = genre
        lines.append(json.dumps(event, ensure_ascii=chance.random() < 0.5))
    return lines


def number_of(line):
    return int(re.search(r'"track_id": "n(\d+)"', line).group(1))


class Stranger(threading.Thread):
    """Reads all windows again and again, with PyArrow and with DuckDB in turn, until it is told to stop; `complaint` is what it saw go wrong."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.stopping, self.complaint, self.looks, self.counts = folder, threading.Event(), None, 0, {}

    def run(self):
        look = (self.look_with_pyarrow, self.look_with_duckdb)
        while not self.stopping.is_set() and not self.complaint:
            names = sorted(glob.glob(f"{self.folder}/*.parquet"))
            if names:
                self.complaint = look[self.looks % 2](names)
                self.looks += 1
            time.sleep(0.005)

    def look_with_pyarrow(self, names):
        rows = []
        for name in names:
            try:
                with open(name, "rb") as file:
                    content = file.read()
            except FileNotFoundError:
                continue
            try:
                table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
            except pyarrow.ArrowException as error:
                return f"{name} ({len(content)} bytes) is torn: {error}"
            columns = [table.column(column).cast(kind).to_pylist() for column, kind in (("window_start", "int64"), ("genre", "string"), ("count", "int64"))]
            rows += zip(*columns)
        return self.judge(rows)

    def look_with_duckdb(self, names):
        """DuckDB opens a file twice, for its footer and for its columns, so a file that is replaced in between fails the query: it reads links."""
        links = []
        with tempfile.TemporaryDirectory(dir=self.folder.parent.parent.parent) as still:
            for name in names:
                try:
                    os.link(name, f"{still}/{len(links)}")
                except FileNotFoundError:
                    continue
                links.append(f"{still}/{len(links)}")
            try:
                with duckdb.connect(config={"threads": 1}) as connection:
                    rows = connection.execute(f"SELECT epoch_us(window_start), genre, count FROM read_parquet({playhead.list_of(links)})").fetchall()
            except duckdb.Error as error:
                return f"DuckDB: {error}"
        return self.judge(rows)

    def judge(self, rows):
        seen = {}
        for start, genre, count in rows:
            if (start, genre) in seen:
                return f"window {start} of {genre} stands there twice: {seen[start, genre]} and {count}"
            seen[start, genre] = count
        for window, before in self.counts.items():
            if seen.get(window, 0) < before:
                return f"window {window} went from {before} down to {seen.get(window, 0)}"
        self.counts = seen
        return None

    def stop(self):
        self.stopping.set()
        self.join()
        return self.complaint


class Kill(playhead.Case):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(SEED)
        self.struck = set()
        self.stream_kills = self.producer_kills = 0

    def send(self, lines, faults=None):
        """Sends what the topic still lacks of these lines; the process."""
        there = {number_of(record["value"]) for records in self.records("plays").values() for record in records}
        part = self.folder / "part.json"
        part.write_text("".join(line + "\n" for number, line in enumerate(lines) if number not in there), encoding="utf-8")
        return self.start("produce", "--topic", "plays", "--from", part, faults=faults)

    def start_stream(self, *arguments, faults=None):
        return self.start(
            "stream", "--input-topic", "plays", "--trigger", "10ms", "--allowed-lateness", "60d", "--workers", 2, *self.emit, *arguments, faults=faults)

    def kill_or_end(self, running, moment, faults, may_end):
        """Waits for the rule to strike, and kills at the moment otherwise."""
        if running.ended_within(moment) is False and (not may_end or self.chance.random() < 0.3):
            return self.note(running.kill(), None)
        return self.note(running.finish(), faults)

    def note(self, done, faults):
        self.assertIn(done.status, (0, -9), f"seed {SEED}: {done}")
        if done.status == -9 and faults:
            self.struck.add(faults.rsplit(" ", 2)[0])
        return done.status == -9

    def round(self, number, lines):
        producer_faults = stream_faults = None
        if number % 3 != 0:
            operation, most = self.chance.choice(PRODUCER_POINTS)
            producer_faults = f"{operation} {self.chance.randint(1, most)} kill"
        operation, most, ends = STREAM_POINTS[(number * 11 + self.first_point) % len(STREAM_POINTS)]
        if number % 7 != 6:
            stream_faults = f"{operation} {self.chance.randint(1, most)} kill"
        producer = self.send(lines, producer_faults)
        if ends and self.chance.random() < 0.7:
            self.producer_kills += self.note(producer.finish(), producer_faults)  # so that there is much to do for the stream
        stream = self.start_stream(*(["--until-idle"] if ends else []), faults=stream_faults)
        self.stream_kills += self.kill_or_end(stream, self.chance.uniform(0.02, MOMENT_MAX), stream_faults, ends and stream_faults)
        if producer.process.returncode is None:
            self.producer_kills += self.kill_or_end(producer, self.chance.uniform(0, MOMENT_MAX), producer_faults, True)

    def survive(self, rounds, *emit):
        self.emit = emit
        self.first_point = self.chance.randrange(len(STREAM_POINTS))
        lines = events(rounds * EVENTS_PER_ROUND, self.chance)
        self.run_playhead("topics", "create", "plays", "--partitions", 2, "--clock", "record", "--segment-bytes", "64KiB")
        stranger = Stranger(self.output_of("plays"))
        stranger.start()
        self.addCleanup(stranger.stop)
        for number in range(rounds):
            with self.subTest(seed=SEED, round=number):
                self.round(number, lines[:(number + 1) * EVENTS_PER_ROUND])
                self.assertIsNone(stranger.complaint)
        self.assertEqual(self.send(lines).finish().status, 0)
        self.stream_to_the_end()
        time.sleep(0.05)
        self.assertIsNone(stranger.stop(), f"seed {SEED}")
        self.assertGreater(stranger.looks, rounds, "the reader had something to read all the while")
        self.assertGreater(self.stream_kills, rounds // 2)
        self.assertGreater(self.producer_kills, rounds // 10)
        self.assertGreater(len(self.struck), rounds // 4 if rounds < 100 else (len(STREAM_POINTS) + len(PRODUCER_POINTS)) * 2 // 3, sorted(self.struck))
        self.check_topic(lines)
        self.check_windows()

    def stream_to_the_end(self):
        done = self.start_stream("--until-idle").finish()
        self.assertEqual(done.status, 0, f"seed {SEED}: {done}")
        self.assert_reconciled(done.last)
        self.assertEqual(self.start_stream("--until-idle").finish().last["replayed_epochs"], 0)

    def check_topic(self, lines):
        """Every line is there once, byte for byte; offsets have no gap; the order within a partition is that of sending."""
        by_partition = self.records("plays")
        self.assertEqual(sorted(by_partition), [0, 1])
        found = {}
        for records in by_partition.values():
            self.assertEqual([record["offset"] for record in records], list(range(len(records))))
            keyed = [number_of(record["value"]) for record in records if record["key"] is not None]
            self.assertEqual(keyed, sorted(set(keyed)))
            found.update((number_of(record["value"]), record["value"]) for record in records)
        self.assertEqual(sum(map(len, by_partition.values())), len(lines))
        self.assertEqual([found.get(number) for number in range(len(lines))], lines)

    def check_windows(self):
        path = self.folder / "records.json"
        path.write_text(self.run_playhead("topics", "read", "plays").output, encoding="utf-8")
        counted = playhead.sql(f"""
            SELECT epoch_us(time_bucket(INTERVAL 1 MINUTE, CAST(value->>'timestamp' AS TIMESTAMP))), coalesce(value->>'genre', 'unknown'), count(*)
            FROM read_json('{path}', format = 'newline_delimited', columns = {{value: 'VARCHAR'}}) WHERE json_valid(value) GROUP BY ALL""")
        playhead.assert_same_rows(self, self.rows("plays"), {(start, genre): count for start, genre, count in counted})
        sums = self.assert_counted("plays", "plays")
        self.assertEqual((sums["records"]["late"], sums["records"]["duplicate"]), (0, 0))
        self.assertGreater(sums["records"]["restated"], 0)
        self.assertGreater(sums["records"]["dead_letter"], 0)

    def test_windows_that_have_ended(self):
        self.survive(ROUNDS * 2 // 3)

    def test_open_windows_too(self):
        self.survive(ROUNDS - ROUNDS * 2 // 3, "--emit", "updates")


class Producer(playhead.Case):
    """A simulated producer that is killed leaves a beginning of each partition, and nothing else."""

    ARGUMENTS = ("produce", "--topic", "plays", "--partitions", 2, "--rate", "max", "--total", 20_000, "--seed", 5, "--start-time", "2026-03-01T00:00:00Z")

    def values(self, folder):
        by_partition = {0: [], 1: []}
        done = self.start("topics", "read", "plays", data=folder).finish()
        if done.status != 0:  # killed before it had made the topic
            self.assertEqual(done.error["kind"], "not_found", str(done))
            return by_partition
        for record in done.objects:
            by_partition[record["partition"]].append(record["value"])
        return by_partition

    def test_at_named_operations(self):
        whole = self.folder / "whole"
        self.run_playhead(*self.ARGUMENTS, data=whole)
        expected = self.values(whole)
        self.assertEqual(sum(map(len, expected.values())), 20_000)
        begun = 0
        for operation, _ in PRODUCER_POINTS:
            for count in (1, 3) if operation.split()[0] != "open" else (1,):
                with self.subTest(operation=operation, count=count):
                    folder = self.folder / f"{operation.split()[0]}-{operation[-4:]}-{count}"
                    self.run_playhead(*self.ARGUMENTS, data=folder, faults=f"{operation} {count} kill", status=-9)
                    left = self.values(folder)
                    for partition, values in left.items():
                        self.assertEqual(values, expected[partition][:len(values)])
                        begun += bool(values)
                    self.run_playhead(*self.ARGUMENTS, data=folder)
                    for partition, values in self.values(folder).items():
                        self.assertEqual(values, left[partition] + expected[partition], "the next producer appends behind it")
        self.assertGreater(begun, 5, "kills came after something was sent, too")


if __name__ == "__main__":
    unittest.main()
