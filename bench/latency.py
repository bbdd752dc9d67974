"""How long a play takes from its producer to a row that a reader of the Parquet files sees.

The producer stamps each record with the instant at which it is due, so what it takes to gather and to sync a batch counts too. A watcher
looks at the visible files every millisecond and keeps each version with the time at which it was there to be read. Afterwards: a version
whose counts add up to n shows the first n records of the topic's only partition, so record i became visible with the first version
that counts more than i.
"""

import bisect
import datetime
import json
import math
import pathlib
import subprocess
import time

import process

POLL_SECONDS = 0.001


class Watcher:
    """Every version of the visible files: (seconds since 1970, {file: bytes})."""

    def __init__(self, folder):
        self.folder = folder
        self.versions = []
        self._seen = None
        self._bytes = {}

    def look(self):
        found = {}
        for path in self.folder.glob("*.parquet"):
            try:
                status = path.stat()
            except FileNotFoundError:  # replaced this very moment
                return
            found[path.name] = (status.st_ino, status.st_mtime_ns, status.st_size)
        if found == self._seen:
            return
        now = time.time()
        for name, state in found.items():
            if self._seen is None or self._seen.get(name) != state:
                self._bytes[name] = (self.folder / name).read_bytes()
        self._seen = found
        self.versions.append((now, {name: self._bytes[name] for name in found}))

    def look_until(self, done, seconds_max):
        end = time.monotonic() + seconds_max
        while not done() and time.monotonic() < end:
            self.look()
            time.sleep(POLL_SECONDS)

    def counts(self):
        """(seconds since 1970, plays counted) of each version, in order."""
        import pyarrow  # only now: what the watcher holds would be part of what its children are said to hold
        import pyarrow.parquet

        sums = {}
        totals = []
        for when, files in self.versions:
            for data in files.values():
                if data not in sums:
                    column = pyarrow.parquet.read_table(pyarrow.BufferReader(data), columns=["count"]).column("count")
                    sums[data] = sum(column.to_pylist())
            totals.append((when, sum(sums[data] for data in files.values())))
        return totals


def record_times(program, data, topic):
    """The records' timestamps in offset order, in seconds since 1970."""
    lines = process.run([program, "--data", data, "topics", "read", topic, "--from-beginning", "--json"]).output.splitlines()
    return [datetime.datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() for line in lines]


def latencies(appended, versions):
    """Sorted seconds from each record's time to the first version that counts it."""
    times = [when for when, _ in versions]
    highest = []
    for _, total in versions:
        highest.append(max(total, highest[-1] if highest else 0))
    first = [bisect.bisect_right(highest, index) for index in range(len(appended))]
    if first and first[-1] == len(times):
        raise process.Failed(f"{len(appended)} records were sent, but the rows never counted more than {highest[-1] if highest else 0}")
    return sorted(times[at] - appended[index] for index, at in enumerate(first))


def percentile(ordered, share):
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def stop(child):
    child.terminate()
    if child.wait(timeout=30) != 0:
        raise process.Failed(f"{child.args} exited with {child.returncode}")


def measure(program, data, rate, seconds, pin):
    """{p50, p99, max: seconds; cpu: CPU seconds per second of the stream; versions}. `pin`: how to keep a command on one core."""
    topic, output = "latency", pathlib.Path(data) / "windows" / "latency"
    process.run([program, "--data", data, "topics", "create", topic, "--clock", "record"])
    stream = subprocess.Popen(
        [*pin, program, "--data", data, "stream", "--input-topic", topic, "--job", topic, "--emit", "updates", "--trigger", "100ms",
         "--workers", "1"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        watcher = Watcher(output)
        watcher.look_until(output.is_dir, 10)
        before = process.process_cpu_seconds(stream.pid)
        producer = subprocess.Popen(
            [program, "--data", data, "produce", "--topic", topic, "--rate", str(rate), "--total", str(rate * seconds), "--listeners", "100000"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        watcher.look_until(lambda: producer.poll() is not None, seconds * 3 + 30)
        if producer.wait(timeout=30) != 0:
            raise process.Failed(f"the producer exited with {producer.returncode}")
        cpu = (process.process_cpu_seconds(stream.pid) - before) / seconds
        end = time.monotonic() + 2
        watcher.look_until(lambda: time.monotonic() > end, 2)
    finally:
        stop(stream)
    ordered = latencies(record_times(program, data, topic), watcher.counts())
    return {"p50": percentile(ordered, 0.5), "p99": percentile(ordered, 0.99), "max": ordered[-1], "cpu": cpu,
            "versions": len(watcher.versions), "records": len(ordered)}
