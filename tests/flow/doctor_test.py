"""`doctor` names everything that is damaged in a copy of a data folder, and finds nothing wrong in an intact one."""

import glob
import os
import shutil
import unittest

from playhead import Case


class Doctor(Case):
    def fill(self, **options):
        lines = self.folder / "lines"
        lines.write_text("no event\n" * 5, encoding="utf-8")
        self.run_playhead("produce", "--rate", "max", "--total", 20_000, "--seed", 5, "--partitions", 2)
        self.run_playhead("produce", "--topic", "music-plays", "--from", lines)
        return self.stream("music-plays", **options)

    def copy(self):
        copied = self.folder / "copy"
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(self.data, copied)
        return copied

    def doctor(self, data, *arguments, **options):
        done = self.run_playhead("doctor", *arguments, data=data, **options)
        return [found for found in done.objects if "check" in found], done

    def problems(self, data):
        findings, done = self.doctor(data, status=1)
        problems = [found for found in findings if found["problem"]]
        self.assertEqual(len(problems), next(found for found in done.objects if "sound" in found)["problems"])
        self.assertIn("problem", done.error["message"])
        self.assertTrue(all(found["message"] for found in problems))
        return problems

    @staticmethod
    def one(data, pattern):
        return sorted(glob.glob(f"{data}/{pattern}", recursive=True))[-1]

    @staticmethod
    def flip(path, position):
        with open(path, "r+b") as file:
            file.seek(position)
            byte = file.read(1)
            file.seek(position)
            file.write(bytes([byte[0] ^ 1]))

    def test_an_intact_folder_is_sound(self):
        self.fill()
        findings, done = self.doctor(self.data)
        self.assertEqual(findings, [])
        self.assertTrue(done.last["sound"])
        self.assertGreaterEqual(done.last["checks_without_findings"], 9)
        text = self.run_playhead("doctor", json_output=False).output
        self.assertIn("20,005 records, all checksums right", text)
        self.assertNotIn("WRONG", text)

    def test_it_changes_nothing(self):
        self.fill()
        before = {path: (os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in glob.glob(f"{self.data}/**/*.*", recursive=True)}
        self.doctor(self.data)
        self.assertEqual(before, {path: (os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in before})
        self.assertEqual(before.keys(), set(glob.glob(f"{self.data}/**/*.*", recursive=True)))

    def test_names_each_kind_of_damage(self):
        self.fill()
        cases = (
            ("log", "log/music-plays/0/*.segment", lambda path: self.flip(path, 5000)),
            ("folder", "lake/music-plays/**/*.parquet", lambda path: os.truncate(path, os.path.getsize(path) // 2)),
            ("folder", "windows/plays/*.parquet", lambda path: os.truncate(path, 3)),
            ("folder", "rejected/plays/dead_letters/*.parquet", lambda path: self.flip(path, os.path.getsize(path) - 2)),
            ("folder", "windows/plays/.manifests/*[!.]", self.damage_newest),
            ("journal", "checkpoints/plays/p1/journal-*", lambda path: self.flip(path, 30)),
            ("ids", "checkpoints/plays/p0/state-*/*", os.unlink),
            ("windows", "checkpoints/plays/open-windows-*", lambda path: self.flip(path, 4)),
        )
        for check, pattern, damage in cases:
            with self.subTest(check=check, damaged=pattern):
                data = self.copy()
                path = self.one(data, pattern)
                damage(path)
                problems = self.problems(data)
                self.assertIn(check, [found["check"] for found in problems])
                named = " ".join(found["subject"] + " " + found["message"] for found in problems)
                self.assertIn(os.path.basename(path) if check != "journal" else "checkpoints/plays/p1", named)
                self.assertTrue(any(found["remedy"] for found in problems), problems)

    def damage_newest(self, path):
        for name in glob.glob(os.path.join(os.path.dirname(path), "*")):
            self.flip(name, 10)

    def test_an_older_checkpoint_or_output_is_noticed(self):
        self.fill()
        old = self.copy()
        self.run_playhead("produce", "--rate", "max", "--total", 1000, "--seed", 6)
        self.stream("music-plays")
        for part, words in (("checkpoints", "the checkpoint was lost or is older"), ("windows", "the output was lost or is older"),
                            ("lake", "the output was lost or is older"), ("log", "records are lost")):
            with self.subTest(older=part):
                mixed = self.folder / "mixed"
                shutil.rmtree(mixed, ignore_errors=True)
                shutil.copytree(self.data, mixed)
                shutil.rmtree(mixed / part)
                shutil.copytree(old / part, mixed / part)
                self.assertIn(words, " ".join(found["message"] for found in self.problems(mixed)))

    def test_a_table_that_is_gone_as_a_whole_is_missed(self):
        self.fill()
        for part in ("windows/plays", "rejected/plays", "lake/music-plays", "lake"):
            with self.subTest(gone=part):
                data = self.copy()
                shutil.rmtree(data / part)
                named = " ".join(found["subject"] + " " + found["message"] for found in self.problems(data))
                self.assertIn(f"{data}/{part}", named)
                done = self.run_playhead("reconcile", data=data, status=1)
                self.assertIn(f"{data}/{part}", done.error["message"])
                self.assertFalse(next(found for found in done.objects if "reconciles" in found)["reconciles"])
                self.run_playhead("status", data=data)

    def test_a_lake_that_is_gone_is_not_begun_anew_without_a_word(self):
        self.fill()
        shutil.rmtree(self.data / "lake")
        done = self.run_playhead("stream", "--input-topic", "music-plays", "--until-idle", status=1)
        for words in (f"{self.data}/lake/music-plays is gone", "jobs reset", "--lake off"):
            self.assertIn(words, done.error["message"])
        self.assertTrue(self.run_playhead("status", "--job", "plays").last["lake"]["missing"])
        self.stream("music-plays", "--lake", "off")
        self.assertEqual(self.doctor(self.data)[0], [], "it was given up")
        self.run_playhead("jobs", "reset", "plays")
        self.stream("music-plays")
        self.assertEqual(self.doctor(self.data)[0], [])

    def test_late_events_that_are_gone_are_not_begun_anew_without_a_word(self):
        self.fill()
        shutil.rmtree(self.data / "rejected")
        done = self.run_playhead("stream", "--input-topic", "music-plays", "--until-idle", status=1)
        mark = self.data / "checkpoints" / "plays" / "rejected"
        for words in (f"{self.data}/rejected/plays is gone", "jobs reset", str(mark)):
            self.assertIn(words, done.error["message"])
        mark.unlink()
        self.stream("music-plays")

    def test_rows_that_are_gone_do_not_reconcile(self):
        self.fill()
        data = self.copy()
        files = sorted(glob.glob(f"{data}/lake/music-plays/**/*.parquet", recursive=True), key=os.path.getsize)
        shutil.copy(files[0], files[-1])
        self.assertIn("reconcile", [found["check"] for found in self.problems(data)])

    def test_little_space_is_told(self):
        self.fill()
        done = self.run_playhead("doctor", "--free-min", "1000000GiB", status=1)
        self.assertIn("space", [found.get("check") for found in done.objects])

    def test_repair_finishes_what_was_cut_short_and_loses_nothing(self):
        self.run_playhead("produce", "--rate", "max", "--total", 20_000, "--seed", 5, "--partitions", 2)
        done = self.start("stream", "--input-topic", "music-plays", "--until-idle", faults="rename *.parquet 1 kill").finish()
        self.assertLess(done.status, 0, str(done))
        findings, _ = self.doctor(self.data)
        self.assertTrue(any("wait for their names" in found["message"] for found in findings), findings)
        done = self.run_playhead("doctor", "--repair")
        self.assertTrue(any("repaired" in found for found in done.objects), str(done))
        self.assertEqual(self.doctor(self.data)[0], [])
        self.stream("music-plays")
        self.assert_counted("plays", "music-plays")
        self.assertTrue(self.run_playhead("reconcile").last["reconciles"])

    def test_beside_a_running_stream_it_looks_but_does_not_repair(self):
        self.fill()
        running = self.start("stream", "--input-topic", "music-plays", "--trigger", "10ms", "--lake-interval", "100ms")
        self.wait_for(lambda: self.run_playhead("status").last["running"], "the stream runs")
        for seed in range(5):
            self.run_playhead("produce", "--rate", "max", "--total", 2_000, "--seed", seed)
            findings, _ = self.doctor(self.data)
            self.assertEqual([found for found in findings if found["problem"]], [])
        self.assertEqual(self.run_playhead("doctor", "--repair", status=1).error["kind"], "busy")
        self.end_with(running)
        self.assert_counted("plays", "music-plays")

    def test_nothing_yet(self):
        self.assertEqual(self.doctor(self.data)[0], [])
        self.assertFalse(self.data.exists())


if __name__ == "__main__":
    unittest.main()
