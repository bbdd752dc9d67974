"""A data folder of the first release is taken over: it goes on where that release was killed, and comes to the same windows."""

import json
import tarfile
import unittest

import playhead

FIRST_RELEASE = playhead.ROOT / "tests/data/first-release"


class Migration(playhead.Case):
    def setUp(self):
        super().setUp()
        with tarfile.open(FIRST_RELEASE / "playhead-data.tar.gz") as archive:
            archive.extractall(self.folder)
        self.data = self.folder / "playhead-data"

    def test_it_goes_on_where_the_first_release_was_killed(self):
        before = self.run_playhead("status", "--job", "plays").last
        self.assertEqual(before["records"]["read"], 502)
        sums = self.stream("music-plays")
        self.assertEqual(sums["records"]["read"], 502)
        self.assertEqual(sums["records"]["dead_letter"], 1)
        self.assertEqual(sums["records"]["late"], 1)
        expected = {(start, genre): count for start, genre, count in json.loads((FIRST_RELEASE / "windows.json").read_text(encoding="utf-8"))}
        playhead.assert_same_rows(self, self.rows("plays"), expected)

    def test_lake_and_dedup_begin_with_the_next_epoch(self):
        self.stream("music-plays")
        play = {"user_id": "u1", "track_id": "t1", "genre": "pop", "timestamp": "2026-03-01T12:30:00", "event_id": "one"}
        (self.folder / "twice.json").write_text(2 * (json.dumps(play) + "\n"), encoding="utf-8")
        self.run_playhead("produce", "--topic", "music-plays", "--from", "twice.json")
        sums = self.stream("music-plays")
        self.assertEqual(sums["records"]["duplicate"], 1)
        in_lake = playhead.sql(f"SELECT genre, disposition FROM '{self.data}/lake/music-plays/**/*.parquet' WHERE event_time = '2026-03-01 12:30:00+00'")
        self.assertEqual(in_lake, [("pop", "on_time")])

    def test_a_newer_format_is_refused(self):
        identity = self.data / "checkpoints/plays/job"
        identity.write_text(identity.read_text(encoding="utf-8").replace('"format":1', '"format":99'), encoding="utf-8")
        done = self.run_playhead("stream", "--input-topic", "music-plays", "--until-idle", status=1)
        self.assertIn("newer Playhead", done.error["message"])


if __name__ == "__main__":
    unittest.main()
