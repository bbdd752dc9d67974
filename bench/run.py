#!/usr/bin/env python3
"""Measures the release build and writes docs/benchmarks.md (`make bench`).

  bench/run.py [--build build/release] [--page docs/benchmarks.md]
  bench/run.py --quick --program build/dev/playhead     a few plays and one round, to see that it all works; writes no page

Figures are printed as they come. Exits with 1 where something failed or counted wrong; a missed goal is a line on the page, not a failure.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "third_party" / "arrow")]

import keeping
import latency
import page
import process
import simulating
from page import Row, Section, million, milliseconds

START = ["--start-time", "2026-03-01T00:00:00Z"]
WORLD = ["--listeners", "100000", "--tracks", "20000"]
PRODUCE = "playhead produce --rate max --listeners 100000 --tracks 20000 --start-time 2026-03-01T00:00:00Z"


@dataclasses.dataclass(frozen=True)
class Sizes:
    rounds: int
    plays: int  # of the main figure
    scale: tuple  # plays of the runs whose cost per play is compared, the smallest first
    idle_seconds: int
    latency_seconds: int
    latency_rate: int
    listens: int
    many: int  # plays whose ids are remembered, for a restart with a GB of state
    simulated: int  # events
    listeners: int  # of a large simulated service


FULL = Sizes(rounds=5, plays=10_000_000, scale=(1_000_000, 10_000_000, 50_000_000), idle_seconds=20, latency_seconds=20, latency_rate=10_000,
             listens=1_000_000, many=40_000_000, simulated=2_000_000, listeners=1_000_000)
QUICK = Sizes(rounds=1, plays=100_000, scale=(10_000, 100_000), idle_seconds=1, latency_seconds=2, latency_rate=1_000,
              listens=2_000, many=150_000, simulated=20_000, listeners=10_000)


class Bench:
    """The program, the folder it works in, and all costs so far."""

    def __init__(self, program, folder, sizes):
        self.program = program
        self.folder = folder
        self.sizes = sizes
        self.costs = []
        self.runs = 0

    def playhead(self, *arguments):
        return [self.program, "--data", self.folder, *arguments]

    def run(self, command):
        cost = process.run(command)
        self.costs.append(cost)
        return cost

    def produce(self, topic, plays, partitions=1):
        """Makes the topic; returns what that cost."""
        return self.run(self.playhead("produce", "--topic", topic, "--partitions", partitions, "--rate", "max", "--total", plays, *WORLD, *START))

    def delete(self, topic):
        process.run(self.playhead("topics", "delete", topic))

    def stream(self, topic, plays, *flags):
        """Counts the whole topic by a new job; refuses a wrong count; leaves nothing behind."""
        self.runs += 1
        job = f"run-{self.runs}"
        cost = self.run(self.playhead("stream", "--input-topic", topic, "--job", job, "--lake", "off", "--until-idle", "--json", *flags))
        report = json.loads(cost.output)
        if not report["reconciles"] or report["plays_published"] != plays or report["records"]["on_time"] != plays:
            raise process.Failed(f"{plays} plays were sent, and counted as {cost.output}")
        for kind in ("windows", "checkpoints", "rejected"):
            shutil.rmtree(self.folder / kind / job)
        return cost

    def stream_often(self, rounds, *arguments):
        cost = process.median([self.stream(*arguments) for _ in range(rounds)])
        show(f"stream {' '.join(str(part) for part in arguments)}", f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.peak_mb:.0f} MB")
        return cost


def show(what, figure):
    print(f"{what}: {figure}", flush=True)


def json_lines(bench, command):
    return [json.loads(line) for line in bench.run(command).output.splitlines()]


def log_section(bench, build):
    cases = json_lines(bench, [build / "bench_log", "1000000", bench.folder / "bench-log"])
    goals = {("append", "lz4"): 2.5e6, ("read", "lz4"): 10e6}
    rows = []
    for case in cases:
        rate, goal = case["per_cpu_second"], goals.get((case["case"], case["codec"]))
        what = f"{case['case']}, {case['codec']} ({case['bytes_per_record']:.0f} bytes a play stored)"
        figure = f"{million(rate)} plays per CPU-second, {million(case['per_second'])} per second"
        rows.append(Row(what, figure, f">= {million(goal)} per CPU-second" if goal else "", rate >= goal if goal else None))
        show(what, figure)
    notes = [
        "One partition, plays of 111 bytes with their keys in batches of 10,000 by one thread. Appended means acknowledged: compressed, checksummed, written, and synced to the",
        "disk. Read means decompressed, checksum compared, and each value visited. LZ4 is what topics have.",
        "For comparison, LMDB 0.9.24 with such blocks, LZ4 and a synced commit a block, measured once on the same kind of machine: append 3.6 to 5.0 M per CPU-second,",
        "read 27 to 28 M. It allows one writer at a time, and its files never shrink."
    ]
    return Section("The log", ["build/release/bench_log 1000000"], notes, rows)


def decode_section(bench, build):
    cases = {case["case"]: case for case in json_lines(bench, [build / "bench_decode"])}
    goals = {"tunetracker, all fields and extra": 3e6, "listen, all fields and extra": 1.5e6, "music-stream, all fields and extra": 1.2e6}
    rows = []
    for name, case in cases.items():
        if "events_per_cpu_second" in case:
            rate, goal = case["events_per_cpu_second"], goals.get(name)
            rows.append(Row(f"{name} ({case['bytes_per_event']:.0f} bytes)", f"{million(rate)} events per CPU-second",
                            f">= {million(goal)}" if goal else "", rate >= goal if goal else None))
            show(name, rows[-1].figure)
    notes = ["JSON in memory to typed columns, by one thread; every record is checked whole, whatever is taken of it. `counted`: per minute and genre as well."]
    return Section("Decoding", ["build/release/bench_decode"], notes, rows), cases["tunetracker, genre, counted"]["events_per_cpu_second"]


def stream_section(bench, in_memory):
    sizes, rows = bench.sizes, []
    for partitions in (1, 4):
        topic = f"plays-{partitions}"
        sent = bench.produce(topic, sizes.plays, partitions)
        show(f"produce {sizes.plays}, {partitions} partitions", f"{sent.cpu:.2f} s CPU, {sent.wall:.2f} s, {sent.peak_mb:.0f} MB")
        cost = bench.stream_often(sizes.rounds, topic, sizes.plays)
        rate = sizes.plays / cost.cpu
        name = "1 partition" if partitions == 1 else f"{partitions} partitions"
        rows.append(Row(f"{name}", f"{million(rate)} plays per CPU-second", ">= 2.00 M", rate >= 2e6))
        rows.append(Row(f"{name}, wall", f"{million(sizes.plays / cost.wall)} plays per second, {cost.wall / cost.cpu:.2f} s a CPU-second"))
        rows.append(Row(f"{name}, peak memory", f"{cost.peak_mb:.0f} MB", "< 256 MB", cost.peak_mb < 256))
        if partitions == 1:
            one = (rate, sent)
        bench.delete(topic)
    if in_memory:
        rows.append(Row("the same bytes decoded and counted in memory: no log, no file, no promise", f"{million(in_memory)} plays per CPU-second"))
        rows.append(Row("what log, exactly once and Parquet cost", f"{in_memory / one[0]:.2f} times the CPU of that loop"))
    rows.append(Row("making them: simulated and appended, 1 partition", f"{million(sizes.plays / one[1].cpu)} plays per CPU-second"))
    commands = [f"{PRODUCE} --topic plays-1 --total {sizes.plays} --partitions 1", "playhead stream --input-topic plays-1 --lake off --until-idle --json"]
    notes = [
        f"A topic of {sizes.plays // 1_000_000} M plays (100,000 listeners, 20,000 tracks, 8 genres, 111 bytes with the key, 1 ms of event time apart) is counted per minute and genre into Parquet, as a new",
        "job with nothing left in memory from a run before. Every event is looked up among those of the last 24 hours and remembered; the lake is off. Each run has to publish every",
        "play exactly once, or the benchmark fails."
    ]
    return Section("From log to windows, exactly once", commands, notes, rows)


def scale_section(bench):
    """Cost per play of small and large topics, and the memory of keys with many values."""
    sizes, rows, each = bench.sizes, [], []
    for plays in sizes.scale:
        bench.produce("plays", plays)
        cost = bench.stream_often(sizes.rounds if plays < 20_000_000 else min(3, sizes.rounds), "plays", plays)
        each.append(cost.cpu / plays * 1e9)
        rows.append(Row(f"{million(plays)} plays", f"{each[-1]:.0f} ns of CPU a play, {cost.wall:.2f} s, peak {cost.peak_mb:.0f} MB", "< 256 MB", cost.peak_mb < 256))
        if plays == sizes.plays:
            keyed = [(key, bench.stream_often(1, "plays", plays, "--key", key)) for key in ("track", "user")]
        bench.delete("plays")
    growth = each[-1] / each[0]
    rows.append(Row("cost of a play in the largest over that in the smallest", f"{growth:.2f}", "<= 1.20", growth <= 1.2))
    for key, cost in keyed:
        what = f"{million(sizes.plays)} plays by {key} instead of genre"
        rows.append(Row(what, f"{cost.cpu / sizes.plays * 1e9:.0f} ns of CPU a play, peak {cost.peak_mb:.0f} MB", "< 256 MB", cost.peak_mb < 256))
    commands = [f"{PRODUCE} --topic plays --total {sizes.scale[-1]}", "playhead stream --input-topic plays --lake off --until-idle --json",
                "playhead stream --input-topic plays --job by-user --key user --lake off --until-idle --json"]
    notes = ["The largest is the median of 3 runs, those by track and by user are one run each. The smallest bears the start of the process, some 20 ms of CPU, in full.",
             "Keys with many values make many rows: by user, three plays make two rows."]
    return Section("Cost as topics grow", commands, notes, rows)


def seconds_to_first_file(bench, job):
    """From the start of a stream to the first file that a reader's glob finds. The stream is left running."""
    output = bench.folder / "windows" / job
    command = bench.playhead("stream", "--input-topic", "start", "--job", job)
    start = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not any(output.glob("*.parquet")):
        if child.poll() is not None or time.monotonic() - start > 60:
            raise process.Failed("the stream published nothing within a minute")
        time.sleep(0.001)
    return time.monotonic() - start, child


def start_section(bench):
    sizes = bench.sizes
    bench.produce("start", 100_000)
    taken = []
    for number in range(sizes.rounds):
        seconds, child = seconds_to_first_file(bench, f"start-{number}")
        taken.append(seconds)
        if number + 1 < sizes.rounds:
            latency.stop(child)
    time.sleep(2)  # what it does about its first windows is not idleness
    before = process.process_cpu_seconds(child.pid)
    time.sleep(sizes.idle_seconds)
    idle = (process.process_cpu_seconds(child.pid) - before) / sizes.idle_seconds
    latency.stop(child)
    first = sorted(taken)[len(taken) // 2]
    rows = [Row("start to first published window", milliseconds(first), "< 1 s", first < 1),
            Row(f"CPU of a running stream without input, over {sizes.idle_seconds} s", f"{idle:.3%} of a core", "< 1 %", idle < 0.01)]
    for row in rows:
        show(row.what, row.figure)
    commands = [f"{PRODUCE} --topic start --total 100000", "playhead stream --input-topic start"]
    notes = ["From the start of the process until a reader that lists `*.parquet` finds a file: 100,000 plays, 100 s of event time, are waiting, and the first minute of them",
             "is published because the watermark has passed its end. The stream then runs on without input; its threads' CPU time is taken from `/proc`."]
    return Section("Start, and rest", commands, notes, rows)


def latency_section(bench):
    sizes = bench.sizes
    pin = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))] if shutil.which("taskset") else []
    found = latency.measure(str(bench.program), str(bench.folder), sizes.latency_rate, sizes.latency_seconds, pin)
    rows = [Row("append to visible row, p50", milliseconds(found["p50"])),
            Row("append to visible row, p99", milliseconds(found["p99"]), "< 250 ms", found["p99"] < 0.25),
            Row("append to visible row, worst", milliseconds(found["max"])),
            Row("CPU of the stream", f"{found['cpu']:.1%} of a core")]
    for row in rows:
        show(row.what, row.figure)
    commands = [f"{' '.join(pin)} playhead stream --input-topic latency --emit updates --trigger 100ms --workers 1".strip(),
                f"playhead produce --topic latency --rate {sizes.latency_rate} --total {sizes.latency_rate * sizes.latency_seconds} --listeners 100000"]
    notes = [f"{found['records']:,} plays at {sizes.latency_rate:,} a second; the stream {'is kept on one core' if pin else 'was not kept on one core: there is no taskset here'}. A watcher looks at the visible files every millisecond and",
             f"keeps every version with the time at which it was there to be read ({found['versions']} of them). A version whose counts add up to n shows the first n records of the one partition,",
             "so each record became visible with the first version that counts it. Its time is the record's own timestamp, the instant at which the producer had to send it: what",
             "gathering and syncing take is part of the figure. Up to 100 ms of it is the trigger's wait."]
    return Section("Latency", commands, notes, rows)


def measure(bench, build):
    sections, in_memory = [], None
    if build:
        sections.append(log_section(bench, build))
        decoding, in_memory = decode_section(bench, build)
        sections.append(decoding)
    streaming = [stream_section(bench, in_memory), keeping.section(bench, show), scale_section(bench), start_section(bench)]
    return [*streaming, latency_section(bench), simulating.section(bench, build, show), *sections]


def facts(program):
    version = process.run([program, "--version"]).output.strip()
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False).stdout.strip()
    return [("program", f"{version}{f', commit {commit}' if commit else ''}"), ("measured", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="folder of the release build")
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md", help="the page to write")
    parser.add_argument("--quick", action="store_true", help="a smoke test of the measurements: few plays, one round, no page")
    parser.add_argument("--program", type=pathlib.Path, help="with --quick: the program to try, instead of the release build's")
    arguments = parser.parse_args()
    if arguments.program and not arguments.quick:
        parser.error("--program is for --quick: a page is about the release build")
    program = (arguments.program or arguments.build / "playhead").resolve()
    place = ROOT / "build"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as folder:
        bench = Bench(program, pathlib.Path(folder), QUICK if arguments.quick else FULL)
        try:
            sections = measure(bench, None if arguments.quick else arguments.build.resolve())
        except process.Failed as failed:
            sys.exit(f"bench: {failed}")
    if not arguments.quick:
        page.write(arguments.page, sections, bench.costs, facts(program), FULL.rounds)
        show("written", arguments.page)


if __name__ == "__main__":
    main()
