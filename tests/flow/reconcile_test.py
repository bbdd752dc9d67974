"""`reconcile` counts the rows of committed files: every record read is in exactly one of them, also after kills, and it sees what is not."""

import glob
import os
import unittest

import duckdb
from playhead import Case, sql


class Reconcile(Case):
    def fill(self, plays=20_000, **options):
        lines = self.folder / "lines"
        lines.write_text("no event\n" * 7, encoding="utf-8")
        self.run_playhead("produce", "--rate", "max", "--total", plays, "--seed", 3, "--partitions", 2, **options)
        self.run_playhead("produce", "--topic", "music-plays", "--from", lines)

    def lake_files(self):
        return sorted(glob.glob(f"{self.data}/lake/music-plays/**/*.parquet", recursive=True))

    def rewrite(self, path, query):
        """Replaces a Parquet file by the rows of a query over it."""
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({query}) TO '{path}.other' (FORMAT parquet)")
        os.replace(f"{path}.other", path)

    def wrong(self, *arguments):
        done = self.run_playhead("reconcile", *arguments, status=1)
        sums = next(found for found in done.objects if "reconciles" in found)
        self.assertFalse(sums["reconciles"])
        return sums, done.error["message"], [found for found in done.objects if found.get("holds") is False]

    def test_holds_by_hour_and_agrees_with_the_files(self):
        self.fill()
        self.stream("music-plays")
        done = self.run_playhead("reconcile")
        hours, sums = done.objects[:-1], done.last
        self.assertTrue(sums["reconciles"])
        self.assertEqual(sums["total"]["records"], sum(self.ends("music-plays")))
        self.assertEqual(sums["total"]["dead_letters"], 7)
        self.assertEqual(sums["windows"]["plays_in_lake"], sums["windows"]["sum_of_rows"])
        self.assertEqual(sums["lag"], 0)
        found = {(hour["partition"], hour["hour"][:13]): hour["on_time"] for hour in hours if hour["on_time"]}
        lake = sql(f"SELECT partition, strftime(ingest_time, '%Y-%m-%dT%H'), count(*) FROM '{self.data}/lake/music-plays/**/*.parquet' "
                   "WHERE disposition = 'on_time' GROUP BY ALL")
        self.assertEqual(found, {(partition, hour): count for partition, hour, count in lake})

    def test_holds_after_kills_and_beside_a_running_stream(self):
        self.fill()
        for faults in ("rename *.parquet 1 kill", "create *.manifests* 4 kill", "after-create *rejected*.manifests* 2 kill"):
            done = self.start("stream", "--input-topic", "music-plays", "--until-idle", "--lake-interval", "100ms", faults=faults).finish()
            self.assertLess(done.status, 1, str(done))
            if (self.data / "checkpoints/plays/job").exists():
                self.assertTrue(self.run_playhead("reconcile").last["reconciles"])
        running = self.start("stream", "--input-topic", "music-plays", "--lake-interval", "100ms", "--trigger", "10ms")
        for seed in range(10):
            self.run_playhead("produce", "--rate", "max", "--total", 2_000, "--seed", seed)
            self.assertTrue(self.run_playhead("reconcile").last["reconciles"])
        self.end_with(running)
        self.stream("music-plays")
        sums = self.run_playhead("reconcile").last
        self.assertEqual(sums["total"]["records"], sum(self.ends("music-plays")))

    def test_names_the_hour_of_rows_that_are_gone(self):
        self.fill()
        self.stream("music-plays")
        path = self.lake_files()[0]
        partition, offset, hour = sql(
            f"""SELECT partition, "offset", strftime(ingest_time, '%Y-%m-%dT%H') FROM '{path}' ORDER BY "offset" LIMIT 1 OFFSET 10""")[0]
        self.rewrite(path, f"""SELECT * FROM '{path}' WHERE "offset" NOT BETWEEN {offset + 1} AND {offset + 3} ORDER BY "offset" """)
        sums, message, hours = self.wrong()
        self.assertEqual(sums["total"]["missing"], 3)
        self.assertEqual([(found["partition"], found["hour"][:13], found["missing"]) for found in hours], [(partition, hour, 3)])
        self.assertIn(f"partition {partition}, hour {hour.replace('T', ' ')}: 3 records missing", message)

    def test_sees_rows_that_are_there_twice(self):
        self.fill()
        self.stream("music-plays")
        path = self.lake_files()[0]
        self.rewrite(path, f"""SELECT * FROM '{path}' UNION ALL (SELECT * FROM '{path}' ORDER BY "offset" LIMIT 2)""")
        self.assertEqual(self.wrong()[0]["total"]["twice"], 2)

    def test_sees_windows_that_were_changed(self):
        self.fill()
        self.stream("music-plays")
        path = glob.glob(f"{self.data}/windows/plays/*.parquet")[0]
        self.rewrite(path, f"SELECT * REPLACE (count + 1 AS count) FROM '{path}'")
        sums, message, hours = self.wrong()
        self.assertEqual(hours, [])
        self.assertGreater(sums["windows"]["sum_of_rows"], sums["windows"]["published_plays"])
        self.assertIn("windows: ", message)

    def test_without_a_lake_it_says_what_it_can_not_see(self):
        self.fill()
        self.stream("music-plays", "--lake", "off")
        sums = self.run_playhead("reconcile").last
        self.assertTrue(sums["reconciles"])
        self.assertEqual((sums["lake"], sums["total"]["on_time"], sums["total"]["dead_letters"]), (False, None, 7))
        self.assertIn("the job has no lake", self.run_playhead("reconcile", json_output=False).output)

    def test_each_job_for_itself(self):
        self.fill()
        self.stream("music-plays")
        self.stream("music-plays", "--job", "hourly", "--window", "1h")
        found = {sums["job"]: sums["lake"] for sums in self.run_playhead("reconcile").objects if "reconciles" in sums}
        self.assertEqual(found, {"plays": True, "hourly": False})
        self.assertEqual(self.run_playhead("reconcile", "--job", "other", status=1).error["kind"], "not_found")


if __name__ == "__main__":
    unittest.main()
