"""`playhead consolidate` on what a stream has published: few files, the same rows, whatever happens on the way."""

import csv
import datetime
import glob
import json
import pathlib
import random
import shutil
import threading
import time
import unittest

import duckdb

import playhead

BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
GENRES = ("pop", "rock", "jazz", "=2+3", 'a "quoted", one', "Fado é")
HOURS = 30
SEED = 7

# Where it is killed: operation, path, and the number of the last one that is tried.
POINTS = (
    ("create *.manifests/*", 1), ("after-create *.manifests/*", 1), ("remove *.staging/*", 2), ("link */windows-*", 30), ("after-link */windows-*", 30),
    ("sync-folder *", 30), ("open *root?windows-*", 3), ("write *root?windows-*", 3), ("after-write *root?windows-*", 3), ("sync *root?windows-*", 4), ("exchange *", 2),
    ("after-exchange *", 2), ("remove *", 6), ("create *_backup_*", 1), ("after-create *_backup_*", 1))


def lines(chance, hours=HOURS):
    for minute in range(0, hours * 60, 2):
        event = {"user_id": f"u{chance.randrange(20)}", "track_id": f"t{minute}", "genre": chance.choice(GENRES),
                 "timestamp": (BEGIN + datetime.timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.%f")}
        yield json.dumps(event)


class Consolidate(playhead.Case):
    def publish(self, hours=HOURS):
        source = self.folder / "events.json"
        source.write_text("\n".join(lines(random.Random(SEED), hours)) + "\n", encoding="utf-8")
        self.run_playhead("produce", "--topic", "plays", "--from", source)
        self.stream("plays")
        self.windows = self.output_of("plays")
        return self.seen()

    def seen(self):
        """All rows, as a list: a row that is there twice is seen twice."""
        return sorted(playhead.sql(f"SELECT epoch_us(window_start), genre, count FROM '{self.windows}/*.parquet'"))

    def files(self):
        return sorted(pathlib.Path(name).name for name in glob.glob(f"{self.windows}/*.parquet"))

    def consolidate(self, *arguments, **options):
        return self.run_playhead("consolidate", "--output-path", self.windows, *arguments, **options)

    def beside(self):
        return sorted(path.name for path in self.windows.parent.iterdir() if path != self.windows)

    def test_merges_once_says_what_it_did_and_then_has_nothing_to_do(self):
        rows = self.publish()
        self.assertEqual(len(self.files()), HOURS)
        plan = self.consolidate("--dry-run").last
        self.assertEqual((plan["files_before"], plan["files_after"]), (HOURS, 1))
        self.assertEqual((len(self.files()), self.beside()), (HOURS, []), "a dry run changed something")
        done = self.consolidate()
        report = done.last
        self.assertEqual((report["files_before"], report["files_after"], report["changed"], report["rows_copied"]), (HOURS, 1, True, len(rows)))
        self.assertEqual(report["bytes_after"], sum(path.stat().st_size for path in self.windows.glob("*.parquet")))
        self.assertEqual(self.files(), ["windows-20260301T000000Z-20260302T060000Z.parquet"])
        self.assertEqual(self.seen(), rows)
        starts = [start for (start,) in playhead.sql(f"SELECT epoch_us(window_start) FROM '{self.windows}/*.parquet'")]
        self.assertEqual(starts, sorted(starts), "the rows are not in their order any more")
        for step in ("backup of 30 files", "30 files of", "the same before and after", "exchanged", "all found again"):
            self.assertIn(step, done.errors)
        backup = pathlib.Path(self.folder / report["backup"])
        self.assertEqual(len(list(backup.glob("*.parquet"))), HOURS)
        self.assertEqual(sorted(playhead.sql(f"SELECT epoch_us(window_start), genre, count FROM '{backup}/*.parquet'")), rows)
        again = self.consolidate().last
        self.assertEqual((again["changed"], again["backup"]), (False, ""))
        self.assertEqual(len(self.beside()), 1)

    def test_the_stream_goes_on_in_the_merged_file_and_late_plays_find_their_row(self):
        self.publish(4)
        self.consolidate()
        for round_number in (1, 2):
            more = self.folder / f"more{round_number}.json"
            times = [BEGIN + datetime.timedelta(minutes=minute) for minute in (4 * 60 - 3, 4 * 60 - 5, 4 * 60 - 5, 4 * 60 + 30 * round_number)]
            more.write_text("".join(json.dumps({"user_id": "u", "track_id": f"t{round_number}-{number}", "genre": "pop", "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%f")}) + "\n"
                                    for number, moment in enumerate(times)), encoding="utf-8")
            before = dict(((start, genre), count) for start, genre, count in self.seen())
            self.run_playhead("produce", "--topic", "plays", "--from", more)
            self.stream("plays")
            found = self.rows("plays")  # each window and key stands once
            for moment, plays in ((times[0], 1), (times[1], 2)):
                at = (int(moment.timestamp() // 60) * 60_000_000, "pop")
                self.assertEqual(found[at], before.get(at, 0) + plays)
            self.assert_counted("plays", "plays")
            self.consolidate()
            self.assertEqual(self.rows("plays"), found)
            self.assertEqual(len(self.files()), 1)

    def test_target_size_is_kept(self):
        rows = self.publish()
        size = max(path.stat().st_size for path in self.windows.glob("*.parquet"))
        target = str(2.1 * size / 2**30)
        self.consolidate("--target-file-size-gb", target)
        self.assertLess(len(self.files()), HOURS / 2)
        self.assertLessEqual(max(path.stat().st_size for path in self.windows.glob("*.parquet")), 2.1 * size)
        self.assertEqual(self.seen(), rows)
        self.assertFalse(self.consolidate("--target-file-size-gb", target).last["changed"])

    def test_backups_are_listed_and_pruned(self):
        self.publish(3)
        backup = self.consolidate().last["backup"]
        old = self.windows.parent / "plays_backup_20200101T000000Z"
        shutil.copytree(self.folder / backup, old)
        listed = [line["backup"] for line in self.consolidate("--list-backups").objects]
        self.assertEqual([pathlib.Path(path).name for path in listed], [old.name, pathlib.Path(backup).name])
        removed = self.consolidate("--keep-backups", "30d").last
        self.assertEqual(pathlib.Path(removed["removed"]).name, old.name)
        self.assertEqual(self.beside(), [pathlib.Path(backup).name])

    def test_csv_has_all_rows_and_no_formulas(self):
        rows = self.publish(5)
        said = self.consolidate("--format", "csv").last
        self.assertEqual(said["rows"], len(rows))
        with open(f"{self.windows}.csv", encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        self.assertEqual(list(found[0]), ["window_start", "window_end", "genre", "count"])
        as_rows = []
        for row in found:
            start = datetime.datetime.strptime(row["window_start"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
            self.assertNotIn(row["genre"][0], "=+-@")
            as_rows.append((int(start.timestamp()) * 1_000_000, row["genre"].removeprefix("'"), int(row["count"])))
        self.assertEqual(sorted(as_rows), rows)
        self.assertTrue(any(row["genre"] == "'=2+3" for row in found))

    def test_refuses_what_is_not_ours(self):
        rows = self.publish(4)
        self.run_playhead("consolidate", "--output-path", self.folder / "nowhere", status=1)
        (self.windows / "notes.txt").write_text("mine", encoding="utf-8")
        self.assertEqual(self.consolidate(status=1).error["kind"], "invalid")
        (self.windows / "notes.txt").unlink()
        duckdb.execute(f"COPY (SELECT 1::BIGINT AS x) TO '{self.windows}/windows-20260309T000000Z.parquet' (FORMAT parquet)")
        self.assertIn("other columns", self.consolidate(status=1).error["message"])
        (self.windows / "windows-20260309T000000Z.parquet").unlink()
        self.assertEqual((self.seen(), self.beside()), (rows, []))
        self.run_playhead("consolidate", "--output-path", self.windows, "--target-file-size-gb", "0", status=2)

    def test_a_job_whose_state_is_elsewhere_is_not_robbed(self):
        rows = self.publish(4)
        place = self.folder / "elsewhere"
        shutil.move(self.data / "checkpoints" / "plays", place)
        manifests = sorted((self.windows / ".manifests").iterdir())
        self.assertIn("--checkpoint-location", self.consolidate(status=1).error["message"])
        other = self.folder / "other"
        shutil.copytree(place, other)
        (other / "job").write_text((place / "job").read_text(encoding="utf-8").replace('"job":"plays"', '"job":"others"'), encoding="utf-8")
        self.assertIn("others", self.consolidate("--checkpoint-location", other, status=1).error["message"])
        self.assertEqual(sorted((self.windows / ".manifests").iterdir()), manifests, "it was claimed before it was refused")
        self.assertTrue(self.consolidate("--checkpoint-location", place).last["changed"])
        self.assertEqual((self.seen(), len(self.files())), (rows, 1))

    def test_late_events_and_dead_letters_are_merged_too(self):
        self.publish(4)
        for number in range(3):
            more = self.folder / f"more{number}.json"
            late = {"user_id": "u", "track_id": f"late{number}", "genre": "pop", "timestamp": "2026-02-01T00:00:00.000000"}
            more.write_text(f"{json.dumps(late)}\nno event {number}\n", encoding="utf-8")
            self.run_playhead("produce", "--topic", "plays", "--from", more)
            self.stream("plays")
        rejected = self.data / "rejected" / "plays"
        stream = self.start("stream", "--input-topic", "plays", "--job", "plays")
        self.wait_for(lambda: self.run_playhead("status", "--job", "plays").last["running"], "the stream runs")
        report = self.run_playhead("consolidate", "--output-path", rejected).last
        self.end_with(stream)
        self.assertEqual(report["kind"], "rejects")
        self.assertEqual(playhead.sql(f"SELECT count(*) FROM '{rejected}/late/*.parquet'"), [(3,)])
        self.assertEqual(playhead.sql(f"SELECT count(*) FROM '{rejected}/dead_letters/*.parquet'"), [(3,)])
        self.assertFalse(self.run_playhead("consolidate", "--output-path", rejected).last["changed"])
        self.stream("plays")

    def test_killed_anywhere_it_leaves_the_same_rows_to_every_reader(self):
        rows = self.publish(6)
        saved = self.folder / "saved"
        shutil.copytree(self.data, saved)
        stopping, complaints, looks = threading.Event(), [], [0]

        def look():
            while not stopping.is_set():
                try:
                    found = self.seen()
                except duckdb.Error:  # the files went while it read
                    continue
                looks[0] += 1
                if found != rows:
                    complaints.append(f"{len(found)} rows, not {len(rows)}")
                    return

        kills = 0
        for point, last in POINTS:
            for number in range(1, last + 1):
                shutil.rmtree(self.data)
                shutil.copytree(saved, self.data)
                stopping.clear()
                reader = threading.Thread(target=look)
                reader.start()
                done = self.start("consolidate", "--output-path", self.windows, faults=f"{point} {number} kill").finish()
                stopping.set()
                reader.join()
                self.assertEqual(complaints, [], f"{point} {number}")
                kills += done.status == -9
                self.assertIn(done.status, (0, -9), str(done))
                self.assertEqual(self.seen(), rows, f"{point} {number}")
                self.consolidate()
                self.assertEqual((self.seen(), len(self.files())), (rows, 1), f"{point} {number}")
                left = [name for name in self.beside() if not name.startswith("plays_backup_")]
                self.assertTrue(all(name.startswith(".plays_backup_") for name in left), left)
                if done.status == 0:
                    break
        self.assertGreater(kills, 25)
        self.assertGreater(looks[0], kills)

    def test_a_running_stream_is_asked_and_not_robbed(self):
        self.publish(3)
        stream = self.start("stream", "--input-topic", "plays", "--job", "plays")
        self.wait_for(lambda: self.run_playhead("status", "--job", "plays").last["running"], "the stream runs")
        asked = self.start("consolidate", "--output-path", self.windows)
        request = self.data / "checkpoints" / "plays" / "requests" / "consolidate.json"
        answer = request.with_name("consolidate-answer.json")
        self.wait_for(lambda: request.exists() or asked.process.poll() is not None or answer.exists(), "a request is left")
        self.assertIsNone(stream.process.poll(), "the stream was robbed of its output")
        time.sleep(0.2)
        if request.exists():  # a stream that does not serve requests: it is answered in its place
            said = json.loads(request.read_text(encoding="utf-8"))
            answer.write_text(json.dumps({"id": said["id"], "report": {"files_before": 3, "files_after": 1, "folders": 1}}), encoding="utf-8")
        done = asked.finish()
        self.assertEqual((done.status, done.last.get("files_before")), (0, 3), str(done))
        self.assertFalse(answer.exists())
        self.end_with(stream)


if __name__ == "__main__":
    unittest.main()
