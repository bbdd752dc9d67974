#!/usr/bin/env python3
"""Measures Playhead on Kafka beside other engines: the same topics, the same jobs (`make bench-peers`); writes its part of docs/benchmarks.md.

  bench/peers/run.py                                                 everything, half an hour
  bench/peers/run.py --scale 0.01 --page /tmp/page.md                a look at whether it all works
  bench/peers/run.py --engines playhead,c-windows --jobs counts      some of it; the page keeps what was measured before

Each part's result is kept in build/bench-peers/results when it ends; --resume goes on with the parts that have none. One engine runs at a
time, beside the broker and nothing else. Exits with 1 where a part failed; the page then says so.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "third_party" / name) for name in ("python", "arrow", "kafka")] + [str(HERE.parent)]

import engines
import measure
import peers_page
import setup
import topics
import tree

JOBS = ("counts", "counts-small", "dedup", "lake", "latency", "restart")
RATES = (1_000, 10_000)


def parts(names, jobs):
    """[(part, engine, job, rate)], job by job, so that those that are compared are measured soon after each other."""
    found = []
    for job in jobs:
        if job == "latency":
            found += [(f"latency-{rate}-reader", None, job, rate) for rate in RATES]
        for name in names:
            engine = engines.ALL[name]
            if job == "latency" and engine.updates:
                found += [(f"latency-{rate}-{name}", engine, job, rate) for rate in RATES]
            elif job == "restart" and engine.updates:
                found.append((f"restart-{name}", engine, job, None))
            elif job in engine.jobs:
                found.append((f"{job}-{name}", engine, job, None))
    return found


def measure_part(bench, engine, job, rate):
    if job == "latency":
        seconds = 5 if bench.scale < 0.5 else 15
        return bench.latency(engine, rate, engine.warm_seconds, seconds) if engine else bench.reach(rate, 5, seconds)
    if job == "restart":
        return bench.restart(engine)
    return bench.drain(engine, job)


def told(part, result):
    if "failed" in result:
        return f"{part}: FAILED: {result['failed'].strip().splitlines()[-1] if result['failed'].strip() else ''}"
    figures = {key: round(value, 3) if isinstance(value, float) else value for key, value in result.items()
               if key in ("wall", "cpu", "peak_mb", "first", "first_made", "rows", "rows_expected", "equal", "p50", "p99", "restart", "wrong", "absent")}
    if "cpu" in result and "wall" in result:
        figures["M/cpu-s"] = round(result["records"] / result["cpu"] / 1e6, 3)
        figures["M/s"] = round(result["records"] / result["wall"] / 1e6, 3)
    return f"{part}: {figures}"


def measure_all(bench, wanted, results, resume):
    failures = 0
    for part, engine, job, rate in wanted:
        kept = results / f"{part}.json"
        if resume and kept.is_file() and "failed" not in json.loads(kept.read_text(encoding="utf-8")):
            continue
        began = time.time()
        try:
            result = measure_part(bench, engine, job, rate)
        except Exception:  # whatever it is: the others can still be measured
            result = {"failed": traceback.format_exc()[-4000:]}
            failures += 1
            tree.kill_all()
        result |= {"job": job, "scale": bench.scale, "took": round(time.time() - began, 1), "load": round(os.getloadavg()[0], 2),
                   "when": time.strftime("%Y-%m-%d", time.gmtime())}
        kept.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(told(part, result), flush=True)
    return failures


def flags():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of all topics: 1 is 10 M plays")
    parser.add_argument("--engines", default=",".join(engines.ALL), help="which, of the default")
    parser.add_argument("--jobs", default=",".join(JOBS), help="which, of the default")
    parser.add_argument("--resume", action="store_true", help="keep the results that there are, and measure the rest")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="folder of the release build")
    parser.add_argument("--page", type=pathlib.Path, default=ROOT / "docs" / "benchmarks.md", help="the page whose part about peers is written")
    given = parser.parse_args()
    given.engines, given.jobs = given.engines.split(","), given.jobs.split(",")
    for name in [name for name in given.engines if name not in engines.ALL] + [name for name in given.jobs if name not in JOBS]:
        parser.error(f"there is no {name}")
    return given


def main():
    given = flags()
    why = setup.missing() or topics.broker.missing()
    if why:
        sys.exit(f"bench-peers: {why}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    place = ROOT / "build" / "bench-peers"
    results = place / ("results" if given.scale == 1 else f"results-{given.scale:g}")
    results.mkdir(parents=True, exist_ok=True)
    wanted = parts(given.engines, given.jobs)
    if not given.resume:
        for part, *_ in wanted:
            (results / f"{part}.json").unlink(missing_ok=True)
    setup.set_up(given.engines)
    work = place / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    programs = given.build.resolve()
    made = topics.Topics(work, programs / "peers", given.scale)
    try:
        failures = measure_all(measure.Bench(work, programs, made, given.scale), wanted, results, given.resume)
    finally:
        made.stop()
        shutil.rmtree(work, ignore_errors=True)
    version = subprocess.run([programs / "playhead", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    peers_page.write(given.page, results, version)
    print(f"written: {given.page}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
