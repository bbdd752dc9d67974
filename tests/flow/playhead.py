"""Runs the real program in a folder of its own, and looks at what it leaves behind with DuckDB, which knows nothing of Playhead.

What these tests kill are processes, not machines, so the page cache survives and the folder may be in memory: that is much faster.
"""

import glob
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("PLAYHEAD_BINARY", ROOT / "build/dev/playhead"))
SHARED = pathlib.Path(os.environ.get("PLAYHEAD_SHARED", ROOT / "../shared"))
REPLAY = ROOT / "tests/data/replay"
TORTURE = os.environ.get("PLAYHEAD_TORTURE", "") not in ("", "0")
SECONDS_MAX = 120
MEMORY_FOLDER = "/dev/shm"
MEMORY_BYTES_MIN = 1 << 30


def new_folder():
    roomy = os.path.isdir(MEMORY_FOLDER) and os.access(MEMORY_FOLDER, os.W_OK) and shutil.disk_usage(MEMORY_FOLDER).free >= MEMORY_BYTES_MIN
    return tempfile.mkdtemp(prefix="playhead-", dir=MEMORY_FOLDER if roomy and "TMPDIR" not in os.environ else None)


class Done:
    """A process that has ended: its status (negative: the signal), what it printed, and that as JSON objects."""

    def __init__(self, command, status, output, errors):
        self.command, self.status, self.output, self.errors = command, status, output, errors

    @property
    def objects(self):
        return [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]

    @property
    def last(self):
        return self.objects[-1] if self.objects else {}

    @property
    def error(self):
        return self.last.get("error", {})

    def __str__(self):
        return f"{' '.join(map(str, self.command))}\nstatus {self.status}\n{self.output[-2000:]}\n{self.errors[-2000:]}"


class Running:
    """A process that was started; finish() waits for its end."""

    def __init__(self, command, environment, folder):
        self.command = command
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.finish()

    def ended_within(self, seconds):
        try:
            self.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def finish(self, seconds=SECONDS_MAX):
        output, errors = self.process.communicate(timeout=seconds)
        return Done(self.command, self.process.returncode, output, errors)

    def is_stopped(self):
        return self.process.poll() is None and _state_of(self.pid) == "T"


def _state_of(pid):
    """The letter of the process's state: T is stopped."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return text[text.rindex(")") + 2]


class Case(unittest.TestCase):
    """A test with a data folder of its own, and no process left when it ends."""

    def setUp(self):
        self.assertTrue(BINARY.is_file(), f"{BINARY} is missing: `make build` first")
        self.folder = pathlib.Path(new_folder())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"

    def start(self, *arguments, faults=None, environment=None, json_output=True, data=None):
        """Starts the program with --data (and --json); `faults` are rules of src/io/fault.h."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")}
        if faults:
            own["PLAYHEAD_FAULTS"] = faults
        own.update(environment or {})
        command = [str(BINARY), *map(str, arguments), "--data", str(data or self.data)]
        if json_output:
            command.append("--json")
        running = Running(command, own, self.folder)
        self.addCleanup(self._end, running)
        return running

    @staticmethod
    def _end(running):
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()
        for pipe in (running.process.stdout, running.process.stderr):
            pipe.close()

    def run_playhead(self, *arguments, status=0, **options):
        """Runs the program to its end, and checks its exit code."""
        done = self.start(*arguments, **options).finish()
        self.assertEqual(done.status, status, str(done))
        return done

    def stream(self, topic, *arguments, **options):
        """Counts the topic until idle; what the run printed as its sums, which reconcile."""
        done = self.run_playhead("stream", "--input-topic", topic, "--until-idle", *arguments, **options)
        self.assert_reconciled(done.last)
        self.assertTrue(done.last["reconciles"], str(done))
        self.assertEqual(done.last["lag"], 0, str(done))
        return done.last

    def assert_reconciled(self, sums):
        records = sums["records"]
        self.assertEqual(records["read"], sum(records[name] for name in ("on_time", "restated", "late", "duplicate", "dead_letter")), sums)

    def assert_counted(self, job, topic):
        """By `status`: all of the topic is read, and all that was counted is published."""
        sums = self.run_playhead("status", "--job", job).last
        self.assert_reconciled(sums)
        self.assertEqual(sums["lag"], 0, sums)
        self.assertEqual(sums["plays_published"], sums["plays_counted"], sums)
        self.assertEqual(sums["records"]["read"], sum(self.ends(topic)), sums)
        return sums

    def ends(self, topic):
        """The end offset of each partition."""
        description = self.run_playhead("topics", "describe", topic).last
        return [partition["end"] for partition in description["by_partition"]]

    def records(self, topic):
        """All records of the topic, by partition, in order of offsets."""
        by_partition = {}
        for record in self.run_playhead("topics", "read", topic, "--from-beginning").objects:
            by_partition.setdefault(record["partition"], []).append(record)
        return by_partition

    def output_of(self, job):
        return self.data / "windows" / job

    def rows(self, job, key="genre"):
        """The published rows as a DuckDB glob sees them: {(window start in microseconds, key): count}; each window and key once."""
        folder = self.output_of(job)
        if not glob.glob(f"{folder}/*.parquet"):
            return {}
        found = sql(f"SELECT epoch_us(window_start), {key}, count FROM '{folder}/*.parquet'")
        rows = {(start, value): count for start, value, count in found}
        self.assertEqual(len(rows), len(found), "a window and key stand in two rows")
        return rows

    def wait_for(self, condition, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        return self.fail(f"{what}: not within {seconds} s")

    def wait_until_stopped(self, running):
        self.wait_for(lambda: running.is_stopped() or running.process.poll() is not None, "the fault rule stops the process")
        self.assertTrue(running.is_stopped(), "the process ended without having been stopped")

    def end_with(self, running, number=signal.SIGINT):
        running.signal(number)
        done = running.finish()
        self.assertEqual(done.status, 0, str(done))
        return done.last


def sql(query):
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def list_of(paths):
    """File names as a list in SQL."""
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def assert_same_rows(case, found, expected):
    """As assertEqual, but the message is short and names what differs."""
    wrong = [(key, expected.get(key), found.get(key)) for key in sorted(found.keys() | expected.keys()) if expected.get(key) != found.get(key)]
    case.assertEqual(wrong[:10], [], f"{len(wrong)} rows differ: ((window, key), expected, found)")
