"""A simulated service, told to files, standard output and the log: the same whoever simulates it, wherever it was interrupted."""

import collections
import datetime
import gzip
import json
import re
import signal
import subprocess
import time

import playhead
from simulation import BAD_ROAD, DAY, DIALECTS, TOPICS, Simulation


class SameBytes(Simulation):
    def test_threads_make_no_difference(self):
        expected = None
        for threads in (1, 2, 7):
            report = self.simulate(*DAY, *self.busy, "-n", "300", "-g", "5", *DIALECTS, *BAD_ROAD, "--farm", "looper=3", "--event-id", "field",
                                   "--spike", "start=+3h,length=1h,factor=5", "--threads", threads, "--truth", f"truth-{threads}", f"events-{threads}").last
            found = self.contents(f"events-{threads}") | self.contents(f"truth-{threads}")
            self.assertEqual(sum(report["events"].values()), report["sent"])
            self.assertGreater(report["sent"], 5_000)
            self.assertEqual(set(report["events"]), set(TOPICS))
            expected = expected or found
            self.assertEqual(found.keys(), expected.keys())
            for name in found:
                self.assertEqual(found[name] == expected[name], True, f"{name} differs with {threads} threads")

    def test_partitions_make_no_difference(self):
        """What each listener's messages are, and in which order: in the partitions that its key has there."""
        expected = None
        for partitions, threads in ((1, 2), (3, 7), (8, 1)):
            self.data = self.folder / f"data-{partitions}"
            self.simulate(*DAY, *self.busy, "-n", "200", "--dialect", "eventsim", *BAD_ROAD, "--partitions", partitions, "--threads", threads, "log")
            self.assertEqual(len(self.ends("page_view_events")), partitions)
            found = self.by_key("page_view_events")
            self.assertGreater(len(found), 100)
            self.assertEqual(found == (expected or found), True, f"{partitions} partitions")
            expected = expected or found

    def test_two_processes_beside_each_other(self):
        service = ("--continuous", "--speed", "20000", "--dialect", "eventsim,tunetracker", "-n", "300", "--total", "4000", *self.busy)
        both = [self.start("simulate", *service, "--userid", first, "log") for first in (1, 1_000_001)]
        for running in both:
            self.assertEqual(running.finish().status, 0)
        records = [record for topic in TOPICS[:5] for partition in self.records(topic).values() for record in partition]
        self.assertEqual(len(records), 8_000)
        ids = {self.event_id(record) for record in records}
        self.assertEqual(len(ids), len(records))
        users, sessions = collections.Counter(), collections.defaultdict(set)
        for value in (json.loads(record["value"]) for record in records):
            if "userId" in value:
                sessions[value["sessionId"]].add(value["userId"])
                users[value["userId"] > 1_000_000] += 1
        self.assertGreater(min(users[False], users[True]), 1_000)
        self.assertEqual({len(of_session) for of_session in sessions.values()}, {1}, "a session of two listeners")

    def test_another_seed_is_another_service(self):
        for seed in (1, 2):
            self.simulate(*DAY, "-n", "50", "--randomseed", seed, f"seed-{seed}")
        self.assertNotEqual(self.contents("seed-1"), self.contents("seed-2"))


class Destinations(Simulation):
    def test_all_tell_the_same(self):
        service = (*DAY, *self.busy, "-n", "200", "--dialect", "eventsim,tunetracker")
        self.simulate(*service, "plain")
        self.simulate(*service, "--compress", "gz", "packed")
        self.simulate(*service, "--compress", "zst", "packed")
        plain = self.contents("plain")
        self.assertEqual({name for name, text in plain.items() if text},
                         {f"{topic}.json" for topic in TOPICS[:5]})
        for name, text in plain.items():
            self.assertEqual(gzip.decompress((self.folder / "packed" / f"{name}.gz").read_bytes()) == text, True, name)
            unpacked = subprocess.run(["zstd", "-dcq", self.folder / "packed" / f"{name}.zst"], check=True, stdout=subprocess.PIPE).stdout
            self.assertEqual(unpacked == text, True, name)
        told = self.simulate(*service, "-")
        lines = told.output.splitlines()
        self.assertEqual(sorted(lines), sorted(b"".join(plain.values()).decode().splitlines()))
        self.assertIn('"sent"', told.errors)
        self.assertEqual(self.simulate(*service, "--partitions", "3", "log").last["sent"], len(lines))
        for topic in TOPICS[:5]:
            records = self.records(topic)
            values = [record["value"] for partition in records.values() for record in partition]
            self.assertEqual(sorted(values), sorted(plain[f"{topic}.json"].decode().splitlines()), topic)

    def test_records_of_the_log(self):
        self.simulate(*DAY, *self.busy, "-n", "100", "--dialect", "tunetracker", "log")
        records = self.records("music-plays")[0]
        times = [record["timestamp"] for record in records]
        self.assertEqual(times, sorted(times))
        self.assertEqual({record["key"] == json.loads(record["value"])["user_id"] for record in records}, {True})
        ids = [self.event_id(record) for record in records]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertTrue(all(re.fullmatch("[0-9a-f]{32}", text) for text in ids))

    def test_nobody_reads_any_more(self):
        words = " ".join(map(str, (playhead.BINARY, "simulate", "-n", "10000", *DAY, *self.busy, "-")))
        done = subprocess.run(["bash", "-o", "pipefail", "-c", f"{words} | head -n 1"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("sessionId", json.loads(done.stdout))


    def test_nobody_listens(self):
        for place in ("out", "log"):
            report = self.simulate(*DAY, "-n", "0", *DIALECTS, "--truth", "truth", place).last
            self.assertEqual((report["sent"], report["arrived"], report["reached"]), (0, 0, "2026-03-07T00:00:00.000000Z"))
        self.assertEqual(self.contents("out"), {f"{topic}.json": b"" for topic in TOPICS})
        self.assertEqual([self.truth(table, "count(*)") for table in ("plays", "sessions", "deliveries", "listeners")], [[(0,)]] * 4)
        self.assertEqual(self.ends("music-plays"), [0])
        self.assertEqual(self.simulate(*DAY, "-n", "0", "-").output, "")

    def test_a_full_disk(self):
        service = (*DAY, *self.busy, "-n", "300", "--dialect", "eventsim,tunetracker")
        for faults, words, named in (("write *listen_events.json 1+ no-space", ("out",), "listen_events.json"),
                                     ("write *.gz 1+ no-space", ("--compress", "gz", "out"), ".json.gz"),
                                     ("write *plays.parquet 1+ no-space", ("--truth", "truth", "out"), "plays.parquet"),
                                     ("write *simulation* 1+ no-space", ("--state", "state", "out"), "simulation"),
                                     ("write *.segment 2+ no-space", ("log",), ".segment")):
            with self.subTest(faults):
                error = self.simulate(*service, *words, faults=faults, status=1).error
                self.assertIn("the disk is full", error["message"])
                self.assertIn(named, error["message"])
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([playhead.BINARY, "simulate", *map(str, service), "-"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)


class GoesOn(Simulation):
    SERVICE = (*DAY, "-n", "400", "--dialect", "eventsim,tunetracker", "--duplicates", "0.02", "--disorder", "0.1", "--malformed", "0.01")
    STATE = ("--state-every", "200ms", "--threads", "2", "--state")

    def saved_twice(self, state):
        """True once the state was saved twice more: what was sent until then is behind it."""
        path = self.folder / state / "simulation"
        seen = set()

        def again():
            if path.exists():
                seen.add(path.stat().st_mtime_ns)
            return len(seen) > 2
        return again

    def kill_until_done(self, state, *arguments):
        """Starts the run, kills it some time after it was saved, starts it again; the last one goes at full speed."""
        for seconds in (0.05, 0.17, 0.11):
            running = self.start("simulate", *self.SERVICE, *self.busy, *self.STATE, state, "--rate", "4000", *arguments)
            self.wait_for(self.saved_twice(state), "the state is saved", playhead.SECONDS_MAX)
            running.ended_within(seconds)
            self.assertEqual(running.kill().status, -signal.SIGKILL)
        return self.simulate(*self.SERVICE, *self.busy, *self.STATE, state, *arguments).last

    def test_a_folder_after_kill(self):
        whole = self.simulate(*self.SERVICE, *self.busy, "whole").last
        for name, packing in (("plain", ()), ("zst", ("--compress", "zst")), ("gz", ("--compress", "gz"))):
            with self.subTest(name):
                report = self.kill_until_done(f"state-{name}", *packing, name)
                self.assertEqual(report["events"], whole["events"])
                self.assertLess(report["sent"], whole["sent"])
                for topic in TOPICS[:5]:
                    path = next((self.folder / name).glob(f"{topic}.json*"))
                    text = path.read_bytes()
                    if name == "gz":
                        text = gzip.decompress(text)
                    if name == "zst":
                        text = subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout
                    self.assertEqual(text == (self.folder / "whole" / f"{topic}.json").read_bytes(), True, topic)

    def test_the_log_after_kill(self):
        self.kill_until_done("state", "--partitions", "2", "log")
        found = self.records("music-plays")
        self.data = self.folder / "undisturbed"
        self.simulate(*self.SERVICE, *self.busy, "--partitions", "2", "log")
        expected = self.records("music-plays")
        for partition in (0, 1):
            told = [[(record["value"], self.event_id(record), record["timestamp"]) for record in records[partition]]
                    for records in (found, expected)]
            self.assertEqual(len(told[0]), len(told[1]))
            self.assertEqual(told[0] == told[1], True, f"partition {partition}")

    def test_ctrl_c_and_again(self):
        service = (*self.SERVICE, *self.busy, *self.STATE, "state", "cut")
        running = self.start("simulate", *service, "--rate", "3000")
        self.wait_for(self.saved_twice("state"), "the state is saved", playhead.SECONDS_MAX)
        report = self.end_with(running)
        self.assertTrue(report["interrupted"])
        self.assertGreater(report["sent"], 0)
        rest = self.simulate(*service).last
        whole = self.simulate(*self.SERVICE, *self.busy, "whole").last
        self.assertEqual(report["sent"] + rest["sent"], whole["sent"])
        self.assertEqual(self.contents("cut") == self.contents("whole"), True)
        again = self.simulate(*service).last
        self.assertEqual((again["sent"], again["events"]), (0, whole["events"]))

    def test_other_options_are_refused(self):
        self.simulate(*DAY, "-n", "10", "--state", "state", "out")
        done = self.simulate(*DAY, "-n", "20", "-g", "1", "--state", "state", "out", status=2)
        self.assertIn("listeners.count: was '10'", done.error["message"])
        self.assertIn("listeners.growth: was not given", done.error["message"])
        self.assertIn("--state", self.simulate(*DAY, "--state", "s", "--truth", "t", "out", status=2).error["message"])

    def test_one_run_a_state_folder(self):
        running = self.start("simulate", "--continuous", "--state", "state", "out")
        self.wait_for(lambda: (self.folder / "state" / "simulation").exists(), "the first state")
        self.assertIn("another simulation", self.simulate("--continuous", "--state", "state", "out", status=1).error["message"])
        self.end_with(running)


class Pace(Simulation):
    LIVELY = ("--concurrency", "300", "--dialect", "tunetracker,eventsim", "--event-id", "header")

    def test_continuous_catches_up_in_order(self):
        self.scenario.write_text("[sessions]\npage-seconds = 2\n[time]\nflat = true\n", encoding="utf-8")
        start = time.time()
        running = self.start("simulate", *self.LIVELY, *self.busy, "--continuous", "log")
        time.sleep(2)
        running.signal(signal.SIGSTOP)
        time.sleep(3)
        running.signal(signal.SIGCONT)
        time.sleep(2)
        report = self.end_with(running)
        end = time.time()
        records = self.records("page_view_events")[0]
        times = [record["timestamp"] for record in records]
        self.assertEqual(len(records), report["events"]["page_view_events"])
        self.assertEqual(times, sorted(times))
        seconds = sorted({int(datetime.datetime.fromisoformat(stamp).timestamp()) for stamp in times})
        self.assertEqual(seconds, list(range(seconds[0], seconds[-1] + 1)), "time was left out")
        self.assertGreaterEqual(len(seconds), 6)
        self.assertLess(abs(seconds[0] - start), 3)
        self.assertLess(abs(seconds[-1] - end), 3)

    def test_continuous_goes_on_after_kill(self):
        service = ("--concurrency", "200", "--start-time", "2026-03-06T18:00:00Z", "--dialect", "eventsim,tunetracker", "--partitions", "2", "log")
        state = ("--continuous", "--speed", "600", "--state", "state", "--state-every", "300ms")
        killed = self.start("simulate", *service, *state)
        self.wait_for(lambda: (self.folder / "state" / "simulation").exists(), "the first state")
        killed.ended_within(1.2)
        self.assertEqual(killed.kill().status, -signal.SIGKILL)
        time.sleep(1)
        running = self.start("simulate", *service, *state)
        running.ended_within(2)
        report = self.end_with(running)
        self.assertGreater(report["reached"], "2026-03-06T18:30", "it does not keep pace")
        found = {topic: self.by_key(topic) for topic in TOPICS[:5]}
        self.data = self.folder / "undisturbed"
        self.simulate(*service, "--end-time", report["reached"])
        for topic, by_key in found.items():
            self.assertEqual(by_key == self.by_key(topic), True, topic)
        ids = [event_id for by_key in found.values() for records in by_key.values() for *_, event_id in records]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertGreater(len(ids), 5_000)

    def test_rate(self):
        start = time.monotonic()
        report = self.simulate(*DAY, "-n", "2000", *self.busy, "--rate", "500", "--total", "1000", "out").last
        seconds = time.monotonic() - start
        self.assertEqual(report["sent"], 1_000)
        self.assertGreater(seconds, 1.9)
        self.assertGreater(report["seconds"], 1.9)
        self.assertLess(report["seconds"], 4)

    def test_speed(self):
        report = self.simulate("--start-time", "2026-03-06T12:00:00Z", "--end-time", "2026-03-06T12:30:00Z", "-n", "500", *self.busy,
                               "--speed", "900", "out").last
        self.assertGreater(report["seconds"], 1.9)
        self.assertLess(report["seconds"], 5)
        self.assertGreater(report["sent"], 0)


class Report(Simulation):
    def test_a_page_of_the_run_itself(self):
        service = (*DAY, *self.busy, "-n", "400", "--dialect", "eventsim,music-streams")
        events = self.simulate(*service, "--threads", "3", "--report", "page.html", "out").last["events"]
        self.simulate(*service, "--threads", "1", "--report", "other.html", "out")
        page = (self.folder / "page.html").read_text(encoding="utf-8")
        self.assertEqual((self.folder / "other.html").read_text(encoding="utf-8") == page, True)
        for outside in ("http:", "https:", "<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "href="):
            self.assertNotIn(outside, page.lower())
        self.assertGreaterEqual(page.count("<figure"), 4)
        rows = dict(re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td></tr>", page))
        plays = [json.loads(line) for line in (self.folder / "out" / "music-streams.json").read_text(encoding="utf-8").splitlines()]
        pages = [json.loads(line) for line in (self.folder / "out" / "page_view_events.json").read_text(encoding="utf-8").splitlines()]
        self.assertEqual((int(rows["plays"]), int(rows["pages"])), (events["music-streams"], events["page_view_events"]))
        self.assertEqual(rows["heard to the end"], f"{100 * sum(play['completed'] for play in plays) / len(plays):.2f} %")
        self.assertEqual(rows["NextSong"], f"{100 * sum(page['page'] == 'NextSong' for page in pages) / len(pages):.2f} %")
        self.assertEqual(rows["paid"], f"{100 * sum(page['level'] == 'paid' for page in pages) / len(pages):.2f} %")
        self.assertGreater(len(plays), 5_000)

    def test_where_it_can_not_be(self):
        error = self.simulate(*DAY, "-n", "10", "--report", "nowhere/page.html", "out", status=1).error
        self.assertIn("nowhere/page.html", error["message"])
        self.assertFalse((self.folder / "out").exists())


class Settings(Simulation):
    def faults(self, *arguments, **options):
        return self.simulate(*arguments, status=2, **options).error["message"]

    def test_all_faults_at_once(self):
        scenario = self.folder / "bad.toml"
        scenario.write_text('seed = "x"\n[listeners]\ncuont = 5\ngrowth = 2000\n[[spike]]\nlength = "1h"\nfactor = 0.5\n[sessions]\n'
                            'config = "bad.json"\n[nothing]\nx = 1\n[output]\ndialects = ["eventsim", "kafka"]\n', encoding="utf-8")
        (self.folder / "bad.json").write_text('{"transitions": 5}', encoding="utf-8")
        (self.folder / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        message = self.faults("--scenario", scenario, "--skew", "2", "--speed", "2", "--rate", "3", "--end-time", "1999-01-01", "--catalogue", "bad.csv", "out")
        self.assertIn("bad.csv: line 1: ", message)
        for expected in ("bad.toml:1: seed: 'x' is not a whole number", "bad.toml:3: unknown key listeners.cuont: did you mean listeners.count?",
                         "bad.toml:4: listeners.growth: '2000' is not a number in 0 to 1000", "bad.toml:7: spike.factor: '0.5' is not a number in 1 to",
                         "spike.start: is missing", "bad.json: ", "unknown key nothing.x", "'kafka' is not one of tunetracker|",
                         "--skew: transport.skew: '2' is not a number in 0 to 1", "time.rate: ", "time.end: "):
            self.assertIn(expected, message)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["bad.csv", "bad.json", "bad.toml", "busy.toml"])
        other = self.faults("--scenario", self.toml('[[farm]]\nkind = "burst"\naccounts = 3\nartist = 999999\n[transport]\ndisorder-max = "40d"\n'
                                                    '[time]\nweekdays = [0, 0, 0, 0, 0, 0, 0]\n'), "--dialect", "eventsim,eventsim", "out")
        for expected in ("4 settings are wrong", "artist 999999", ":6: transport.disorder-max: '40d'", ":8: time.weekdays: ", "--dialect: "):
            self.assertIn(expected, other)
        self.assertIn("is no TOML", self.faults("--scenario", self.toml("a = ["), "out"))
        self.assertIn(":2: ", self.faults("--scenario", self.toml("seed = 1\nseed = 2"), "out"))

    def toml(self, text):
        path = self.folder / "other.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def test_flag_scenario_config_default(self):
        (self.folder / "config.json").write_text(self.config(**{"n-users": 30, "seed": 5, "start-date": "2026-01-01T00:00:00", "end-date":
                                                                "2026-01-02T00:00:00", "first-user-id": 100}), encoding="utf-8")
        by_config = self.simulate("-c", "config.json", "--truth", "truth", "out").last
        self.assertEqual((by_config["arrived"], by_config["reached"]), (30, "2026-01-02T00:00:00.000000Z"))
        self.assertEqual(self.truth("listeners", "min(user_id), max(user_id)"), [(100, 129)])
        scenario = self.toml('[sessions]\nconfig = "config.json"\n[listeners]\ncount = 40\nfirst-user-id = 7\n')
        by_scenario = self.simulate("--scenario", scenario, "--truth", "truth", "out").last
        self.assertEqual(by_scenario["arrived"], 40)
        by_flag = self.simulate("--scenario", scenario, "-n", "50", "-e", "2026-01-01T12:00:00", "-u", "9", "--truth", "truth", "out").last
        self.assertEqual((by_flag["arrived"], by_flag["reached"]), (50, "2026-01-01T12:00:00.000000Z"))
        self.assertEqual(self.truth("listeners", "min(user_id)"), [(9,)])

    def config(self, **more):
        state = {"page": "NextSong", "auth": "Logged In", "method": "PUT", "status": 200, "level": "paid"}
        return json.dumps({
            "alpha": 60, "beta": 7200, "damping": 0, "weekend-damping": 0, "session-gap": 1800,
            "churned-state": "Cancelled", "new-user-auth": "Logged In", "new-user-level": "paid",
            "levels": [{"level": "paid", "weight": 1}], "auths": [{"auth": "Logged In", "weight": 1}],
            "show-user-details": [{"auth": "Logged In", "show": True}],
            "new-session": [{**state, "weight": 1}], "transitions": [{"source": state, "dest": state, "p": 0.9}], **more})

    def test_ready_scenarios(self):
        names = [row["scenario"] for row in self.simulate("--list-scenarios").objects]
        self.assertEqual(names, ["quiet-evening", "friday-release", "farm-attack", "ten-thousand", "million"])
        for name in names:
            text = self.simulate("--print-scenario", name).output
            self.assertTrue(text.startswith("# "), text)
            self.toml(text)
            small = ("--total", "200", "--speed", "max", "--nusers", "1000")
            by_name = self.simulate("--scenario", name, *small, f"{name}-1").last
            self.assertEqual(by_name["sent"], 200)
            if name != "ten-thousand":  # which begins now
                self.simulate("--scenario", self.folder / "other.toml", *small, f"{name}-2")
                self.assertEqual(self.contents(f"{name}-1"), self.contents(f"{name}-2"))
        self.assertIn("quiet-evening", self.faults("--scenario", "quite-evening", "out"))
        self.assertIn("--list-scenarios", self.faults("--print-scenario", "x"))

    def test_contradictions(self):
        for words, expected in ((("--compress", "gz", "log"), "--compress"), (("--event-id", "header", "out"), "headers"),
                                (("--state", "s", "-"), "standard output"), (("--concurrency", "5", "-n", "6", "out"), "--concurrency"),
                                (("--topic-names", "listens=x", "out"), "listen_events=plays"),
                                (("--topic-names", "listen_events=auth_events", "out"), "one name"), (("--topic-names", "listen_events=a/b", "out"), "a/b"),
                                (("--useAvro", "out"), "JSON"), (("--generate-counts", "out"), "nothing to generate"),
                                (("--generate-similars", "out"), "--catalogue"),
                                (("--compat", "eventsim", "--dialect", "tunetracker", "out"), "dialect"), (("--farm", "bees=3", "out"), "looper"),
                                (("--spike", "start=+1h", "out"), "spike.length"), (("-c", "nowhere.json", "out"), "nowhere.json"),
                                (("--catalogue", "nowhere.csv", "out"), "nowhere.csv"), (("--columns", "name=x", "--catalogue", "/dev/null", "out"), "name=x")):
            with self.subTest(words):
                self.assertIn(expected, self.faults(*words))

    def test_eventsims_own_configurations(self):
        folder = playhead.SHARED / "data" / "eventsim"
        if not folder.is_dir():
            self.skipTest(f"{folder} is not there")
        files = sorted(folder.glob("configs/*.json")) + sorted(folder.glob("examples/*.json"))
        self.assertEqual(len(files), 30)
        for path in files:
            with self.subTest(path.name):
                as_it_is = self.simulate("-c", path, "--total", "200", "plain")
                self.assertEqual(as_it_is.last["sent"], 200)
                report = self.simulate("-c", path, "-n", "30", "-g", "0", "-s", "2026-03-01T00:00:00", "-e", "2026-03-08T00:00:00",
                                       "--compat", "eventsim", "--tag", "control", "-r", "7", "--nocontinuous", "out").last
                self.assertGreater(report["events"]["page_view_events"], 0)
                first = json.loads((self.folder / "out" / "listen_events.json").read_text(encoding="utf-8").splitlines()[0])
                self.assertEqual(first["tag"], "control")


if __name__ == "__main__":
    playhead.unittest.main()
