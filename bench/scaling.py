#!/usr/bin/env python3
"""Several processes on one topic of a real Kafka broker: what sharing costs, and how long a hand-over takes after kill -9.

Writes build/bench-scaling/figures.json and prints a line for each figure. --scale 0.01 is a quick try. Broker and processes share the
machine: on two cores more than one process brings no more speed, but shows what each record costs then.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/broker"))
import broker  # pylint: disable=wrong-import-position

PLAYHEAD = ROOT / "build/release/playhead"
OUTPUT = ROOT / "build/bench-scaling/figures.json"
START = "2026-03-01T00:00:00Z"
PARTITIONS = 8
PLAYS = 8_000_000
IDS = 38_000_000  # about 1 GB of remembered ids
SESSION_SECONDS = 2
SETTINGS = f"session.timeout.ms={SESSION_SECONDS * 1000}\nheartbeat.interval.ms=300\n"


class Bench:
    def __init__(self, folder, servers):
        self.folder = folder
        self.environment = {**os.environ, "PLAYHEAD_BOOTSTRAP_SERVERS": servers}
        self.settings = folder / "kafka.properties"
        self.settings.write_text(SETTINGS, encoding="utf-8")
        self.started = []

    def start(self, *arguments):
        command = [PLAYHEAD, *map(str, arguments), "--data", self.folder / "data", "--json"]
        running = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.started.append(running)
        return running

    def run(self, *arguments):
        running = self.start(*arguments)
        output, _ = running.communicate()
        if running.returncode != 0:
            raise RuntimeError(f"{arguments} exited with {running.returncode}: {output[-1000:]}")
        return json.loads(output.splitlines()[-1])

    def member(self, topic, job, *arguments):
        return self.start("stream", "--input-topic", topic, "--job", job, "--group", job, "--kafka-config", self.settings, "--workers", 1,
                          *arguments)

    def fill(self, topic, plays, partitions):
        self.run("topics", "create", topic, "--partitions", partitions, "--clock", "record")
        self.run("produce", "--topic", topic, "--uniform", "--rate", "max", "--total", plays, "--start-time", START)

    def end(self):
        for running in self.started:
            if running.poll() is None:
                running.kill()
                running.wait()


def children_cpu():
    times = os.times()
    return times.children_user + times.children_system


def shared_run(bench, processes, plays):
    """CPU and wall seconds of so many processes of one group, from start to end."""
    job = f"shared-{processes}"
    cpu, wall = children_cpu(), time.monotonic()
    running = [bench.member("plays", job, "--until-idle", "--lake", "off") for _ in range(processes)]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError(f"a process of {job} failed: {outputs}")
    processed = [json.loads(output.splitlines()[-1])["processed"] for output in outputs]
    if sum(processed) != plays:
        raise RuntimeError(f"{job}: {processed} records processed of {plays}")
    return {"processes": processes, "cpu": children_cpu() - cpu, "wall": time.monotonic() - wall, "by_process": processed}


def sizes(bench, job):
    """Bytes of what a finished job keeps beside its rows: the ledger by partition, and what a partition's journal is when it is begun anew."""
    manifests = sorted((bench.folder / "data/windows" / job / ".manifests").iterdir())
    ledger = json.loads(json.loads(manifests[-1].read_text(encoding="utf-8").splitlines()[0])["ledger"])
    journals = [newest_journal(bench.folder / "data/checkpoints" / job / f"p{partition}").stat().st_size for partition in range(PARTITIONS)]
    return {"ledger_bytes_by_partition": len(json.dumps(ledger["partitions"], separators=(",", ":"))) / PARTITIONS, "journal_bytes": sum(journals) / PARTITIONS}


def wait_for(condition, what, seconds=600):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.002)
    raise RuntimeError(f"{what}: not within {seconds} s")


def newest_journal(folder):
    journals = sorted(folder.glob("journal-*"))
    return journals[-1] if journals else None


def handed_over(bench, ids):
    """Seconds from kill -9 to the claim of the next owner, and from there to its first new epoch."""
    first = bench.member("many", "many", "--lake", "off", "--trigger", "50ms")
    wait_for(lambda: bench.run("status", "--job", "many")["records"]["read"] >= ids if (bench.folder / "data/checkpoints/many/job").exists() else False,
             "the first process has read all")
    folder = bench.folder / "data/checkpoints/many/p0"
    bench.member("many", "many", "--lake", "off", "--trigger", "50ms")
    time.sleep(2 * SESSION_SECONDS)
    bench.start("produce", "--topic", "many", "--uniform", "--rate", 200, "--total", 200 * 60, "--seed", 99)
    time.sleep(1)
    state = sum(file.stat().st_size for file in folder.glob("state-*/**/*") if file.is_file())
    before = newest_journal(folder).name
    killed = time.time()
    first.kill()
    first.wait()
    claims = folder / "claims"
    former = max(os.listdir(claims))
    claim = wait_for(lambda: next((name for name in os.listdir(claims) if name > former and name.isdigit()), None), "the second claims")
    claimed = time.time()
    journal = wait_for(lambda: newest_journal(folder) if newest_journal(folder).name.split("-")[1] == claim else None, "its journal")
    size = journal.stat().st_size
    wait_for(lambda: not journal.exists() or journal.stat().st_size > size, "its first epoch")
    return {"state_mb": state / 1e6, "detection": claimed - killed, "beyond": time.time() - claimed, "session": SESSION_SECONDS, "journal": before}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    scale = parser.parse_args().scale
    if broker.missing():
        sys.exit(f"no broker: {broker.missing()}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="playhead-scaling-"))
    kafka = broker.Broker(folder / "broker", properties="group.min.session.timeout.ms=1000").start()
    bench = Bench(folder, kafka.address)
    figures = {}
    try:
        plays, ids = int(PLAYS * scale), int(IDS * scale)
        bench.fill("plays", plays, PARTITIONS)
        bench.run("stream", "--input-topic", "plays", "--job", "warm", "--lake", "off", "--until-idle")  # a broker's first reader is slow
        figures["shared"] = [shared_run(bench, processes, plays) for processes in (1, 2, 4)]
        for row in figures["shared"]:
            print(f"{row['processes']} processes: {plays / row['cpu'] / 1e6:.2f} M plays per CPU-second, {row['wall']:.1f} s, {row['by_process']}")
        figures["sizes"] = sizes(bench, "shared-4")
        print("a partition has {ledger_bytes_by_partition:,.0f} bytes in a ledger, and a journal of {journal_bytes:,.0f} after a checkpoint".format(**figures["sizes"]))
        bench.run("topics", "delete", "plays")
        bench.fill("many", ids, 1)
        figures["hand_over"] = handed_over(bench, ids)
        figures["hand_over"]["bytes_an_id"] = figures["hand_over"]["state_mb"] * 1e6 / ids
        print("hand-over with {state_mb:,.0f} MB, {bytes_an_id:.1f} bytes an id: {detection:.2f} s until it is noticed, {beyond:.2f} s beyond".format(**figures["hand_over"]))
    finally:
        bench.end()
        kafka.stop()
        shutil.rmtree(folder, ignore_errors=True)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
