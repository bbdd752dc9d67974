"""Published windows counted anew from the lake: late plays taken in, and out again; dead letters that can be read now."""

import json
import unittest

import playhead

DAY = ("--from", "2026-03-01T00:00:00Z", "--to", "2026-03-02T00:00:00Z")


def play(time, genre="pop", track="t1"):
    return json.dumps({"user_id": "u1", "track_id": track, "genre": genre, "timestamp": time})


class Recompute(playhead.Case):
    def setUp(self):
        super().setUp()
        lines = [play("2026-03-01T09:00:10"), play("2026-03-01T09:00:20", "rock"), play("2026-03-01T12:00:00"),
                 play("2026-03-01T09:00:30"), play("2026-03-01T09:00:40", "jazz"), '{"user_id": "u1", "track_id": 7']
        (self.folder / "plays.json").write_text("\n".join(lines), encoding="utf-8")
        self.run_playhead("produce", "--topic", "music-plays", "--from", "plays.json")
        sums = self.stream("music-plays")
        self.assertEqual((sums["records"]["late"], sums["records"]["dead_letter"]), (2, 1))
        self.first = self.rows("plays")

    def recompute(self, *arguments, **options):
        return self.run_playhead("recompute", *DAY, *arguments, **options)

    def test_late_plays_are_taken_in_and_out_again(self):
        nine = 1_772_355_600_000_000
        tried = self.recompute("--late", "--dry-run")
        self.assertEqual([(row["genre"], row["count_before"], row["count_after"]) for row in tried.objects[:-1]], [("jazz", 0, 1), ("pop", 1, 2)])
        self.assertFalse(tried.last["applied"])
        playhead.assert_same_rows(self, self.rows("plays"), self.first)
        done = self.recompute("--late")
        self.assertEqual(done.last, {"rows_changed": 2, "plays_before": 1, "plays_after": 3, "applied": True})
        playhead.assert_same_rows(self, self.rows("plays"), self.first | {(nine, "pop"): 2, (nine, "jazz"): 1})
        self.assertEqual(self.recompute("--late").last["rows_changed"], 0)
        self.stream("music-plays")
        self.assertEqual(self.recompute().last["rows_changed"], 2)
        playhead.assert_same_rows(self, self.rows("plays"), self.first)

    def test_what_came_after_it_is_added_to_it(self):
        self.recompute("--late")
        (self.folder / "more.json").write_text(play("2026-03-01T11:30:00", "blues"), encoding="utf-8")
        self.run_playhead("produce", "--topic", "music-plays", "--from", "more.json")
        self.stream("music-plays")
        self.assertEqual(sum(self.rows("plays").values()), 6)

    def test_it_is_refused_beside_a_running_stream_and_inside_a_window(self):
        self.run_playhead("recompute", "--from", "2026-03-01T09:00:30Z", "--to", "2026-03-01T10:00:00Z", status=1)
        running = self.start("stream", "--input-topic", "music-plays")
        self.wait_for(lambda: self.run_playhead("status", "--job", "plays").last["running"], "the stream runs")
        self.assertIn("another process streams", self.recompute(status=1).error["message"])
        self.end_with(running)

    def test_a_job_without_a_lake_says_so(self):
        self.stream("music-plays", "--job", "other", "--lake", "off")
        self.assertIn("lake", self.recompute("--job", "other", status=1).error["message"])


if __name__ == "__main__":
    unittest.main()
