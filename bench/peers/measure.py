"""One engine, one job: what it costs, whether its rows are right, how soon they are there, and what a kill -9 does to it."""

import bisect
import dataclasses
import hashlib
import io
import math
import os
import shutil
import statistics
import subprocess
import time

import confluent_kafka
import pyarrow.parquet

import engines
import topics
from tree import Failed, Tree

SECONDS_MAX = 900  # of any run
POLL_SECONDS = 0.002
STILL_SECONDS = 25  # without a new row, and there comes none: Flink publishes every 10 s


def digest(rows):
    """The same for the same rows in any order."""
    return hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest()[:16]


class TopicRows:
    """The rows that an engine writes to a topic, as a reader of what is committed sees them come."""

    def __init__(self, servers, topic):
        self.client = confluent_kafka.Consumer({"bootstrap.servers": servers, "group.id": "reader", "enable.auto.commit": False, "isolation.level": "read_committed",
                                                "fetch.wait.max.ms": 10})
        self.client.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        self.latest = 0.0  # when the last row came
        self.versions = []  # (seconds since 1970, {(window start, genre): plays})

    def look(self):
        records = [record for record in self.client.consume(100_000, POLL_SECONDS) if not record.error()]
        if records:
            self.latest = time.time()
            self.versions.append((time.time(), topics.last_counts(records)))

    def found(self):
        return bool(self.versions)

    def version(self):
        self.look()
        return len(self.versions)

    def rows(self):
        rows = {}
        for _, some in self.versions:
            rows.update(some)
        return rows

    def close(self):
        self.client.close()


class FileRows:
    """The Parquet files as they become visible; keeps the bytes of each version if told to."""

    def __init__(self, engine, run, keep=False):
        self.engine, self.run, self.keep = engine, run, keep
        self.seen, self.kept, self.first, self.latest = {}, [], False, 0.0

    def look(self):
        if not self.keep and self.first:
            return
        now = time.time()
        for path in self.engine.files(self.run):
            try:
                status = os.stat(path)
                version = (status.st_ino, status.st_mtime_ns, status.st_size)
                if self.seen.get(path) == version:
                    continue
                with open(path, "rb") as file:
                    data = file.read()
            except FileNotFoundError:  # replaced this very moment
                continue
            self.seen[path] = version
            if self.keep:
                self.kept.append((now, data))
                self.latest = now
            elif pyarrow.parquet.ParquetFile(io.BytesIO(data)).metadata.num_rows > 0:
                self.first = True
                return

    def found(self):
        return self.first or bool(self.kept)

    @property
    def versions(self):
        for when, data in self.kept:
            table = pyarrow.parquet.read_table(io.BytesIO(data), columns=["window_start", "genre", "count"])
            starts = table.column("window_start").cast("int64").to_pylist()
            yield when, dict(zip(zip(starts, table.column("genre").to_pylist()), table.column("count").to_pylist()))

    def close(self):
        pass


class Bench:
    def __init__(self, folder, programs, made, scale):
        self.folder, self.programs, self.topics, self.scale = folder, programs, made, scale
        self.runs = 0

    def new_run(self, engine, job, topic, ending="drain", truth=None, records=0):
        self.runs += 1
        counted = sum(truth.values()) if truth and job != "lake" else 0
        run = engines.Run(job=job, topic=topic, records=records, servers=self.topics.servers, folder=self.folder / f"{engine.name}-{self.runs}", programs=self.programs,
                          ending=ending, counted=counted, batch=max(1_000, int(2_500_000 * self.scale)))
        engine.prepare(run)
        if engine.to_topic:
            self.topics.create(run.output_topic, 1)
        return run

    def start(self, engine, run):
        return Tree(engine.command(run), run.folder / "log", engine.environment)

    def watcher(self, engine, run, keep=False):
        return TopicRows(run.servers, run.output_topic) if engine.to_topic else FileRows(engine, run, keep)

    def forget(self, engine, run):
        shutil.rmtree(run.folder, ignore_errors=True)
        if engine.to_topic:
            own = [name for name in self.topics.admin.list_topics(timeout=30).topics if name.startswith(run.output_topic)]
            for done in self.topics.admin.delete_topics(own).values():
                done.result(30)

    def rows(self, engine, run, watcher):
        if not engine.to_topic:
            return engine.rows(run)
        watcher.close()
        fresh = topics.last_counts(self.topics.values(run.output_topic, **{"isolation.level": "read_committed"}))
        return fresh

    def drain(self, engine, job):
        """Reads a whole topic; {records, wall, cpu, peak_mb, first, rows, ...}, the median of the engine's rounds."""
        name = topics.OF_JOB[job]
        truth, records = self.topics.fill(name), self.topics.records(name)
        rounds = [self.drain_once(engine, job.removesuffix("-small"), name, truth, records) for _ in range(engine.rounds)]
        best = sorted(rounds, key=lambda one: one["cpu"])[len(rounds) // 2]
        return {**best, "cpu_of_rounds": [one["cpu"] for one in rounds], "wall": statistics.median(one["wall"] for one in rounds)}

    def drain_once(self, engine, job, topic, truth, records):
        run = self.new_run(engine, job, topic, truth=truth, records=records)
        watcher = self.watcher(engine, run)
        firsts = []

        def look():
            if not firsts:
                watcher.look()
                if watcher.found():
                    firsts.append(time.time())

        tree = self.start(engine, run)
        watched = engine.updates and job != "lake"
        tree.finish(SECONDS_MAX, look if watched else lambda: None)
        result = {"records": records, "wall": tree.wall, "cpu": tree.cpu, "peak_mb": tree.peak_mb, "first": firsts[0] - tree.started if firsts else None}
        result |= self.first_computed(tree)
        if job in engine.right:
            result |= compare(self.rows(engine, run, watcher), truth, records)
        self.forget(engine, run)
        return result

    @staticmethod
    def first_computed(tree):
        """When Flink says that it has made its first row, which is visible only with the next checkpoint."""
        said = [line.split()[1] for line in tree.output().splitlines() if line.startswith("first-row ")]
        return {"first_made": min(map(int, said)) / 1000 - tree.started} if said else {}

    def restart(self, engine):
        """Kills the engine a second after its first visible row, starts it again, and lets it end."""
        name = topics.OF_JOB["counts"]
        truth, records = self.topics.fill(name), self.topics.records(name)
        run = self.new_run(engine, "counts", name, "drain" if engine.ends_again else "endless", truth=truth, records=records)
        watcher = self.watcher(engine, run)
        tree = self.start(engine, run)
        while not watcher.found() and not tree.ended():
            watcher.look()
            time.sleep(POLL_SECONDS)
        until = time.time() + min(1.0, self.scale)
        while time.time() < until and not tree.ended():
            watcher.look()
        if tree.ended():
            self.forget(engine, run)
            return {"why": "it had read all before it could be killed"}
        tree.kill()
        result = {"killed_after": tree.wall}
        while watcher.found() and time.time() - tree.started < tree.wall + 1:  # what was committed before
            watcher.look()
        again = dataclasses.replace(run, again=True)
        result |= self.go_on(engine, again, watcher, sum(truth.values()))
        result |= compare(self.rows(engine, again, watcher), truth, records)
        self.forget(engine, run)
        return result

    def go_on(self, engine, run, watcher, total):
        """Starts a killed engine again, and waits until it has done all it will; {restart: seconds to its first new row}."""
        version = watcher.version if engine.to_topic else lambda: version_of(engine, run)
        before = version()
        tree = self.start(engine, run)
        found, latest = {}, before

        def look():
            nonlocal latest
            now = version()
            if now != latest:
                latest, found["latest"] = now, time.time()
                found.setdefault("restart", time.time() - tree.started)

        def all_done():
            if engine.to_topic:
                return sum(watcher.rows().values()) >= total
            return time.time() - found.get("latest", tree.started) > STILL_SECONDS

        if engine.ends_again:
            tree.finish(SECONDS_MAX, look)
        else:
            while not all_done():
                look()
                time.sleep(0.01)
                if time.time() - tree.started > SECONDS_MAX or tree.ended():
                    raise Failed(f"{engine.title} did not get to the end:\n{tree.tail()}")
            tree.kill()
        return {"restart": found.get("restart")}

    def latency(self, engine, rate, warm_seconds, seconds):
        """Seconds from a record's due time, in a topic of one partition, to the first visible rows that count it; after some seconds to get warm."""
        topic = f"live-{engine.name}-{rate}"
        self.topics.create(topic, 1)
        run = self.new_run(engine, "counts", topic, ending="updates")
        watcher = self.watcher(engine, run, keep=True)
        tree = self.start(engine, run)
        try:
            self.feed(run, rate, rate, tree, watcher, lambda: watcher.found() or time.time() - tree.started > 180)
            before, began = tree.cpu, time.time()
            self.feed(run, rate * (warm_seconds + seconds), rate, tree, watcher, lambda: True)
            cpu = (tree.cpu - before) / (time.time() - began)
            self.look_until(lambda: time.time() - max(began, watcher.latest) > engine.pause_seconds, tree, watcher)
        finally:
            tree.kill()
        due = [record.timestamp()[1] / 1000 for record in self.topics.values(topic)]
        try:
            ordered = latencies(due, watcher.versions, rate * (1 + warm_seconds))
        except Failed as failed:
            raise Failed(f"{failed}; {engine.title} says:\n{tree.tail()}") from None
        self.forget(engine, run)
        self.topics.delete(topic)
        return {**told_latencies(ordered, rate), "cpu_share": cpu, "peak_mb": tree.peak_mb}

    def reach(self, rate, warm_seconds, seconds):
        """Seconds from a record's due time to a bare consumer in this process: what producer, broker and machine take of all latencies."""
        topic = f"live-reader-{rate}"
        self.topics.create(topic, 1)
        client = confluent_kafka.Consumer({"bootstrap.servers": self.topics.servers, "group.id": "reader", "enable.auto.commit": False})
        client.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        total, taken = rate * (warm_seconds + seconds), []
        command = [self.programs / "peers" / "fill", self.topics.servers, topic, "live", str(total), str(rate)]
        end = time.time() + 3 * (warm_seconds + seconds) + 30
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as feeder:
            while len(taken) < total and time.time() < end:
                records = client.consume(10_000, POLL_SECONDS)
                now = time.time()
                taken += [now - record.timestamp()[1] / 1000 for record in records if not record.error()]
            feeder.kill()
        client.close()
        self.topics.delete(topic)
        if len(taken) < total:
            raise Failed(f"{total} records were sent, and {len(taken)} arrived")
        return told_latencies(sorted(taken[rate * warm_seconds:]), rate)

    def feed(self, run, count, rate, tree, watcher, done):
        """Sends `count` plays at `rate` a second, and watches until they are sent and `done` says so."""
        command = [self.programs / "peers" / "fill", run.servers, run.topic, "live", str(count), str(rate)]
        feeder = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            self.look_until(lambda: feeder.poll() is not None and done(), tree, watcher)
        finally:
            feeder.kill()
            feeder.wait()

    @staticmethod
    def look_until(done, tree, watcher):
        while not done():
            watcher.look()
            time.sleep(POLL_SECONDS)
            if tree.ended():
                raise Failed(f"the engine ended:\n{tree.tail()}")


def version_of(engine, run):
    found = set()
    for path in engine.files(run):
        try:
            status = os.stat(path)
            found.add((path, status.st_ino, status.st_mtime_ns))
        except FileNotFoundError:
            pass
    return found


def start_of(key):
    return key[0] if isinstance(key, tuple) else key


def compare(rows, truth, records):
    """`equal`: all rows are right, none is absent. `closed`: those of the last windows are absent, and no others."""
    if isinstance(rows, int):
        return {"equal": rows == records}
    wrong = [key for key, count in rows.items() if truth.get(key) != count]
    absent = sorted(key for key in truth if key not in rows)
    return {"equal": not wrong and not absent, "closed": not wrong and bool(absent) and bool(rows) and start_of(absent[0]) > start_of(max(rows)), "rows": len(rows), "rows_expected": len(truth),
            "wrong": len(wrong), "absent": len(absent), "digest": digest(rows), "digest_expected": digest(truth),
            "examples": [f"{key}: {rows[key]}, not {truth.get(key)}" for key in wrong[:3]]}


def latencies(due, versions, skip):
    """Sorted seconds, of the records after the first `skip`."""
    times, highest, rows, total = [], [], {}, 0
    for when, some in versions:
        for key, count in some.items():
            if count > rows.get(key, 0):
                total += count - rows.get(key, 0)
                rows[key] = count
        times.append(when)
        highest.append(total)
    if total < len(due):
        raise Failed(f"{len(due)} records were sent, but the rows never counted more than {total}")
    return sorted(times[bisect.bisect_right(highest, index)] - due[index] for index in range(skip, len(due)))


def told_latencies(ordered, rate):
    return {"rate": rate, "sent": len(ordered), "p50": percentile(ordered, 0.5), "p99": percentile(ordered, 0.99), "max": ordered[-1]}


def percentile(ordered, share):
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
