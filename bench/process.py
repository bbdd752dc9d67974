"""Runs programs and says what they cost: CPU time (user and system, of all threads), wall time, peak memory, by the kernel's own books."""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))


@dataclasses.dataclass(frozen=True)
class Cost:
    cpu: float  # seconds, user and system
    wall: float  # seconds
    peak_mb: float  # of 10^6 bytes
    others: float  # share of the machine that other processes used meanwhile, 0 to 1
    output: str


class Failed(Exception):
    pass


def machine_busy_seconds():
    """CPU seconds that all processes together have used since the machine started, and those that its host withheld."""
    fields = pathlib.Path("/proc/stat").read_text(encoding="ascii").split("\n")[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in fields)
    return (user + nice + system + irq + softirq + steal) / TICKS


def process_cpu_seconds(pid):
    """CPU seconds of the process's living threads."""
    threads = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


def run(command):
    """Runs `command` to its end; Failed, with what it wrote, where it does not exit with 0."""
    busy = machine_busy_seconds()
    start = time.monotonic()
    # Into a file rather than a pipe, so that nobody has to read while it runs.
    with tempfile.TemporaryFile() as written:
        child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        written.seek(0)
        output = written.read().decode("utf-8", "replace")
    if child.returncode != 0:
        raise Failed(f"{' '.join(str(part) for part in command)} exited with {child.returncode}:\n{output}")
    cpu = usage.ru_utime + usage.ru_stime
    others = max(0.0, machine_busy_seconds() - busy - cpu) / (CORES * wall)
    return Cost(cpu=cpu, wall=wall, peak_mb=usage.ru_maxrss * 1024 / 1e6, others=min(1.0, others), output=output)


def median(costs):
    """The median of each figure, by itself."""
    parts = ("cpu", "wall", "peak_mb", "others")
    return Cost(**{part: statistics.median(getattr(cost, part) for cost in costs) for part in parts}, output=costs[-1].output)
