"""`deadletters show|retry`: records that are no events are kept byte for byte, shown, and sent again."""

import base64
import json
import unittest

from playhead import Case

PLAY = '{"user_id": "u1", "track_id": "t1", "genre": "rock", "timestamp": "2025-08-04T16:17:36"}'
BAD = [b"no json", b'{"user_id": "u1"}', b'{"user_id": "u1", "track_id": "t1", "timestamp": "never"}', b"\xff\xfe\x01"]
REASONS = {"not_json": 2, "unknown_shape": 1, "bad_time": 1}


class DeadLetters(Case):
    def fill(self):
        lines = self.folder / "lines"
        lines.write_bytes(b"\n".join([PLAY.encode(), *BAD, PLAY.encode()]) + b"\n")
        self.run_playhead("topics", "create", "events", "--partitions", 3)
        self.run_playhead("produce", "--topic", "events", "--from", lines)
        return self.stream("events")

    def show(self, *arguments, **options):
        done = self.run_playhead("deadletters", "show", *arguments, **options)
        return done.objects[:-1], done.last

    def test_shows_each_with_its_bytes_and_counts_the_reasons(self):
        self.assertEqual(self.fill()["records"]["dead_letter"], 4)
        rows, sums = self.show()
        self.assertEqual(sums, {"rows": 4, "shown": 4, "reasons": REASONS})
        values = [row["value"].encode() if "value" in row else base64.b64decode(row["value_base64"]) for row in rows]
        self.assertEqual(sorted(values), sorted(BAD))
        records = {(record["partition"], record["offset"]) for records in self.records("events").values() for record in records}
        self.assertTrue({(row["partition"], row["offset"]) for row in rows} <= records)
        rows, sums = self.show("--reason", "not_json", "--limit", 1)
        self.assertEqual((len(rows), sums), (1, {"rows": 2, "shown": 1, "reasons": {"not_json": 2}}))
        text = self.run_playhead("deadletters", "show", json_output=False).output
        self.assertIn("no json", text)
        self.assertIn("4 dead letters of job plays: 1 bad_time, 2 not_json, 1 unknown_shape", text)
        self.assertNotIn("\x01", text)

    def test_shows_late_events_and_duplicates(self):
        self.fill()
        rows, sums = self.show("--late")
        self.assertEqual(sums["reasons"], {"duplicate": 1})
        self.assertEqual((rows[0]["reason"], rows[0]["user"], rows[0]["event_time"]), ("duplicate", "u1", "2025-08-04T16:17:36.000000Z"))

    def test_retry_sends_the_same_bytes_with_where_they_came_from(self):
        self.fill()
        before = self.records("events")
        done = self.run_playhead("deadletters", "retry", "--all", "--dry-run").last
        self.assertEqual((done["dead_letters"], done["sent"]), (4, 0))
        self.assertEqual(self.records("events"), before)
        self.assertEqual(self.run_playhead("deadletters", "retry", "--all").last["sent"], 4)
        added = 0
        for partition, records in self.records("events").items():
            old = {record["offset"]: record for record in before.get(partition, [])}
            for record in records[len(old):]:
                headers = {header["name"]: header["value"] for header in record["headers"]}
                source, offset = map(int, headers.pop("playhead-retry-of").split("/"))
                self.assertEqual(source, partition)
                self.assertEqual((record["key"], record["value"]), (old[offset]["key"], old[offset]["value"]))
                added += 1
        self.assertEqual(added, 4)
        self.assertEqual(self.stream("events")["records"]["dead_letter"], 8)
        self.assertEqual(self.run_playhead("reconcile").last["total"]["dead_letters"], 8)

    def test_what_is_retried_twice_is_counted_once_when_it_can_be_read(self):
        listen = json.dumps({"ts": 1541105830796, "userId": 39, "song": "a", "artist": "b"})
        lines = self.folder / "lines"
        lines.write_text(listen + "\n", encoding="utf-8")
        self.run_playhead("produce", "--topic", "events", "--from", lines)
        self.assertEqual(self.stream("events", "--dialect", "tunetracker", "--key", "artist")["records"]["dead_letter"], 1)
        for _ in range(2):
            self.assertEqual(self.run_playhead("deadletters", "retry", "--reason", "unknown_shape").last["sent"], 1)
        sums = self.stream("events", "--dialect", "auto", "--key", "artist")
        self.assertEqual((sums["records"]["on_time"], sums["records"]["duplicate"], sums["records"]["dead_letter"]), (1, 1, 1))
        self.assertEqual([*self.rows("plays", "artist").values()], [1])
        self.assertTrue(self.run_playhead("reconcile").last["reconciles"])

    def test_only_those_that_are_asked_for(self):
        self.fill()
        row = self.show("--reason", "bad_time")[0][0]
        position = ("--partition", row["partition"], "--offset", row["offset"])
        self.assertEqual(self.run_playhead("deadletters", "retry", *position).last["sent"], 1)
        self.assertEqual(self.run_playhead("deadletters", "retry", "--reason", "too_deep").last["sent"], 0)

    def test_refuses_what_is_not_said_clearly(self):
        self.fill()
        self.assertIn("--all", self.run_playhead("deadletters", "retry", status=2).error["message"])
        self.assertIn("--partition", self.run_playhead("deadletters", "retry", "--offset", 1, status=2).error["message"])
        for command in (("show",), ("retry", "--dry-run")):
            message = self.run_playhead("deadletters", *command, "--reason", "nonsense", status=2).error["message"]
            self.assertIn("--reason 'nonsense'", message)
            self.assertIn("unknown_shape", message)
        self.assertIn("duplicate", self.run_playhead("deadletters", "show", "--late", "--reason", "not_json", status=2).error["message"])
        self.assertIn("0 to 2", self.run_playhead("deadletters", "show", "--partition", 3, status=1).error["message"])
        self.assertEqual(self.run_playhead("deadletters", "show", "--job", "other", status=1).error["kind"], "not_found")


if __name__ == "__main__":
    unittest.main()
