"""An engine at work: its process and whatever that starts, what they cost together, and their certain end.

CPU time and memory are read from /proc while they run, 20 times a second: an engine may be several processes, and one that is killed leaves no
account. A single process that ends by itself is billed by the kernel's own books instead.
"""

import atexit
import os
import pathlib
import signal
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.05
SEARCH_EVERY = 5  # samples, between two looks for new processes
running = []


class Failed(Exception):
    pass


def _sample(pid):
    """(CPU seconds, resident MB, the most it ever was) of a process; None: it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    memory = {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith(("VmRSS", "VmHWM"))}
    return (int(fields[11]) + int(fields[12])) / TICKS, memory.get("VmRSS", 0), memory.get("VmHWM", 0)


def _session_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return None


class Tree:
    """Started at once, in a session of its own, with what it writes going to `log`."""

    def __init__(self, command, log, environment=None):
        self.log = pathlib.Path(log)
        self.started = time.time()
        with open(self.log, "wb") as output:
            self.root = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                         start_new_session=True, env={**os.environ, **(environment or {})})
        self.wall = self.usage = None
        self._cpu, self._highest, self._peak = {self.root.pid: 0.0}, {self.root.pid: 0.0}, 0.0
        self._over = threading.Event()
        running.append(self)
        self._sampler = threading.Thread(target=self._watch, daemon=True)
        self._sampler.start()

    def _watch(self):
        turn = 0
        while not self._over.is_set():
            if turn % SEARCH_EVERY == 0:
                found = [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and int(entry) >= self.root.pid]
                for pid in found:
                    if pid not in self._cpu and _session_of(pid) == self.root.pid:
                        self._cpu[pid] = self._highest[pid] = 0.0
            total = 0.0
            for pid in list(self._cpu):
                sample = _sample(pid)
                if sample:
                    self._cpu[pid], self._highest[pid] = max(self._cpu[pid], sample[0]), max(self._highest[pid], sample[2])
                    total += sample[1]
            self._peak = max(self._peak, total)
            turn += 1
            self._over.wait(SAMPLE_SECONDS)

    @property
    def cpu(self):
        if len(self._cpu) == 1 and self.usage:
            return self.usage.ru_utime + self.usage.ru_stime
        return sum(self._cpu.values())

    @property
    def peak_mb(self):
        return next(iter(self._highest.values())) if len(self._highest) == 1 else self._peak

    def ended(self):
        """Whether the first process is over; takes note of when, and of its cost."""
        if self.usage is None:
            pid, status, usage = os.wait4(self.root.pid, os.WNOHANG)
            if pid:
                self.wall, self.usage = time.time() - self.started, usage
                self.root.returncode = os.waitstatus_to_exitcode(status)
        return self.usage is not None

    def finish(self, seconds_max, meanwhile=lambda: None, pause=0.01):
        """Waits for its end, and calls `meanwhile` again and again; Failed where it does not end, or not well."""
        while not self.ended():
            if time.time() - self.started > seconds_max:
                self.kill()
                raise Failed(f"{self.root.args[0]} ran longer than {seconds_max} s:\n{self.tail()}")
            meanwhile()
            time.sleep(pause)
        self.kill()  # what it may have left behind
        if self.root.returncode != 0:
            raise Failed(f"{' '.join(map(str, self.root.args))[:600]} exited with {self.root.returncode}:\n{self.tail()}")

    def output(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tail(self):
        return self.output()[-3000:]

    def kill(self):
        """kill -9, of all of them."""
        self._over.set()
        self._sampler.join()
        for pid in self._cpu:
            if _session_of(pid) == self.root.pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        while not self.ended():
            time.sleep(0.002)
        if self in running:
            running.remove(self)


@atexit.register
def kill_all():
    for tree in list(running):
        tree.kill()
