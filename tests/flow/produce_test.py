"""The program from outside: help, exit codes, settings, `produce` and `topics`."""

import gzip
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time
import unittest

BINARY = os.environ["PLAYHEAD_BINARY"]
COMMANDS = (["produce"], ["topics"], ["topics", "create"], ["topics", "delete"], ["topics", "list"], ["topics", "describe"], ["topics", "read"])
PLAY = re.compile(r'\{"user_id": "u\d{4}", "track_id": "t\d{6}", "genre": "[a-z-]+", "timestamp": "[\d-]{10}T[\d:]{8}\.\d{6}"\}')
GENRES = {"pop", "rock", "jazz", "classical", "electronic", "hip-hop", "country", "blues"}


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *words, **settings):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")}
        environment.update(settings)
        return subprocess.Popen([BINARY, *words], cwd=self.folder, env=environment, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_with(self, *words, code=0, given=None, **settings):
        process = self.start(*words, **settings)
        out, error = process.communicate(given, timeout=60)
        self.assertEqual(process.returncode, code, f"{words}: {out}{error}")
        return out, error

    def said(self, *words, **others):
        return self.run_with(*words, **others)[0]

    def refused(self, *words, code=2, **others):
        out, error = self.run_with(*words, code=code, **others)
        self.assertEqual(out, "")
        self.assertTrue(error.startswith("playhead: "), error)
        self.assertEqual(error.count("\n"), 1, error)
        return error.removeprefix("playhead: ").strip()

    def records(self, topic, *words):
        return [json.loads(line) for line in self.said("topics", "read", topic, "--json", *words).splitlines()]

    def values(self, topic):
        return [record["value"] for record in self.records(topic)]

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return name


class Usage(Program):
    def test_help_says_what_and_shows_examples(self):
        for command in ([], *COMMANDS):
            with self.subTest(command):
                text = self.said(*command, "--help")
                self.assertIn("Usage: playhead", text)
                self.assertRegex(text, r"Examples?:\n  playhead ")
                self.assertNotIn("\n\n\n", text)
        text = self.said("produce", "--help")
        for flag in ("--topic NAME", "[music-plays]", "--rate RATE", "--total N", "[100]", "--seed", "--from", "--jitter SPAN", "--speed"):
            self.assertIn(flag, text)

    def test_version(self):
        self.assertRegex(self.said("--version"), r"^playhead \d+\.\d+\.\d+\n$")

    def test_what_is_unknown_has_a_suggestion(self):
        self.assertEqual(self.refused("produce", "--topci", "x"), "unknown flag --topci: did you mean --topic?")
        self.assertEqual(self.refused("produce", "--topci=x"), "unknown flag --topci: did you mean --topic?")
        self.assertEqual(self.refused("produce", "--jsn"), "unknown flag --jsn: did you mean --json?")
        self.assertEqual(self.refused("prodcue"), "unknown command 'prodcue': did you mean 'produce'?")
        self.assertEqual(self.refused("topics", "creat", "x"), "unknown command 'creat': did you mean 'create'?")
        self.assertTrue(self.refused("frobnicate").startswith("unknown command 'frobnicate': there are "))
        self.assertEqual(self.refused("produce", "-x"), "unknown flag -x")
        self.assertEqual(self.refused("produce", "more"), "'more' is one argument too many for playhead produce")

    def test_what_is_missing(self):
        self.assertTrue(self.refused().startswith("playhead needs a command: "))
        self.assertEqual(self.refused("topics"), "playhead topics needs a command: create, delete, list, describe, read")
        self.assertEqual(self.refused("topics", "create"), "playhead topics create: NAME is required")
        self.assertEqual(self.refused("produce", "--total"), "--total needs a value")
        self.assertEqual(self.refused("produce", "--total", "1", "--total", "2"), "--total may be given only once")

    def test_bad_values_name_the_flag(self):
        bad = {"--rate": ("fast", "-1"), "--total": ("-1", "1.5", "many"), "--partitions": ("0", "5000"), "--seed": ("x",), "--listeners": ("0",),
               "--start-time": ("now", "2026-13-01"), "--topic": ("",), "--log-level": ("loud",)}
        for flag, values in bad.items():
            for value in values:
                with self.subTest(f"{flag} {value}"):
                    self.assertTrue(self.refused("produce", f"{flag}", value).startswith(flag + ": "))

    def test_contradictions(self):
        for words in (["--speed", "2"], ["--jitter", "1m"], ["--shuffle"], ["--from", "-", "--rate", "5"], ["--from", "-", "--total", "5"],
                      ["--from", "-", "--start-time", "2026-01-01"], ["--from", "-", "--shuffle", "--jitter", "1m"],
                      ["--from", "-", "--shuffle", "--speed", "2"], ["--uniform", "--tracks", "9"]):
            with self.subTest(words):
                self.assertIn(words[-1] if words[-1].startswith("--") else words[-2], self.refused("produce", *words))
        self.assertIn("--partition", self.refused("topics", "read", "x", "--offset", "3"))

    def test_errors_as_json(self):
        out, error = self.run_with("topics", "describe", "nothing", "--json", code=1)
        self.assertTrue(error.startswith("playhead: "))
        self.assertEqual(json.loads(out)["error"]["kind"], "not_found")
        out, _ = self.run_with("produce", "--rate", "x", "--json", code=2)
        self.assertEqual(json.loads(out)["error"]["kind"], "invalid")


class Settings(Program):
    FILE = 'data = "./elsewhere"\n[produce]\ntopic = "from-file"  # a comment\nrate = "max"\ntotal = 7\n'

    def test_line_before_environment_before_file(self):
        name = self.write("playhead.toml", self.FILE)
        self.assertIn("7 plays sent to from-file", self.said("produce", "--config", name))
        self.assertIn("5 plays sent to from-file", self.said("produce", "--config", name, PLAYHEAD_TOTAL="5"))
        self.assertIn("3 plays sent to from-file", self.said("produce", "--config", name, "--total", "3", PLAYHEAD_TOTAL="5"))
        self.assertIn("7 plays sent to from-file", self.said("produce", PLAYHEAD_CONFIG=name))
        self.assertTrue((self.folder / "elsewhere" / "log" / "from-file").is_dir())
        self.assertFalse((self.folder / "playhead-data").exists())

    def test_every_flag_has_a_variable(self):
        self.said("produce", PLAYHEAD_TOPIC="t", PLAYHEAD_RATE="max", PLAYHEAD_TOTAL="2", PLAYHEAD_DATA="d", PLAYHEAD_START_TIME="2026-01-01",
                  PLAYHEAD_PARTITIONS="3", PLAYHEAD_SEED="9", PLAYHEAD_UNIFORM="true")
        described = json.loads(self.said("--data", "d", "topics", "describe", "t", PLAYHEAD_JSON="1"))
        self.assertEqual((described["partitions"], sum(part["records"] for part in described["by_partition"])), (3, 2))

    def test_unknown_keys_name_file_and_key(self):
        cases = {"rat = 4": "unknown key 'rat'", "[produce]\nrat = 4": "unknown key 'produce.rat': did you mean 'rate'?",
                 "[prod]\nrate = 4": "unknown table '[prod]'", "[produce]\nconfig = 'x'": "unknown key 'produce.config'"}
        for text, message in cases.items():
            with self.subTest(text):
                self.assertEqual(self.refused("produce", "--config", self.write("bad.toml", text + "\n")), "bad.toml: " + message)

    def test_bad_values_say_where_they_are_from(self):
        self.assertEqual(self.refused("topics", "list", PLAYHEAD_TOTAL="lots"), "--total: 'lots' is not a whole number (set by PLAYHEAD_TOTAL)")
        self.assertIn("absent.toml", self.refused("produce", "--config", "absent.toml"))
        self.assertIn("absent.toml", self.refused("produce", PLAYHEAD_CONFIG="absent.toml"))

    def test_rules_of_faults(self):
        self.assertIn("nonsense", self.refused("topics", "list", code=1, PLAYHEAD_FAULTS="nonsense"))
        process = self.start("produce", "--rate", "max", PLAYHEAD_FAULTS="sync * 1 kill")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertIn("plays sent", self.said("produce", "--rate", "max", "--total", "1"))


class Simulated(Program):
    def test_exactly_total(self):
        out = self.said("produce", "--rate", "max")
        self.assertRegex(out, r"^100 plays sent to music-plays in \d+\.\d s\n$")
        records = self.records("music-plays")
        self.assertEqual([record["offset"] for record in records], list(range(100)))
        for record in records:
            self.assertRegex(record["value"], PLAY)
            play = json.loads(record["value"])
            self.assertEqual(record["key"], play["user_id"])
            self.assertEqual(record["timestamp"], play["timestamp"] + "Z")
            self.assertIn(play["genre"], GENRES)
        self.assertEqual(json.loads(self.said("topics", "describe", "music-plays", "--json"))["clock"], "record")

    def test_rate_is_held(self):
        start = time.monotonic()
        out = json.loads(self.said("produce", "--rate", "200", "--total", "2000", "--json"))
        elapsed = time.monotonic() - start
        self.assertEqual(out["sent"], 2000)
        self.assertAlmostEqual(out["seconds"], 10, delta=0.2)
        self.assertAlmostEqual(elapsed, 10, delta=0.5)
        stamps = [record["timestamp"] for record in self.records("music-plays")]
        self.assertEqual(stamps, sorted(stamps))
        by_second = {}
        for stamp in stamps:
            by_second[stamp[:19]] = by_second.get(stamp[:19], 0) + 1
        for second, count in list(by_second.items())[1:-1]:
            self.assertAlmostEqual(count, 200, delta=4, msg=second)

    def test_same_seed_same_bytes(self):
        for topic, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            self.said("produce", "--topic", topic, "--seed", seed, "--rate", "max", "--start-time", "2026-03-01T00:00:00Z", "--partitions", "2")
        self.assertEqual(self.records("a"), self.records("b"))
        self.assertNotEqual(self.values("a"), self.values("c"))

    def test_interrupt_keeps_what_was_sent(self):
        for stop in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(stop):
                process = self.start("produce", "--topic", stop.name, "--rate", "50", "--total", "0", "--json")
                time.sleep(1)
                process.send_signal(stop)
                out, error = process.communicate(timeout=20)
                self.assertEqual((process.returncode, error), (0, ""))
                summary = json.loads(out)
                self.assertTrue(summary["interrupted"])
                self.assertGreater(summary["sent"], 10)
                self.assertEqual(len(self.values(stop.name)), summary["sent"])

    def test_partitions(self):
        self.said("produce", "--topic", "wide", "--partitions", "4", "--rate", "max", "--total", "1000")
        partition_of = {}
        for record in self.records("wide"):
            self.assertEqual(partition_of.setdefault(record["key"], record["partition"]), record["partition"])
        self.assertEqual(set(partition_of.values()), {0, 1, 2, 3})
        message = self.refused("produce", "--topic", "wide", "--partitions", "3", code=1)
        self.assertIn("4 partitions, not the 3", message)
        self.said("produce", "--topic", "wide", "--rate", "max", "--total", "1")


class Replayed(Program):
    def events(self, count, first_second, step_seconds=60):
        return [json.dumps({"userId": str(i % 7), "page": "NextSong", "ts": (first_second + i * step_seconds) * 1000}) for i in range(count)]

    def test_plain_gzip_zstd_and_standard_input(self):
        lines = self.events(50, 1_541_000_000)
        text = "\n".join(lines)
        self.write("plain.json", text)
        (self.folder / "packed.gz").write_bytes(gzip.compress(text.encode()))
        subprocess.run(["zstd", "-q", "plain.json", "-o", "packed.zst"], cwd=self.folder, check=True)
        for name, given in (("plain.json", None), ("packed.gz", None), ("packed.zst", None), ("-", text)):
            with self.subTest(name):
                topic = "from" + name.replace(".", "_")
                self.assertRegex(self.said("produce", "--topic", topic, "--from", name, given=given), rf"^50 events sent to {topic} in ")
                records = self.records(topic)
                self.assertEqual([record["value"] for record in records], lines)
                self.assertEqual([record["key"] for record in records], [str(i % 7) for i in range(50)])
                self.assertEqual(records[0]["timestamp"], "2018-10-31T15:33:20.000000Z")

    def test_files_are_merged_by_time(self):
        lines = self.events(300, 1_541_000_000)
        names = [self.write(f"{i}.json", "\n".join(lines[i::3])) for i in range(3)]
        self.said("produce", "--topic", "merged", "--from", *names)
        self.assertEqual(self.values("merged"), lines)

    def test_jitter_is_bounded_seeded_and_loses_nothing(self):
        lines = self.events(400, 1_541_000_000)
        name = self.write("events.json", "\n".join(lines))
        for topic, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            self.said("produce", "--topic", topic, "--from", name, "--jitter", "30m", "--seed", seed)
        self.assertEqual(self.records("a"), self.records("b"))
        self.assertNotEqual(self.values("a"), self.values("c"))
        self.assertEqual(sorted(self.values("a")), sorted(lines))
        self.assertNotEqual(self.values("a"), lines)
        highest = 0
        for value in self.values("a"):
            moment = json.loads(value)["ts"]
            self.assertGreaterEqual(moment, highest - 30 * 60_000)
            highest = max(highest, moment)

    def test_shuffle_loses_nothing(self):
        lines = self.events(400, 1_541_000_000)
        self.said("produce", "--topic", "mixed", "--from", self.write("events.json", "\n".join(lines)), "--shuffle")
        self.assertEqual(sorted(self.values("mixed")), sorted(lines))
        self.assertNotEqual(self.values("mixed"), lines)

    def test_speed(self):
        name = self.write("events.json", "\n".join(self.events(3, 1_541_000_000)))
        seconds = json.loads(self.said("produce", "--from", name, "--speed", "60", "--json"))["seconds"]
        self.assertAlmostEqual(seconds, 2, delta=0.3)

    def test_odd_lines_are_kept_and_counted(self):
        lines = ['{"ts":1000,"userId":""}', "not json", '{"ts":2000,"userId":12}', '{"no":"time"}']
        out = self.said("produce", "--topic", "odd", "--from", self.write("odd.json", "\r\n\r\n".join(lines)))
        self.assertIn("4 events sent to odd", out)
        self.assertIn("2 of them without a readable time", out)
        records = self.records("odd")
        self.assertEqual([record["value"] for record in records], lines)
        self.assertEqual([record["key"] for record in records], [None, None, "12", None])
        self.assertEqual([record["timestamp"][17:19] for record in records], ["01", "01", "02", "02"])

    def test_bad_files_are_named(self):
        long = self.write("long.json", '{"ts":1}\n' + "x" * (1 << 20) + "x\n")
        message = self.refused("produce", "--from", long, code=1)
        self.assertIn("long.json: line 2 is longer than", message)
        self.assertEqual(len(self.values("music-plays")), 0)
        self.assertIn("absent.json", self.refused("produce", "--from", "absent.json", code=1))
        packed = gzip.compress(random.Random(1).randbytes(5000))
        (self.folder / "cut.gz").write_bytes(packed[: len(packed) // 2])
        self.assertIn("cut.gz", self.refused("produce", "--from", "cut.gz", code=1))


class Topics(Program):
    def test_create_list_describe_delete(self):
        self.assertEqual(self.said("topics", "list"), "")
        self.assertIn("2 partitions", self.said("topics", "create", "b", "--partitions", "2", "--clock", "record", "--retention-age", "7d",
                                                "--retention-bytes", "1GiB", "--segment-bytes", "1MiB"))
        self.said("topics", "create", "a")
        self.assertEqual(self.said("topics", "list"), "a\nb\n")
        described = json.loads(self.said("topics", "describe", "b", "--json"))
        identity = described.pop("id")
        self.assertRegex(identity, r"^[0-9a-f]{32}$")
        parts = [{"partition": part, "first_kept": 0, "end": 0, "records": 0} for part in (0, 1)]
        self.assertEqual(described, {"name": "b", "partitions": 2, "clock": "record", "retention_bytes": 1 << 30, "retention_age_seconds": 604800.0,
                                     "segment_bytes": 1 << 20, "by_partition": parts})
        text = self.said("topics", "describe", "b")
        for words in (identity, "clock record", "1GiB per partition, 7d", "segments of 1MiB", "first kept"):
            self.assertIn(words, text)
        self.assertIn("exists", self.refused("topics", "create", "b", code=1))
        self.said("topics", "delete", "b")
        self.assertEqual([json.loads(line)["name"] for line in self.said("topics", "list", "--json").splitlines()], ["a"])
        self.assertIn("'b'", self.refused("topics", "delete", "b", code=1))
        self.said("topics", "create", "b")
        self.assertNotEqual(json.loads(self.said("topics", "describe", "b", "--json"))["id"], identity)

    def test_read(self):
        self.said("produce", "--topic", "t", "--rate", "max", "--total", "50", "--partitions", "2")
        records = self.records("t")
        self.assertEqual(len(records), 50)
        self.assertEqual(list(records[0]), ["partition", "offset", "timestamp", "key", "value", "headers"])
        self.assertEqual(len(self.records("t", "--max-messages", "7")), 7)
        self.assertEqual(len(self.records("t", "--from-beginning")), 50)
        second = [record for record in records if record["partition"] == 1]
        self.assertEqual(self.records("t", "--partition", "1"), second)
        self.assertEqual(self.records("t", "--partition", "1", "--offset", "3"), second[3:])
        self.assertEqual(self.records("t", "--partition", "1", "--offset", str(len(second))), [])
        self.assertIn("outside", self.refused("topics", "read", "t", "--partition", "1", "--offset", "999", code=1))
        self.assertIn("2", self.refused("topics", "read", "t", "--partition", "2", code=1))
        first = records[0]
        text = self.said("topics", "read", "t", "--max-messages", "1")
        self.assertEqual(text.rstrip("\n").split("\t"), [str(first["partition"]), str(first["offset"]), first["timestamp"], first["key"], first["value"]])

    def test_follow_sees_what_is_produced_meanwhile(self):
        self.said("produce", "--topic", "t", "--rate", "max", "--total", "5")
        reader = self.start("topics", "read", "t", "--follow", "--json", "--max-messages", "3")
        time.sleep(0.5)
        self.said("produce", "--topic", "t", "--rate", "max", "--total", "3")
        out, error = reader.communicate(timeout=20)
        self.assertEqual((reader.returncode, error), (0, ""))
        self.assertEqual([json.loads(line)["offset"] for line in out.splitlines()], [5, 6, 7])

    def test_follow_ends_on_request(self):
        self.said("produce", "--topic", "t", "--rate", "max", "--total", "5")
        reader = self.start("topics", "read", "t", "--follow", "--from-beginning")
        self.assertIn("\t", reader.stdout.readline())
        reader.send_signal(signal.SIGINT)
        rest = reader.stdout.read()
        self.assertEqual((reader.wait(timeout=20), rest.count("\n")), (0, 4))
        self.assertEqual(reader.communicate()[1], "")

    def test_a_closed_pipe_is_no_failure(self):
        self.said("produce", "--topic", "t", "--rate", "max", "--total", "20000")
        reader = self.start("topics", "read", "t")
        reader.stdout.readline()
        reader.stdout.close()
        self.assertEqual(reader.wait(timeout=20), 0)
        self.assertEqual(reader.stderr.read(), "")
        reader.stderr.close()
        reader.stdin.close()


if __name__ == "__main__":
    unittest.main()
