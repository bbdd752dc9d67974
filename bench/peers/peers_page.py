"""Writes the part of docs/benchmarks.md that compares with other engines, from the results that bench/peers/run.py kept."""

import json
import pathlib
import subprocess

import engines
import page

# The same jobs measured once before on the same kind of machine: million records per CPU-second. A figure far from it wants an explanation.
EARLIER = {"counts-c-messages": 2.36, "counts-c-windows": 1.48, "counts-flink": 0.288, "counts-streams": 0.150, "counts-spark": 0.144, "dedup-spark": 0.053,
           "lake-c-messages": 1.66, "lake-spark": 0.045}
TITLES = {"counts": "Plays per minute and genre", "dedup": "The same, each event id once", "lake": "Every listen, with all its fields, into folders by hour"}
PARTITIONING = "4 partitions, keyed by user, not compressed"
ABOUT = {
    "counts": f"10 M TuneTracker plays of one hour, out of order by up to 4 s, of 100,000 users and 15 genres; {PARTITIONING}.",
    "dedup": f"5 M such plays with an `event_id`, of which 1 % were sent again within some 1.5 s; {PARTITIONING}. The other engines remember an id for 10 minutes, Playhead for 24 hours.",
    "lake": f"3 M eventsim listens of one day, some 550 bytes each; {PARTITIONING}. Kafka Streams writes no files.",
}
INTRO = """## On Kafka, beside other engines

`make bench-peers` measures and writes this part: the same topics on one broker, the same jobs, one engine at a time on the two cores that the broker has too.
How each engine is told to do each job, what was set in its favour and what the figures do not say stands in [peers.md](peers.md).

- **Per CPU-second** counts user and system time of the engine's whole process tree, its start and end included; the broker's is not in it.
- **First row** is the time from the start of the process to the first row that a reader may see: a file, or a record of the output topic.
- Rows are compared, in any order, with those that DuckDB counts from the records themselves. Playhead and the bare consumers are the median of
  three runs, the others one run each.
- Playhead looks for duplicates in the second job only (`--dedup off` elsewhere), as the others do; latency and restart are measured as it comes.
"""

PROFILE = """### Where the CPU goes

By `perf` over the first job, 0.50 microseconds a play: **librdkafka is the wall.** It takes 69 % of all samples: 39 % in its own thread (an allocation and a queue entry for each record,
taking record sets apart, the kernel's copy from the socket) and 30 % where records leave its queue (a callback, locks, a look for headers, freeing). Playhead's own code is 25 %: decoding 17 %,
counting 4 %, the copy into the batch 2 %. The rest is the kernel and copying. What was taken: a callback on a partition's queue, so that no message is moved; one handle, one connection and one thread for all partitions; version 2.16.1;
tcmalloc (15 % less CPU); a read-ahead that stays in the caches. Two handles, as two processes of a group have them, cost 6 % more CPU a play ([scaling.md](scaling.md)).

Over the lake, 3.1 microseconds a listen: Parquet 1.0 for encoding (texts into dictionaries 0.5, zstd 0.25), 0.4 for writing and for copying the hour's open files, gathering rows by hour 0.15, checking them 0.1; decoding all
fields 0.5; librdkafka 0.6. **The goal of 0.5 M is missed**, and would be even if no file were ever written: encoding, decoding and librdkafka alone make 2.1. Tried since 0.14 M: merging an hour only for tiny or
many files (1.4 times as fast), tcmalloc (1.2), commits of twice the rows (1.1 for 50 MB: **the goal for memory is missed** by as much), no dedup as the others (1.1). What is left is dictionaries kept over row groups.
"""


def million(number):
    return f"{number / 1e6:.2f} M" if number >= 995_000 else f"{number / 1e3:.0f} k"


def rate(result):
    return result["records"] / result["cpu"]


def seconds(value):
    return "" if value is None else f"{value:.1f} s" if value >= 1 else f"{value * 1e3:.0f} ms"


def verdict(result):
    if "equal" not in result:
        return "not compared: it drops no duplicate"
    if result["equal"]:
        return f"all {result['rows']} equal" if "rows" in result else "all read"
    if result.get("closed"):
        return f"{result['rows']} equal; the last {result['absent']} would come with later events"
    return f"**{result['wrong']} wrong, {result['absent']} absent** of {result['rows_expected']}"


def earlier(part, result):
    if part not in EARLIER:
        return ""
    return f"{EARLIER[part]:.2f} M ({rate(result) / 1e6 / EARLIER[part] - 1:+.0%})"


def drain_table(results, job):
    found = [(name, results[f"{job}-{name}"]) for name in engines.ALL if f"{job}-{name}" in results]
    if not found:
        return ""
    lines = [f"### {TITLES[job]}", "", ABOUT[job], "", "| engine | per CPU-second | measured before | per second | peak memory | first row | rows |", "|---|---|---|---|---|---|---|"]
    for name, result in found:
        title = engines.ALL[name].title
        if "failed" in result:
            lines.append(f"| {title} | **failed** | | | | | |")
            continue
        lines.append(f"| {title} | {million(rate(result))} | {earlier(f'{job}-{name}', result)} | {million(result['records'] / result['wall'])} | "
                     f"{result['peak_mb']:.0f} MB | {seconds(result['first'])} | {verdict(result)} |")
    return "\n".join(lines) + "\n"


def marginal(results, name):
    """Records per CPU-second and per second without what an engine costs before the first one: from two sizes. None: not measured, or not sound."""
    small, large = results.get(f"counts-small-{name}", {}), results.get(f"counts-{name}", {})
    if "cpu" not in small or "cpu" not in large or large["cpu"] <= small["cpu"] or large["wall"] <= small["wall"]:
        return None
    more = large["records"] - small["records"]
    return more / (large["cpu"] - small["cpu"]), more / (large["wall"] - small["wall"])


def marginal_table(results):
    rows = [(name, marginal(results, name)) for name in engines.ALL]
    if not any(both for _, both in rows):
        return ""
    lines = ["### Without the start", "", "The marginal rates of the first job: what 10 M plays cost beyond 2.5 M. Start-up, and much of a virtual machine's warming up, fall out.", "",
             "| engine | per CPU-second | per second |", "|---|---|---|"]
    lines += [f"| {engines.ALL[name].title} | {million(both[0])} | {million(both[1])} |" for name, both in rows if both]
    return "\n".join(lines) + "\n"


def latency_table(results):
    titles = {"reader": "a bare consumer: the record has reached it", **{name: engine.title for name, engine in engines.ALL.items()}}
    found = [(name, each, results[f"latency-{each}-{name}"]) for name in titles for each in (1_000, 10_000) if f"latency-{each}-{name}" in results]
    if not found:
        return ""
    lines = ["### From record to visible row", "",
             "Plays of one partition, each stamped with the instant at which it was due; from then to the first row a reader may see that counts it, open windows included. "
             "Playhead: `--emit updates --trigger 50ms`. The bare consumer says what producer, broker and machine take of it.", "", "| engine | events a second | p50 | p99 | worst | CPU |", "|---|---|---|---|---|---|"]
    for name, each, one in found:
        share = f"{one['cpu_share']:.0%} of a core" if "cpu_share" in one else ""
        figures = "**failed** | | | " if "failed" in one else f"{one['p50'] * 1e3:.0f} ms | {one['p99'] * 1e3:.0f} ms | {one['max'] * 1e3:.0f} ms | {share}"
        lines.append(f"| {titles[name]} | {each:,} | {figures} |")
    return "\n".join(lines) + "\n"


def restart_table(results):
    found = [(name, results[f"restart-{name}"]) for name in engines.ALL if f"restart-{name}" in results]
    if not found:
        return ""
    lines = ["### After kill -9", "", "Killed a second after its first visible row, started again at once, and let end: the time until the new process shows a new row, and the rows in the end.", "",
             "| engine | killed after | a new row after | rows |", "|---|---|---|---|"]
    for name, one in found:
        figures = "**failed** | | " if "failed" in one else f"| | {one['why']}" if "why" in one else f"{seconds(one['killed_after'])} | {seconds(one.get('restart')) or 'it had shown all before'} | {verdict(one)}"
        lines.append(f"| {engines.ALL[name].title} | {figures} |")
    return "\n".join(lines) + "\n"


def goals(results):
    """Rows of what Playhead is held against, as far as it was measured."""
    def over(part, other):
        return rate(results[part]) / rate(results[other]) if "cpu" in results.get(part, {}) and "cpu" in results.get(other, {}) else None

    def over_marginal(other):
        mine, theirs = marginal(results, "playhead"), marginal(results, other)
        return mine[0] / theirs[0] if mine and theirs else None

    ratios = [("windowed counts, exactly once, over the bare consumer that parses and counts", over("counts-playhead", "counts-c-windows"), 0.8),
              ("the same with each event id once", over("dedup-playhead", "dedup-c-windows"), 0.6), ("over Spark", over("counts-playhead", "counts-spark"), 8),
              ("over Flink", over("counts-playhead", "counts-flink"), 4), ("over Spark, marginal", over_marginal("spark"), 5), ("over Flink, marginal", over_marginal("flink"), 3)]
    rows = [page.Row(what, f"{figure:.2f} times", f">= {goal} times", figure >= goal) for what, figure, goal in ratios if figure is not None]
    if "cpu" in results.get("lake-playhead", {}):
        per = rate(results["lake-playhead"])
        rows.append(page.Row("raw lake of listens", f"{million(per)} per CPU-second", ">= 0.50 M", per >= 500_000))
        peak = results["lake-playhead"]["peak_mb"]
        rows.append(page.Row("peak memory, raw lake, without the memory for dedup", f"{peak:.0f} MB", "<= 256 MB", peak <= 256))
    counts = results.get("counts-playhead", {})
    if "peak_mb" in counts:
        rows.append(page.Row("peak memory, counts, without the memory for dedup", f"{counts['peak_mb']:.0f} MB", "<= 256 MB", counts["peak_mb"] <= 256))
        rows.append(page.Row("start to first row", seconds(counts["first"]), "< 1 s", counts["first"] is not None and counts["first"] < 1))
    live = results.get("latency-10000-playhead", {})
    if "p99" in live:
        rows.append(page.Row("record to visible row at 10,000 a second, p99", page.milliseconds(live["p99"]), "< 100 ms", live["p99"] < 0.1))
    return rows


def goals_table(results):
    rows = goals(results)
    if not rows:
        return ""
    return "\n".join(["### What Playhead is held against", "", "| what | measured | goal | |", "|---|---|---|---|", *(f"| {' | '.join(row.cells())} |" for row in rows)]) + "\n"


def versions(program_version, results):
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.split("\n")[0]
    dates = sorted({result["when"] for result in results.values()})
    loads = sorted(result["load"] for result in results.values())
    scales = {result["scale"] for result in results.values()}
    lines = ["| | |", "|---|---|", f"| program | {program_version} |", "| broker | Kafka 4.1.1, one node, 1 GB of heap |", "| client of the C programs and of Playhead | librdkafka 2.16.1 |",
             f"| Java | {java} |", f"| measured | {' to '.join(sorted({dates[0], dates[-1]}))}, load of the machine {loads[0]:.1f} to {loads[-1]:.1f} |"]
    if scales != {1}:
        lines.append(f"| **not the full size** | topics of {', '.join(f'{scale:g}' for scale in sorted(scales))} times the records said below: figures are mostly start-up |")
    lines += ["", "| engine | what it promises here |", "|---|---|", *(f"| {engine.title} | {engine.promise} |" for engine in engines.ALL.values())]
    return "\n".join(lines) + "\n"


def section(results, program_version):
    commands = "```sh\nmake bench-peers\nbench/peers/run.py --engines playhead,c-windows --jobs counts    # some of it\n```\n"
    parts = [INTRO, commands, versions(program_version, results), goals_table(results), drain_table(results, "counts"), marginal_table(results), drain_table(results, "dedup"),
             drain_table(results, "lake"), latency_table(results), restart_table(results), PROFILE]
    return "\n".join(part for part in parts if part)


def write(path, folder, program_version):
    results = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(pathlib.Path(folder).glob("*.json"))}
    path = pathlib.Path(path)
    text = path.read_text(encoding="utf-8") if path.is_file() else "# Benchmarks\n"
    path.write_text(page.with_peers(text, section(results, program_version)), encoding="utf-8")
