"""How each engine is told to do each job, what it promises, and where its rows are."""

import dataclasses
import json
import os
import pathlib
import sys

import setup
import topics

NOTHING = "nothing: it counts in memory, and prints"
JAVA_OPENS = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.lang", "java.util", "java.util.concurrent", "java.time", "java.io", "java.net", "java.nio")]
QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
CHECKPOINT = 10_000  # milliseconds


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of an engine over a topic, in a folder of its own. `ending`: drain (to the topic's present end), endless (until killed) or updates (the same, open windows too)."""

    job: str  # counts, dedup, lake
    topic: str
    records: int
    servers: str
    folder: pathlib.Path
    programs: pathlib.Path  # of the build that is measured
    ending: str = "drain"
    counted: int = 0  # records that are no duplicates
    batch: int = 2_500_000  # records that Spark takes at once
    again: bool = False  # it was killed, and goes on

    @property
    def output(self):
        return self.folder / "output"

    @property
    def checkpoints(self):
        return self.folder / "checkpoints"

    @property
    def output_topic(self):
        return f"out-{self.folder.name}"


class Engine:
    name = title = promise = ""
    jobs = ("counts", "counts-small", "dedup", "lake")
    right = ("counts", "dedup", "lake")  # the jobs that it does; the others it only reads
    updates = True  # it can tell open windows, and go on after a kill
    rounds = 1
    environment = {}
    to_topic = False
    ends_again = True  # started after a kill, it ends when all is read
    warm_seconds = 10  # that its virtual machine gets before latencies count
    pause_seconds = 5  # without a new row, after the last record: there comes no more

    def prepare(self, run):
        run.folder.mkdir(parents=True, exist_ok=True)

    def command(self, run):
        raise NotImplementedError

    def files(self, run):
        """The Parquet files that a reader may read now."""
        return visible(run.output)

    def rows(self, run):
        """{(window start, genre): plays}; of the lake {hour: (listens, sum of ts, sum of registration)}."""
        return parquet_rows(run, self.files(run))


def visible(folder, depth=6):
    """Parquet files below a folder; what begins with . or _ is by agreement not there yet."""
    found = []
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return found
    for entry in entries:
        if entry.name[0] in "._":
            continue
        if entry.name.endswith(".parquet"):
            found.append(entry.path)
        elif depth and entry.is_dir():
            found += visible(entry.path, depth - 1)
    return found


def parquet_rows(run, files):
    if not files:
        return {}
    quoted = ", ".join(f"'{path}'" for path in files)
    if run.job == "lake":
        return topics.listens_by_hour(f"read_parquet([{quoted}], hive_partitioning = false)", "ts")
    return topics.counts_by_window(f"SELECT window_start, genre, count FROM read_parquet([{quoted}])")


class Playhead(Engine):
    name, title = "playhead", "Playhead"
    promise = "exactly once, to Parquet; in the dedup job every event id is looked up among those of the last 24 hours"
    rounds, warm_seconds, pause_seconds = 3, 2, 2

    def command(self, run):
        command = [run.programs / "playhead", "--data", run.folder / "data", "--bootstrap-servers", run.servers, "stream", "--input-topic", run.topic, "--job", "job", "--json",
                   "--output-path", run.output, "--checkpoint-location", run.checkpoints, "--lake", "on" if run.job == "lake" else "off"]
        if run.job == "lake":
            command += ["--key", "level"]
        if run.job != "dedup" and run.ending == "drain":
            command += ["--dedup", "off"]  # as the others
        return command + (["--emit", "updates", "--trigger", "50ms"] if run.ending == "updates" else ["--until-idle"])

    def rows(self, run):
        if run.job == "lake":
            files = ", ".join(f"'{path}'" for path in visible(run.folder / "data" / "lake" / run.topic))
            return topics.listens_by_hour(f"(SELECT epoch_ms(event_time) AS ts, registration FROM read_parquet([{files}], hive_partitioning = false))", "ts")
        quoted = ", ".join(f"'{path}'" for path in self.files(run))
        return topics.counts_by_window(f"SELECT epoch(window_start)::BIGINT, genre, count FROM read_parquet([{quoted}])") if quoted else {}


class CountMessages(Engine):
    name, title, promise = "c-messages", "bare librdkafka in C, counts messages", NOTHING
    updates, rounds = False, 3

    def command(self, run):
        return [run.programs / "peers" / "count_messages", run.servers, run.topic]

    def rows(self, run):
        return json.loads((run.folder / "log").read_text(encoding="utf-8"))["records"]


class CountWindows(Engine):
    name, title, promise = "c-windows", "bare librdkafka and simdjson, counts windows", NOTHING
    jobs, right = ("counts", "counts-small", "dedup"), ("counts",)
    updates, rounds = False, 3

    def command(self, run):
        return [run.programs / "peers" / "count_windows", run.servers, run.topic]

    def rows(self, run):
        lines = [line.split(",") for line in (run.folder / "log").read_text(encoding="utf-8").splitlines()]
        return {(int(start), genre): int(count) for start, genre, count in lines}


class Flink(Engine):
    name, title = "flink", "Flink 1.20.3"
    promise = "exactly once, to Parquet, by checkpoints every 10 s; heap state, object reuse"
    ends_again = False  # its Kafka source, restored with an end, never says that it has reached it: so it runs without one

    def command(self, run):
        heap = "4g" if run.job == "dedup" else "1g"
        interval = 100 if run.ending == "updates" else CHECKPOINT
        command = ["java", f"-Xmx{heap}", QUIET, *JAVA_OPENS, "-cp", setup.classpath("flink"), "FlinkJob", run.job, run.servers, run.topic, run.output, run.checkpoints, interval, run.ending]
        return command + self._restore(run)

    def _restore(self, run):
        complete = sorted(run.checkpoints.glob("*/chk-*/_metadata"), key=lambda path: path.stat().st_mtime) if run.again else []
        return [complete[-1].parent] if complete else []


class KafkaStreams(Engine):
    name, title = "streams", "Kafka Streams 4.1.1"
    promise = "exactly once (v2), to a topic, committed every 10 s; RocksDB; 2 h of grace; the last row of a key counts. It writes no files"
    jobs = ("counts", "counts-small", "dedup")
    to_topic = True
    ends_again = False

    def command(self, run):
        interval = 100 if run.ending == "updates" else CHECKPOINT
        end = run.counted if run.ending == "drain" else 0
        return ["java", "-Xmx1g", QUIET, "-cp", setup.classpath("streams"), "StreamsJob", run.job, run.servers, run.topic, run.output_topic, run.checkpoints, interval, end]


class Spark(Engine):
    name, title = "spark", "Spark 4.0.1"
    promise = "exactly once, to Parquet, through its own list of files; heap state, 2 shuffle partitions, 2.5 M records a trigger"
    pause_seconds = 20

    @property
    def environment(self):
        jars = ",".join(str(path) for path in sorted((setup.PLACE / "spark").glob("*.jar")))
        return {"PYTHONPATH": str(setup.PLACE / "python"), "PYSPARK_PYTHON": sys.executable, "PEERS_SPARK_JARS": jars, "PYTHONDONTWRITEBYTECODE": "1",
                "SPARK_LOCAL_IP": "127.0.0.1"}

    def command(self, run):
        limit = 0 if run.ending == "updates" else run.batch
        return [sys.executable, setup.HERE / "spark_job.py", run.job, run.servers, run.topic, run.output, run.checkpoints, run.ending, limit]

    def files(self, run):
        """Those that its list names: others may be of a batch that never ended."""
        log = run.output / "_spark_metadata"
        if not log.is_dir():
            return visible(run.output) if run.ending == "updates" else []
        found = set()
        for batch in log.iterdir():
            if batch.name.startswith(".") or batch.name.endswith(".tmp"):
                continue
            found |= {json.loads(line)["path"].removeprefix("file://") for line in batch.read_text(encoding="utf-8").splitlines()[1:]}
        return sorted(found)


ALL = {engine.name: engine for engine in (Playhead(), CountMessages(), CountWindows(), Flink(), KafkaStreams(), Spark())}
