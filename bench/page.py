"""Writes docs/benchmarks.md from what bench/run.py measured."""

import dataclasses
import pathlib
import re

import process


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of a table: what was measured, the figure, and the goal it is held against."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None  # None: there is no goal

    def cells(self):
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return [self.what, self.figure, self.goal, verdict]


@dataclasses.dataclass
class Section:
    title: str
    commands: list  # what a reader types to measure the same
    notes: list  # sentences
    rows: list

    def text(self):
        lines = [f"## {self.title}", ""]
        lines += ["```sh", *self.commands, "```", ""]
        lines += ["| what | measured | goal | |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(row.cells())} |" for row in self.rows]
        lines += ["", *self.notes]
        return "\n".join(lines).rstrip() + "\n"


def million(number):
    return f"{number / 1e6:.2f} M"


def milliseconds(seconds):
    return f"{seconds * 1e3:.0f} ms"


def first_match(path, pattern):
    found = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def machine():
    """[(what, which)] of the machine and the program that were measured."""
    kib = int(first_match("/proc/meminfo", r"^MemTotal:\s+(\d+)"))
    return [
        ("processor", first_match("/proc/cpuinfo", r"^model name\s*:(.*)$")),
        ("cores", str(process.CORES)),
        ("memory", f"{kib / (1 << 20):.0f} GiB"),
        ("system", first_match("/etc/os-release", '^PRETTY_NAME="?([^"\n]*)') + ", Linux " + first_match("/proc/sys/kernel/osrelease", "^(.*)$")),
    ]


HEAD = """# Benchmarks

`make bench` measures and writes this page, all but its last part, which is by `make bench-peers`. Each figure comes from the program that users run, or from `bench_log`, `bench_decode` and `bench_simulate` of the
same build, in an empty folder of the disk that holds `build/`. It is the median of {rounds} runs where nothing else is said.

- **Per CPU-second**: divided by user and system time of the whole process with all its threads, start and end included, by the kernel's own books. It says what
  a core can do, and hardly depends on who else uses the machine; wall times do.
- **Peak memory** is the largest resident set of the process, in MB of 10^6 bytes.
- The topics were written just before, so they are read from the page cache.

{machine}

{noise}

{goals}
"""

PEERS_BEGIN, PEERS_END = "<!-- begin: written by bench/peers/run.py -->\n", "<!-- end: written by bench/peers/run.py -->\n"


def peers_of(text):
    """The part of a page that bench/peers/run.py wrote, without its marks; empty where there is none."""
    _, begin, rest = text.partition(PEERS_BEGIN)
    part, end, _ = rest.partition(PEERS_END)
    return part if begin and end else ""


def with_peers(text, part):
    """The page with that part in place of the one it has, or at its end."""
    before, begin, rest = text.partition(PEERS_BEGIN)
    after = rest.partition(PEERS_END)[2] if begin else ""
    return f"{before if begin else before + chr(10)}{PEERS_BEGIN}{part}{PEERS_END}{after}"


def noise(costs):
    shares = sorted(cost.others for cost in costs)
    middle, most = shares[len(shares) // 2], shares[-1]
    text = f"While these runs were measured, other processes used {middle:.0%} of the machine in the median run and {most:.0%} in the busiest."
    if middle > 0.1:
        text += "\n**The machine was not quiet**: wall times and latencies are worse than they would be alone, and CPU times may be by a tenth or two."
    return text


def goals(sections):
    rows = [row for section in sections for row in section.rows if row.met is not None]
    missed = [f"{row.what} ({row.figure})" for row in rows if not row.met]
    if not missed:
        return f"All {len(rows)} goals are met."
    return f"{len(rows) - len(missed)} of {len(rows)} goals are met. **Missed**: {'; '.join(missed)}."


def write(path, sections, costs, facts, rounds):
    table = "\n".join(["| | |", "|---|---|", *(f"| {what} | {which} |" for what, which in machine() + facts)])
    parts = [HEAD.format(rounds=rounds, machine=table, noise=noise(costs), goals=goals(sections)), *(section.text() for section in sections)]
    old = pathlib.Path(path)
    peers = peers_of(old.read_text(encoding="utf-8")) if old.is_file() else ""
    text = "\n".join(parts)
    old.write_text(with_peers(text, peers) if peers else text, encoding="utf-8")
