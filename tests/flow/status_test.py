"""`status` tells how far a job and its tables are, of the data folder that it is asked about and of no other."""

import os
import shutil
import subprocess
import unittest

from playhead import BINARY, Case


class Status(Case):
    def fill(self, *arguments):
        lines = self.folder / "lines"
        lines.write_text("no event\n" * 5, encoding="utf-8")
        self.run_playhead("produce", "--rate", "max", "--total", 3_000, "--seed", 5, "--partitions", 2)
        self.run_playhead("produce", "--topic", "music-plays", "--from", lines)
        return self.stream("music-plays", *arguments)

    def status(self, **options):
        return self.run_playhead("status", "--job", "plays", **options)

    def test_nothing_yet(self):
        self.assertEqual(self.run_playhead("status").objects, [])
        self.assertFalse(self.data.exists())

    def test_lake_late_events_and_dead_letters(self):
        self.fill()
        found = self.status().last
        for table, folder in (("lake", "lake/music-plays"), ("rejected", "rejected/plays")):
            commit = max(int(file.name) for file in (self.data / folder / ".manifests").iterdir())
            self.assertEqual(found[table], {"folder": f"{self.data}/{folder}", "missing": False, "commit": commit, "records": 3_005, "behind": 0})
        text = self.status(json_output=False).output
        self.assertIn(f"lake: {self.data}/lake/music-plays/**/*.parquet, 3,005 records in", text)
        self.assertIn("0 late and 0 duplicates", text)
        self.assertIn("dead_letters/*.parquet, 5", text)

    def test_what_the_lake_does_not_have_yet(self):
        self.run_playhead("topics", "create", "music-plays")
        running = self.start("stream", "--input-topic", "music-plays", "--lake-interval", "1h", "--trigger", "10ms")
        self.run_playhead("produce", "--rate", "max", "--total", 100)
        self.wait_for(lambda: (self.status_or_none() or {}).get("records", {}).get("read") == 100, "all is counted")
        found = self.status().last
        self.assertEqual((found["lake"]["records"], found["lake"]["behind"]), (0, 100))
        self.assertEqual(found["rejected"]["behind"], 100)
        self.end_with(running)
        found = self.status().last
        self.assertEqual((found["lake"]["records"], found["lake"]["behind"]), (100, 0))

    def status_or_none(self):
        done = self.start("status", "--job", "plays").finish()
        return done.last if done.status == 0 else None

    def test_another_jobs_lake_is_not_its_own(self):
        self.fill()
        self.stream("music-plays", "--job", "second")
        self.assertIsNone(self.run_playhead("status", "--job", "second").last["lake"])
        self.assertIn("lake: none of this job", self.run_playhead("status", "--job", "second", json_output=False).output)

    def test_a_copy_speaks_of_itself(self):
        self.fill()
        copied = self.folder / "copy"
        shutil.copytree(self.data, copied)
        found = self.status(data=copied).last
        self.assertEqual(found["output"], f"{copied}/windows/plays")
        self.assertEqual(found["lake"]["folder"], f"{copied}/lake/music-plays")
        self.run_playhead("jobs", "reset", "plays", data=copied)
        self.assertEqual(self.status().last["plays_published"], 3_000, "what is done to a copy leaves the first one alone")
        self.assertTrue(self.run_playhead("reconcile").last["reconciles"])

    @unittest.skipIf(os.geteuid() == 0, "nothing is forbidden to root")
    def test_who_may_only_read_sees_all_but_whether_it_runs(self):
        self.fill()
        lock = self.data / "checkpoints/plays/lock"
        lock.chmod(0o444)
        self.assertIsNone(self.status().last["running"])
        self.assertIn("this user may not look", self.status(json_output=False).output)
        self.assertTrue(self.run_playhead("reconcile").last["reconciles"])
        lock.chmod(0o644)
        self.assertIs(self.status().last["running"], False)

    def test_a_reader_that_has_gone_away_ends_it_without_a_crash(self):
        self.fill()
        for command in ("status", "doctor", "reconcile", "deadletters show"):
            reading, writing = os.pipe()
            os.close(reading)
            own = {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")}
            done = subprocess.run([str(BINARY), *command.split(), "--job", "plays", "--data", str(self.data)], env=own, stdout=writing, stderr=writing, check=False)
            os.close(writing)
            self.assertIn(done.returncode, (0, 1), command)
            with open("/dev/full", "wb") as full:
                done = subprocess.run([str(BINARY), *command.split(), "--job", "nothing", "--data", str(self.data)], env=own, stdout=full, stderr=full, check=False)
            self.assertEqual(done.returncode, 1, command)

    def test_a_job_that_was_killed_before_its_first_commit(self):
        self.run_playhead("produce", "--rate", "max", "--total", 10)
        done = self.start("stream", "--input-topic", "music-plays", "--until-idle", faults="create *.manifests/* 1 kill").finish()
        self.assertLess(done.status, 0, str(done))
        found = self.status().last
        self.assertEqual((found["output"], found["lag"], found["lake"]), (f"{self.data}/windows/plays", 10, None))
        self.assertTrue(self.run_playhead("reconcile").last["reconciles"])
        self.assertTrue(self.run_playhead("doctor").last["sound"])


if __name__ == "__main__":
    unittest.main()
