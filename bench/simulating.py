"""What it costs to simulate: in memory, into the log, with many listeners, with two threads."""

import json
import shutil

import process
from page import Row, Section, million

ALL_TOPICS = "eventsim, page views and all else it tells"
PAGE_VIEWS = "eventsim, page views"
PLAYS = "tunetracker, plays"
START = ["--start-time", "2026-03-01T00:00:00Z"]


def memory_rows(cases):
    rows = []
    for what, goal in ((PLAYS, 1e6), (PAGE_VIEWS, 0.8e6), (ALL_TOPICS, None)):
        for listeners in ("10 thousand", "1 million"):
            case = cases[f"{what}, {listeners} listeners"]
            rate = case["events_per_cpu_second"]
            figure = f"{million(rate)} per CPU-second, {case['bytes_per_event']:.0f} bytes each"
            rows.append(Row(f"{what}, {listeners} listeners", figure, f">= {million(goal)}" if goal else "", rate >= goal if goal else None))
    return rows


def growth_rows(cases):
    rows = []
    for what in (PLAYS, PAGE_VIEWS):
        few, many = (cases[f"{what}, {listeners} listeners"]["nanoseconds"] for listeners in ("10 thousand", "1 million"))
        rows.append(Row(f"{what}: cost of one with 1 M listeners over that with 10 k", f"{many / few:.2f}", "<= 1.50", many <= 1.5 * few))
    return rows


def thread_rows(cases):
    rows = []
    for what in (PLAYS, PAGE_VIEWS):
        one, two = (cases[f"{what}, 10 thousand listeners{threads}"] for threads in ("", ", 2 threads"))
        faster = two["events_per_second"] / one["events_per_second"]
        figure = f"{faster:.2f} times, {million(two['events_per_second'])} per second; {two['nanoseconds'] / one['nanoseconds']:.2f} times the CPU"
        rows.append(Row(f"{what}: 2 threads against one, wall", figure, ">= 1.80 times", faster >= 1.8))
    return rows


def log_row(bench, what, flags, counted, goal=None):
    """Events into a new topic, by the whole program on one simulating thread."""
    costs = []
    for _ in range(bench.sizes.rounds):
        cost = bench.run(bench.playhead("simulate", "--nusers", 10_000, *START, "--total", bench.sizes.simulated, "--threads", 1, "--json", *flags, "log"))
        costs.append(cost)
        events = json.loads(cost.output.splitlines()[-1])["events"]
        for topic in events:
            bench.delete(topic)
    cost = process.median(costs)
    sent, all_sent = events[counted], sum(events.values())
    rate = sent / cost.cpu
    beside = f" ({million(all_sent / cost.cpu)} events)" if all_sent > sent else ""
    return Row(what, f"{million(rate)} per CPU-second{beside}, {million(sent / cost.wall)} per second", f">= {million(goal)}" if goal else "", rate >= goal if goal else None)


def many_rows(bench):
    """A million listeners and ten: to the first event, and an hour of it."""
    sizes, rows = bench.sizes, []
    output = bench.folder / "simulated"

    def run(*flags):
        shutil.rmtree(output, ignore_errors=True)
        return bench.run(bench.playhead("simulate", "--scenario", "million", *flags, output))

    first = process.median([run("--nusers", sizes.listeners, "--total", 1) for _ in range(sizes.rounds)])
    rows.append(Row(f"{million(sizes.listeners)} listeners, growth 10: start to first event and end", f"{first.wall:.1f} s, {first.cpu:.1f} s CPU", "< 5 s", first.wall < 5))
    hour = run("--nusers", sizes.listeners)
    rows.append(Row(f"{million(sizes.listeners)} listeners, growth 10: an hour, peak memory", f"{hour.peak_mb:.0f} MB", "< 1,000 MB", hour.peak_mb < 1_000))
    most = run("--nusers", 10 * sizes.listeners, "--total", 100_000)
    rows.append(Row(f"{million(10 * sizes.listeners)} listeners, growth 10: peak memory", f"{most.peak_mb:,.0f} MB, {most.wall:.0f} s", "< 8,000 MB", most.peak_mb < 8_000))
    shutil.rmtree(output, ignore_errors=True)
    return rows


def section(bench, build, show):
    rows = []
    if build:
        lines = bench.run([build / "bench_simulate", bench.sizes.simulated, "listeners"]).output.splitlines()
        cases = {case["case"]: case for case in map(json.loads, lines)}
        rows += memory_rows(cases) + growth_rows(cases) + thread_rows(cases)
    rows.append(log_row(bench, "into the log: eventsim, page views alone", ["--topics", "page_view_events"], "page_view_events", 0.6e6))
    rows.append(log_row(bench, "into the log: eventsim, page views and all else it tells", [], "page_view_events"))
    rows.append(log_row(bench, "into the log: tunetracker, plays", ["--dialect", "tunetracker"], "music-plays"))
    rows += many_rows(bench)
    for row in rows:
        show(row.what, row.figure)
    commands = [f"build/release/bench_simulate {bench.sizes.simulated} listeners",
                f"playhead simulate --nusers 10000 {' '.join(START)} --total {bench.sizes.simulated} --threads 1 --topics page_view_events log",
                "playhead simulate --scenario million --total 1 output", "playhead simulate --scenario million --nusers 10000000 --total 100000 output"]
    notes = ["In memory means: lives lived, told as JSON and put in the order of sending, slice by slice as the program does it, for a week or so of simulated time; the start of the",
             "service is left out. CPU is that of all threads. eventsim tells each song as a listen as well, and sign-ins and changes of level besides: `all else it tells` counts page views",
             "whose cost, and bytes, are those of all four topics. Into the log means the whole program with its start, one simulating thread beside the one that writes, event ids in a header",
             "of each record, all compressed with LZ4 and synced; LZ4 is a third of that, and copies and syncs of the log another third.",
             "Two threads use hardly more CPU an event than one, but wait for each other at the end of each slice: about 6,000 events at 10,000 listeners, so a millisecond's work, of which",
             "waking up and unequal shares are a third. Tried: slices of up to 24 hours of simulated time instead of 6 (1.59 and 1.63 times, for 5% more CPU an event: not kept). What is left",
             "is to let a thread begin the slice after next before the others have ended this one.",
             "For comparison, eventsim itself makes 0.115 to 0.147 M events per second on one thread, as its own authors say, and Streamify gives it 5.5 GB for 1 M listeners."]
    return Section("Simulating a service", commands, notes, rows)
