"""The raw lake: every event once, in the hour of its event time; windows counted from it are the windows that were published."""

import datetime
import json
import random
import unittest

import playhead

ROUNDS = 40 if playhead.TORTURE else 5
BASE = 1_772_355_600  # 2026-03-01T09:00:00Z
GENRES = ["pop", "rock", "jazz", "électro", None]


def play(rng, second):
    record = {"user_id": f"u{rng.randrange(50)}", "track_id": f"t{rng.randrange(30)}", "genre": rng.choice(GENRES),
              "timestamp": datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")}
    return json.dumps({key: value for key, value in record.items() if value is not None}, ensure_ascii=False)


def events(count, seed, start=BASE):
    """Plays over some hours, one in ten late, a few sent again, some of no use."""
    rng = random.Random(seed)
    lines = []
    for number in range(count):
        second = start + number * 20
        if rng.random() < 0.1:
            second -= rng.randrange(9000)
        lines.append(play(rng, second))
        if rng.random() < 0.05:
            lines.append(rng.choice(lines))
        if rng.random() < 0.02:
            lines.append('{"user_id": "u1", "track')
    return lines


class Lake(playhead.Case):
    def send(self, lines, topic="music-plays", partitions=2):
        (self.folder / "events.json").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        self.run_playhead("produce", "--topic", topic, "--partitions", partitions, "--from", "events.json")

    def lake(self, topic="music-plays"):
        return f"read_parquet('{self.data}/lake/{topic}/**/*.parquet', hive_partitioning = true)"

    def windows_from_lake(self, topic="music-plays"):
        found = playhead.sql(f"""SELECT epoch_us(time_bucket(INTERVAL 1 MINUTE, event_time)), coalesce(genre, 'unknown'), count(*)
            FROM {self.lake(topic)} WHERE is_play AND disposition IN ('on_time', 'restated') GROUP BY ALL""")
        return {(start, genre): count for start, genre, count in found}

    def assert_every_record_once(self, job, topic="music-plays"):
        """Each offset stands in the lake, or in the late table as a duplicate, or in the dead letters: exactly once."""
        rejected = self.data / "rejected" / job
        parts = [f"SELECT partition, \"offset\" FROM {self.lake(topic)}"]
        if list(rejected.glob("late/*.parquet")):
            parts.append(f"SELECT partition, \"offset\" FROM '{rejected}/late/*.parquet' WHERE reason = 'duplicate'")
        if list(rejected.glob("dead_letters/*.parquet")):
            parts.append(f"SELECT partition, \"offset\" FROM '{rejected}/dead_letters/*.parquet'")
        found = playhead.sql(" UNION ALL ".join(parts))
        expected = {(partition, offset) for partition, end in enumerate(self.ends(topic)) for offset in range(end)}
        self.assertEqual(len(found), len(set(found)), "a record stands in two rows")
        self.assertEqual(set(found), expected)

    def assert_exact(self, job="plays"):
        playhead.assert_same_rows(self, self.windows_from_lake(), self.rows(job))
        self.assert_every_record_once(job)

    def test_windows_counted_from_the_lake_are_the_published_ones(self):
        self.send(events(600, 1))
        sums = self.stream("music-plays")
        for fate in ("on_time", "restated", "late", "duplicate", "dead_letter"):
            self.assertGreater(sums["records"][fate], 0, fate)
        self.assert_exact()
        tally = dict(playhead.sql(f"SELECT disposition, count(*) FROM {self.lake()} GROUP BY 1"))
        self.assertEqual(tally, {fate: sums["records"][fate] for fate in ("on_time", "restated", "late")})
        reasons = dict(playhead.sql(f"SELECT reason, count(*) FROM '{self.data}/rejected/plays/late/*.parquet' GROUP BY 1"))
        self.assertEqual(reasons, {"late": sums["records"]["late"], "duplicate": sums["records"]["duplicate"]})
        misplaced = playhead.sql(f"""SELECT count(*) FROM {self.lake()} WHERE year != date_part('year', event_time AT TIME ZONE 'UTC')
            OR month != date_part('month', event_time AT TIME ZONE 'UTC') OR day != date_part('day', event_time AT TIME ZONE 'UTC')
            OR hour != date_part('hour', event_time AT TIME ZONE 'UTC')""")
        self.assertEqual(misplaced, [(0,)])

    def test_after_kills_and_restatements_too(self):
        rng = random.Random(7)
        for number in range(ROUNDS):
            self.send(events(150, 100 + number, BASE + number * 2500))
            running = self.start("stream", "--input-topic", "music-plays", "--lake-interval", "100ms", "--trigger", "20ms",
                                 "--epoch-records-max", "37")
            running.ended_within(rng.random() * 0.4)
            running.kill()
        sums = self.stream("music-plays")
        self.assertEqual(sums["records"]["read"], sum(self.ends("music-plays")))
        self.assert_exact()

    def test_the_small_files_of_a_cold_hour_become_one(self):
        self.send(events(900, 5), partitions=3)
        self.stream("music-plays")
        self.stream("music-plays")  # four hours are merged at a time
        hours = {folder.name: sorted(file.name for file in folder.glob("*.parquet")) for folder in (self.data / "lake/music-plays").glob("year=*/month=*/day=*/hour=*")}
        self.assertEqual(len(hours), 5 + 3, "five hours, and those of late plays")
        self.assertEqual([len(files) for hour, files in sorted(hours.items())[:6]], [1] * 6, hours)
        self.assertTrue(any(name.startswith("merged-") for files in hours.values() for name in files), hours)
        self.assertEqual(len(hours["hour=13"]), 3, "one of each partition while plays still come")
        self.assert_exact()
        self.assertEqual(list((self.data / "lake").glob("*_backup_*")), [], "merging is not worth a backup")

    def test_a_running_stream_consolidates_what_it_writes(self):
        self.send(events(900, 6), partitions=3)
        running = self.start("stream", "--input-topic", "music-plays", "--lake-interval", "200ms", "--trigger", "20ms")
        self.wait_for(lambda: len(self.rows("plays")) > 100 and self.run_playhead("status", "--job", "plays").last["lag"] == 0, "plays are published")
        for folder in ("windows/plays", "lake/music-plays"):
            report = self.run_playhead("consolidate", "--output-path", self.data / folder).last
            self.assertTrue(report["changed"], report)
            self.assertFalse(self.run_playhead("consolidate", "--output-path", self.data / folder).last["changed"])
        self.assertEqual(len(list((self.data / "windows/plays").glob("*.parquet"))), 1)
        self.send(events(300, 7, BASE + 900 * 20), partitions=3)
        self.wait_for(lambda: self.run_playhead("status", "--job", "plays").last["lag"] == 0, "it goes on")
        self.end_with(running)
        self.stream("music-plays")
        self.assert_exact()

    def test_what_is_sent_again_is_in_no_window(self):
        lines = [line for line in events(200, 3) if line.endswith("}")]
        unique = list(dict.fromkeys(lines))
        self.send(unique)
        first = self.stream("music-plays")
        rows = self.rows("plays")
        self.send(unique)
        second = self.stream("music-plays")
        self.assertEqual(second["records"]["duplicate"], first["records"]["read"])
        playhead.assert_same_rows(self, self.rows("plays"), rows)
        self.assert_exact()

    def test_without_dedup_what_is_sent_again_counts_again(self):
        lines = list(dict.fromkeys(line for line in events(200, 3) if line.endswith("}")))
        self.send(lines)
        first = self.stream("music-plays", "--dedup", "off")
        self.send(lines)
        second = self.stream("music-plays", "--dedup", "off")
        self.assertEqual((second["records"]["duplicate"], second["records"]["read"]), (0, 2 * first["records"]["read"]))
        self.assert_exact()

    def test_a_lake_has_one_writer_and_other_jobs_run_without(self):
        self.send(events(50, 4))
        self.stream("music-plays")
        before = playhead.sql(f"SELECT count(*) FROM {self.lake()}")
        other = self.stream("music-plays", "--job", "by-track", "--key", "track")
        self.assertEqual(other["lake"], "")
        self.assertEqual(playhead.sql(f"SELECT count(*) FROM {self.lake()}"), before)
        done = self.run_playhead("stream", "--input-topic", "music-plays", "--job", "third", "--lake", "on", "--until-idle", status=1)
        self.assertIn("belongs to job plays", done.error["message"])

    def test_streamify_layout(self):
        self.send([play(random.Random(1), 1_733_151_600)])  # 2024-12-02T15:00:00Z
        self.stream("music-plays", "--layout", "streamify")
        folder = self.data / "lake/music-plays/year=2024/month=12/day=2/hour=15"
        self.assertEqual(len(list(folder.glob("*.parquet"))), 1, list(self.data.rglob("*.parquet")))

    def test_months_of_late_plays_in_any_order(self):
        rng = random.Random(11)
        self.send([play(rng, BASE - rng.randrange(60 * 86400)) for _ in range(1500)], partitions=1)
        self.stream("music-plays", "--lake-interval", "100ms", "--epoch-records-max", "300")
        self.assert_exact()
        most = playhead.sql(f"SELECT max(files) FROM (SELECT count(DISTINCT filename) AS files FROM read_parquet('{self.data}/lake/music-plays/**/*.parquet',"
                            " hive_partitioning = true, filename = true) GROUP BY year, month, day, hour)")
        self.assertEqual(most, [(1,)], "an hour's file grows, it is not joined by others")


if __name__ == "__main__":
    unittest.main()
