"""`stream` and `jobs` as their users meet them: stops, refusals with a way out, settings, a full disk."""

import datetime
import os
import shutil
import signal
import time
import unittest

import playhead

START = "2026-03-01T00:00:00Z"
START_MICROS = 1_772_323_200_000_000
SECOND = 1_000_000


class StreamCase(playhead.Case):
    def produce(self, total, *arguments, topic="plays", start=START, **options):
        """Plays one millisecond apart, from `start` on; each time others, since the same ones again would be duplicates."""
        self.seed = getattr(self, "seed", 0) + 1
        return self.run_playhead("produce", "--topic", topic, "--rate", "max", "--total", total, "--start-time", start, "--seed", self.seed, *arguments, **options)

    def refused(self, *arguments, says=(), kind="invalid", **options):
        """The run ends with 1 and an error that says all of this; its message."""
        done = self.run_playhead(*arguments, status=1, **options)
        self.assertEqual(done.error.get("kind"), kind, str(done))
        for words in says:
            self.assertIn(words, done.error["message"])
            self.assertIn(words, done.errors)
        return done.error["message"]

    def start_stream(self, *arguments, trigger="20ms", **options):
        return self.start("stream", "--input-topic", "plays", "--trigger", trigger, *arguments, **options)

    def plays_by_second_and_genre(self, topic="plays"):
        """What the topic's own records say, counted by DuckDB in windows of 1 s."""
        path = self.folder / "records.json"
        path.write_text(self.run_playhead("topics", "read", topic, "--from-beginning").output, encoding="utf-8")
        rows = playhead.sql(f"""
            SELECT time_bucket(INTERVAL 1 SECOND, CAST(value->>'timestamp' AS TIMESTAMP)) AS start, value->>'genre' AS genre, count(*)
            FROM read_json('{path}', format = 'newline_delimited', columns = {{value: 'VARCHAR'}}) GROUP BY ALL""")
        epoch = datetime.datetime(1970, 1, 1)
        return {((start - epoch) // datetime.timedelta(microseconds=1), genre): count for start, genre, count in rows}

    def assert_exact(self, job="plays"):
        playhead.assert_same_rows(self, self.rows(job), self.plays_by_second_and_genre())
        return self.assert_counted(job, "plays")

    def epochs(self, job="plays"):
        return sum(partition["epoch"] for partition in self.run_playhead("status", "--job", job).last["partitions"])


class Stops(StreamCase):
    def test_a_signal_ends_it_with_0_and_leaves_nothing_to_replay(self):
        total = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            self.produce(2_000)
            total += 2_000
            running = self.start_stream("--window", "1s")
            self.wait_for(lambda seen=total: self.status_of("read") == seen, "the stream reads all")
            sums = self.end_with(running, number)
            self.assert_reconciled(sums)
            self.assertEqual((sums["replayed_epochs"], sums["records"]["read"]), (0, total))
            self.assertEqual(sums["plays_published"] + sums["plays_open"], total)
        self.assertEqual(self.stream("plays", "--window", "1s")["replayed_epochs"], 0)
        self.assert_exact()

    def status_of(self, name):
        """A count of the job; 0 before there is a job. Also: status works beside a stream that begins, runs and ends."""
        done = self.start("status").finish()
        self.assertEqual(done.status, 0, str(done))
        return done.last["records"][name] if done.objects else 0

    def test_a_signal_ends_a_stream_that_waits_for_records_soon(self):
        self.produce(10)
        running = self.start_stream(trigger="1h")
        self.wait_for(lambda: self.status_of("read") == 10, "the stream reads all")
        began = time.monotonic()
        self.end_with(running)
        self.assertLess(time.monotonic() - began, 5)

    def test_a_second_signal_ends_it_at_once_and_that_is_safe(self):
        self.produce(2_000)
        running = self.start_stream("--window", "1s", faults="write */open-windows-* 1 stop")
        self.wait_for(lambda: self.status_of("read") == 2_000, "the stream reads all")
        running.signal(signal.SIGINT)
        self.wait_until_stopped(running)
        running.signal(signal.SIGINT)
        running.signal(signal.SIGCONT)
        self.assertEqual(running.finish().status, 130)
        self.assertEqual(list(self.data.glob("checkpoints/plays/open-windows-*[0-9]")), [], "it did not go on with its checkpoint")
        self.stream("plays", "--window", "1s")
        self.assert_exact()

    def test_status_and_jobs_beside_streams_that_checkpoint(self):
        self.produce(100)
        self.stream("plays", "--window", "1s")
        for _ in range(5):
            self.produce(300)
            running = self.start_stream("--window", "1s", "--until-idle")
            while running.process.poll() is None:
                self.assert_reconciled(self.run_playhead("status").last)
                self.assertEqual(self.run_playhead("jobs", "list").last["job"], "plays")
            self.assertEqual(running.finish().status, 0)
        self.assert_exact()


class Emit(StreamCase):
    def provisional_rows(self):
        files = [str(path) for path in self.output_of("plays").glob("*.parquet")]
        if not files:
            return {}
        found = playhead.sql(f"SELECT epoch_us(window_start), genre, count, provisional FROM read_parquet({playhead.list_of(files)})")
        return {(start, genre): (count, provisional) for start, genre, count, provisional in found}

    def test_updates_shows_provisional_rows_and_then_final_ones(self):
        self.produce(500)
        running = self.start_stream("--window", "1s", "--emit", "updates")
        rows = self.wait_for(self.provisional_rows, "open windows are published")
        self.assertEqual({provisional for _, provisional in rows.values()}, {True})
        self.produce(500)
        self.wait_for(lambda: sum(count for count, _ in self.provisional_rows().values()) == 1_000, "open windows are updated")
        self.assertEqual({provisional for _, provisional in self.provisional_rows().values()}, {True})
        self.produce(10, start="2026-03-01T00:00:30Z")
        self.wait_for(lambda: (START_MICROS, False) in {(start, flag) for (start, _), (_, flag) in self.provisional_rows().items()}, "the window ends")
        for (start, _), (_, provisional) in self.provisional_rows().items():
            self.assertEqual(provisional, start > START_MICROS)
        sums = self.end_with(running)
        self.assertEqual((sums["plays_published"], sums["plays_open"]), (1_000, 10))
        self.stream("plays", "--window", "1s", "--emit", "updates")
        self.assertEqual({provisional for _, provisional in self.provisional_rows().values()}, {False})
        self.assert_exact()

    def test_closed_shows_ended_windows_only_and_has_no_such_column(self):
        self.produce(12_000)
        running = self.start_stream("--window", "1s")
        rows = self.wait_for(lambda: self.rows("plays"), "ended windows are published")
        self.assertEqual({start for start, _ in rows}, {START_MICROS}, "by 11.999 s less 10 s of disorder, one has ended")
        self.assertEqual(sum(rows.values()), 1_000)
        columns = playhead.sql(f"DESCRIBE SELECT * FROM '{self.output_of('plays')}/*.parquet'")
        self.assertEqual(
            [column[:2] for column in columns],
            [("window_start", "TIMESTAMP WITH TIME ZONE"), ("window_end", "TIMESTAMP WITH TIME ZONE"), ("genre", "VARCHAR"), ("count", "BIGINT")])
        self.assertEqual(self.end_with(running)["plays_open"], 11_000)


class Refusals(StreamCase):
    def test_an_unknown_topic_and_how_to_make_it(self):
        message = self.refused("stream", "--input-topic", "plais", "--until-idle", says=["'plais'", "playhead topics create plais"], kind="not_found")
        self.assertIn("playhead produce --topic plais", message)
        self.assertFalse((self.data / "checkpoints").exists(), "a wrong name leaves no job behind")

    def test_an_empty_topic_is_no_error(self):
        self.run_playhead("topics", "create", "plays", "--partitions", 3)
        sums = self.stream("plays")
        self.assertEqual(sums["processed"], 0)
        self.assertEqual(self.rows("plays"), {})

    def test_another_jobs_checkpoint(self):
        self.produce(100)
        place = self.folder / "state"
        self.stream("plays", "--checkpoint-location", place)
        out = ["another job", "--checkpoint-location", "playhead jobs reset"]
        self.refused("stream", "--input-topic", "plays", "--job", "other", "--checkpoint-location", place, "--until-idle", says=out)
        self.refused("stream", "--input-topic", "plays", "--checkpoint-location", place, "--key", "track", "--until-idle", says=out)
        self.refused("stream", "--input-topic", "plays", "--checkpoint-location", place, "--window", "1h", "--until-idle", says=out)
        self.produce(100, topic="others")
        self.refused("stream", "--input-topic", "others", "--checkpoint-location", place, "--until-idle", says=out)
        self.assertEqual(self.stream("plays", "--checkpoint-location", place)["records"]["read"], 100)

    def test_another_jobs_output(self):
        self.produce(100)
        self.stream("plays")
        before = self.rows("plays")
        self.refused("stream", "--input-topic", "plays", "--job", "other", "--output-path", self.output_of("plays"), "--until-idle", says=["other"])
        self.assertEqual(self.rows("plays"), before)
        self.produce(100)
        self.assertEqual(self.stream("plays")["records"]["read"], 200)

    def test_a_folder_with_parquet_files_that_nobody_recorded(self):
        self.produce(100)
        self.output_of("plays").mkdir(parents=True)
        foreign = self.output_of("plays") / "mine.parquet"
        foreign.write_bytes(b"PAR1")
        self.refused("stream", "--input-topic", "plays", "--until-idle", says=["windows/plays"])
        self.assertEqual(foreign.read_bytes(), b"PAR1")

    def test_a_topic_that_was_deleted_and_made_anew(self):
        self.produce(100)
        self.stream("plays")
        self.run_playhead("topics", "delete", "plays")
        self.refused("stream", "--input-topic", "plays", "--until-idle", says=["playhead topics create plays"], kind="not_found")
        self.assertTrue(self.run_playhead("status").last["topic_missing"])
        self.produce(300)
        self.refused("stream", "--input-topic", "plays", "--until-idle", says=["made anew", "playhead jobs reset plays"])
        self.run_playhead("jobs", "reset", "plays")
        self.assertEqual(self.stream("plays", "--window", "1s")["records"]["read"], 300)
        self.assert_exact()

    def test_a_deleted_output(self):
        self.produce(2_000)
        output = self.folder / "elsewhere"
        self.stream("plays", "--window", "1s", "--output-path", output)
        shutil.rmtree(output)
        self.refused("stream", "--input-topic", "plays", "--window", "1s", "--output-path", output, "--until-idle", says=["output", "playhead jobs reset"])
        self.run_playhead("jobs", "reset", "plays")
        self.stream("plays", "--window", "1s")
        self.assert_exact()

    def test_a_deleted_checkpoint(self):
        self.produce(2_000)
        output = self.folder / "elsewhere"
        arguments = ("stream", "--input-topic", "plays", "--window", "1s", "--output-path", output, "--until-idle")
        self.run_playhead(*arguments)
        shutil.rmtree(self.data / "checkpoints")
        for _ in range(2):
            self.refused(*arguments, says=["checkpoint", "playhead jobs reset"])
        self.assertEqual(len(list(output.glob("*.parquet"))), 1, "a refusal takes nothing away")
        self.run_playhead("jobs", "reset", "plays", "--output-path", output)
        self.assertEqual(list(output.glob("*.parquet")), [])
        self.run_playhead(*arguments)
        self.assertEqual(playhead.sql(f"SELECT sum(count) FROM '{output}/*.parquet'"), [(2_000,)])

    def test_a_second_process_of_the_job(self):
        self.produce(100)
        running = self.start_stream()
        self.wait_for(lambda: (self.data / "checkpoints/plays/output").exists(), "the stream is up")
        self.refused("stream", "--input-topic", "plays", "--until-idle", says=["--take-over"], kind="busy")
        self.refused("jobs", "reset", "plays", says=["another process"], kind="busy")
        self.refused("jobs", "drop", "plays", says=["another process"], kind="busy")
        self.assertTrue(self.run_playhead("status").last["running"])
        self.end_with(running)
        self.assertFalse(self.run_playhead("status").last["running"])


class Jobs(StreamCase):
    def test_list_reset_and_drop(self):
        self.produce(2_000)
        self.assertEqual(self.run_playhead("jobs", "list").objects, [])
        self.stream("plays", "--window", "1s")
        self.stream("plays", "--window", "1s", "--job", "second")
        self.produce(500)
        listed = {job["job"]: job for job in self.run_playhead("jobs", "list").objects}
        self.assertEqual(sorted(listed), ["plays", "second"])
        self.assertEqual(
            {name: listed["plays"][name] for name in ("topic", "key", "window", "running", "records", "lag")},
            {"topic": "plays", "key": "genre", "window": "1s", "running": False, "records": 2_000, "lag": 500})
        note = self.output_of("plays") / "note.txt"
        note.write_text("mine", encoding="utf-8")
        self.run_playhead("jobs", "reset", "plays")
        self.assertEqual(sorted(path.name for path in self.output_of("plays").iterdir()), ["note.txt"], "reset takes what the job wrote, and no more")
        self.assertEqual(self.stream("plays", "--window", "1s")["processed"], 2_500)
        self.assert_exact()
        self.assertEqual(self.stream("plays", "--window", "1s", "--job", "second")["processed"], 500, "the other job goes on")

        before = self.rows("plays")
        self.run_playhead("jobs", "drop", "plays")
        self.assertEqual(self.rows("plays"), before, "the windows stay")
        self.assertEqual([job["job"] for job in self.run_playhead("jobs", "list").objects], ["second"])
        self.refused("jobs", "drop", "plays", says=["jobs list"], kind="not_found")
        self.refused("stream", "--input-topic", "plays", "--window", "1s", "--until-idle")
        self.assertEqual(self.rows("plays"), before, "and are not written over")


    def test_a_reset_that_is_killed_never_leaves_half_of_the_windows_to_count_on(self):
        self.produce(3_000)
        killed = refused = 0
        for rule in [f"{moment}{operation} * {count} kill" for operation in ("remove", "rename") for moment in ("", "after-") for count in (1, 2, 4, 6, 9, 12, 16, 20)]:
            with self.subTest(rule=rule):
                self.stream("plays", "--window", "1s")
                done = self.start("jobs", "reset", "plays", faults=rule).finish()
                self.assertIn(done.status, (0, -9), str(done))
                killed += done.status == -9
                done = self.start_stream("--window", "1s", "--until-idle").finish()
                if done.status != 0:
                    self.assertIn(done.error["kind"], ("invalid", "corrupt"), str(done))
                    refused += 1
                    self.run_playhead("jobs", "reset", "plays")
                    self.stream("plays", "--window", "1s")
                self.assert_exact()
        self.assertGreater(killed, 8)
        self.assertGreater(refused, 2)

    def test_a_stream_that_is_killed_before_there_is_a_job(self):
        self.produce(100)
        for rule in ("open */lock 1 kill", "write */checkpoints/plays/job* 1 kill", "rename */checkpoints/plays/job* 1 kill",
                     "after-rename */checkpoints/plays/job* 1 kill", "write */checkpoints/plays/output* 1 kill"):
            with self.subTest(rule=rule):
                done = self.start_stream("--until-idle", faults=rule).finish()
                self.assertIn(done.status, (0, -9), str(done))
                self.run_playhead("status")
                self.run_playhead("jobs", "list")
        self.stream("plays", "--window", "1m")
        self.assertEqual(self.run_playhead("jobs", "list").last["records"], 100)


class Trouble(StreamCase):
    """A rule of src/io/fault.h plays the disk: a clear error and 1; once the trouble is over, the counts are exact."""

    def failing_then_exact(self, rules, kind, words, *arguments):
        self.produce(3_000, "--partitions", 2)
        self.stream("plays", "--window", "1s", *arguments)
        for rule in rules:
            with self.subTest(rule=rule):
                self.produce(1_500, start="2026-03-01T00:00:02Z")
                self.refused("stream", "--input-topic", "plays", "--window", "1s", "--until-idle", *arguments, faults=rule, kind=kind, says=words)
                self.stream("plays", "--window", "1s", *arguments)
                self.assert_exact()

    def test_a_full_disk(self):
        rules = [
            "write */p?/journal-* 1+ no-space", "write */p?/journal-* 3+ no-space", "write */p?/journal-* 5+ no-space",
            "write *.staging/* 1+ no-space", "write *.manifests/* 1+ no-space", "write *.manifests/* 2+ no-space", "write */open-windows-* 1+ no-space"]
        self.failing_then_exact(rules, "limit", ["the disk is full"])

    def test_a_failing_disk(self):
        rules = [
            "sync */p?/journal-* 3+ io-error", "sync *.staging/* 1 io-error", "create *.manifests/* 2 io-error", "after-create *.manifests/* 2 io-error",
            "rename *.parquet 1 io-error", "after-rename *.parquet 1 io-error", "open *.segment 1+ io-error", "rename */open-windows-* 1 io-error"]
        self.failing_then_exact(rules, "io", ["input/output error"])

    def test_an_output_that_may_not_be_written(self):
        self.failing_then_exact(["open *windows/plays/* 1+ io-error", "create *windows/plays/* 1+ io-error"], "io", ["windows/plays"])

    @unittest.skipIf(os.geteuid() == 0, "root may write into a read-only folder; the test above plays one by a rule")
    def test_a_read_only_output(self):
        self.produce(100)
        self.output_of("plays").mkdir(parents=True)
        self.output_of("plays").chmod(0o555)
        self.refused("stream", "--input-topic", "plays", "--until-idle", kind="io", says=["windows/plays"])
        self.output_of("plays").chmod(0o755)
        self.assertEqual(self.stream("plays")["records"]["read"], 100)

    def test_a_full_disk_under_the_log(self):
        for rule in ("write *.segment 1+ no-space", "write *.segment 2+ no-space", "sync *.segment 2+ no-space", "write */mark 2+ no-space"):
            with self.subTest(rule=rule):
                self.run_playhead("topics", "create", "plays", "--clock", "record")
                message = self.produce_refused(rule)
                acknowledged = int(message.split("after ")[1].split(" were sent")[0].replace(",", ""))
                self.assertGreaterEqual(self.ends("plays")[0], acknowledged)
                self.produce(1_000)
                records = self.records("plays")[0]
                self.assertEqual([record["offset"] for record in records], list(range(self.ends("plays")[0])))
                self.assertGreaterEqual(len(records), acknowledged + 1_000)
                self.run_playhead("topics", "delete", "plays")

    def produce_refused(self, rule):
        arguments = ("produce", "--topic", "plays", "--rate", "max", "--total", 20_000, "--start-time", START)
        return self.refused(*arguments, faults=rule, kind="limit", says=["disk is full"])


class Many(StreamCase):
    def test_a_hundred_thousand_keys(self):
        self.produce(120_000, "--uniform")
        sums = self.stream("plays", "--key", "track", "--window", "1h")
        self.assertEqual(sums["plays_published"], 120_000)
        path = self.folder / "records.json"
        path.write_text(self.run_playhead("topics", "read", "plays").output, encoding="utf-8")
        counted = f"SELECT track, count FROM '{self.output_of('plays')}/*.parquet'"
        raw = f"SELECT value->>'track_id', count(*) FROM read_json('{path}', columns = {{value: 'VARCHAR'}}) GROUP BY ALL"
        self.assertGreater(playhead.sql(f"SELECT count(*) FROM ({counted})")[0][0], 100_000)
        self.assertEqual(playhead.sql(f"({counted} EXCEPT ALL {raw}) UNION ALL ({raw} EXCEPT ALL {counted})"), [])

    def test_too_many_open_windows_is_an_error_that_says_so(self):
        self.produce(1_000, "--uniform")
        self.refused("stream", "--input-topic", "plays", "--key", "track", "--open-windows-max", 100, "--until-idle", kind="limit", says=["--open-windows-max"])
        self.assertEqual(self.stream("plays", "--key", "track")["plays_published"], 1_000)


class Settings(StreamCase):
    def wrong(self, *arguments, **options):
        done = self.run_playhead(*arguments, status=2, **options)
        self.assertEqual(done.error["kind"], "invalid")
        return done.error["message"]

    def test_a_file_and_the_environment(self):
        self.produce(2_000)
        settings = self.folder / "playhead.toml"
        settings.write_text('[stream]\ninput-topic = "plays"\njob = "from-file"\nwindow = "1s"\nuntil-idle = true\n', encoding="utf-8")
        self.assertEqual(self.run_playhead("stream", "--config", settings).last["job"], "from-file")
        environment = {"PLAYHEAD_CONFIG": str(settings), "PLAYHEAD_JOB": "from-environment", "PLAYHEAD_KEY": "track"}
        self.assertEqual(self.run_playhead("stream", environment=environment).last["job"], "from-environment")
        self.assertEqual(self.run_playhead("stream", "--job", "from-line", environment=environment).last["job"], "from-line")
        jobs = {job["job"]: (job["key"], job["window"]) for job in self.run_playhead("jobs", "list").objects}
        self.assertEqual(jobs, {"from-file": ("genre", "1s"), "from-environment": ("track", "1s"), "from-line": ("track", "1s")})

    def test_a_wrong_file(self):
        settings = self.folder / "playhead.toml"
        for text, named in (('[stream]\ntriger = "1s"\n', "triger"), ('[streem]\ntrigger = "1s"\n', "streem"), ('[stream]\ntrigger = "soon"\n', "trigger")):
            with self.subTest(text=text):
                settings.write_text(text, encoding="utf-8")
                message = self.wrong("stream", "--config", settings, "--until-idle")
                self.assertIn(named, message)
                if named != "trigger":
                    self.assertIn("playhead.toml", message)
        self.assertIn("absent.toml", self.wrong("stream", "--config", self.folder / "absent.toml"))

    def test_wrong_flags(self):
        self.assertIn("did you mean --trigger", self.wrong("stream", "--triger", "1s"))
        self.assertIn("did you mean --until-idle", self.wrong("stream", "--until-idel"))
        self.assertIn("did you mean 'stream'", self.wrong("streem"))
        self.assertIn("--trigger", self.wrong("stream", "--trigger", "soon"))
        self.assertIn("genre", self.wrong("stream", "--key", "gender_"))
        self.assertIn("--window", self.wrong("stream", "--window", "10ms"))
        self.assertIn("soon", self.wrong("stream", environment={"PLAYHEAD_TRIGGER": "soon"}))
        self.assertIn("--job", self.wrong("stream", "--job", "../up"))
        self.assertIn("--job", self.wrong("stream", "--job", ".hidden"))


if __name__ == "__main__":
    unittest.main()
