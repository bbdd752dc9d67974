"""`topics read` at a terminal: the newest records first, then what comes, in columns that no title can break."""

import json
import unittest

from playhead import Case


class TopicsRead(Case):
    def produce(self, values, topic="events", partitions=3):
        lines = self.folder / "lines.ndjson"
        lines.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
        return self.run_playhead("produce", "--topic", topic, "--from", lines, "--partitions", partitions)

    def play(self, number, **more):
        return {"user_id": f"u{number}", "track_id": f"t{number}", "timestamp": f"2025-08-04T16:{number // 60:02}:{number % 60:02}", **more}

    def follow(self, *arguments, **options):
        running = self.start("topics", "read", "events", "--follow", *arguments, **options)
        lines = []

        def read(count):
            while len(lines) < count:
                line = running.process.stdout.readline()
                self.assertTrue(line, "the command ended")
                lines.append(line.rstrip("\n"))
            return lines

        return running, read

    def test_latest_are_the_newest_of_all_partitions_in_order_of_time(self):
        for start in range(0, 90, 30):
            self.produce([self.play(number) for number in range(start, start + 30)])
        everything = self.run_playhead("topics", "read", "events").objects
        self.assertEqual(len(everything), 90)
        self.assertEqual(len({record["partition"] for record in everything}), 3)
        everything.sort(key=lambda record: (record["timestamp"], record["partition"], record["offset"]))
        for count in (1, 40, 90, 1000):
            found = self.run_playhead("topics", "read", "events", "--latest", count).objects
            self.assertEqual(found, everything[-count:])

    def test_latest_then_each_new_one(self):
        self.produce([self.play(number) for number in range(60)])
        running, read = self.follow("--latest", 50)
        self.assertEqual(len(read(50)), 50)
        self.produce([self.play(number) for number in range(60, 67)])
        users = [json.loads(json.loads(line)["value"])["user_id"] for line in read(57)[50:]]
        self.assertEqual(sorted(users), [f"u{number}" for number in range(60, 67)])
        self.end_with(running)

    def test_pretty_shows_columns_and_no_control_characters(self):
        listen = {"ts": 1541105830796, "userId": "39", "artist": "Sigur R\u00f3s", "song": "\u001b[2J\u001b]0;owned\u0007\u97f3\u697d\u202e",
                  "duration": 264.5, "level": "free", "city": "Flagstaff", "state": "AZ"}
        self.produce([listen])
        running, read = self.follow("--latest", 50, "--pretty", json_output=False)
        header, line = read(2)
        self.assertEqual(header.split(), ["time", "kind", "user", "artist", "track", "place"])
        self.assertIn("Sigur R\u00f3s", line)
        self.assertIn("\u97f3\u697d", line)
        self.assertIn("Flagstaff, AZ", line)
        self.assertEqual([character for character in line if ord(character) < 32 or character in "\u202e\x7f"], [])
        self.produce([self.play(1, genre="rock")])
        header, line = read(4)[2:]
        self.assertIn("genre", header.split())
        self.assertEqual(line.index("rock"), header.index("genre"))
        self.end_with(running)

    def test_what_can_not_go_together_is_refused(self):
        self.produce([self.play(1)])
        for arguments in (("--latest", 5, "--from-beginning"), ("--latest", 5, "--partition", 0, "--offset", 0)):
            done = self.run_playhead("topics", "read", "events", *arguments, status=2)
            self.assertIn("--latest is a start of its own", done.error["message"])
        self.assertIn("--pretty", self.run_playhead("topics", "read", "events", "--pretty", status=2).error["message"])

    def test_who_only_looks_makes_no_data_folder(self):
        for arguments, status in ((("list",), 0), (("read", "plays"), 1), (("describe", "plays"), 1), (("delete", "plays"), 1)):
            done = self.run_playhead("topics", *arguments, status=status)
            self.assertFalse(self.data.exists(), str(done))
            if status:
                self.assertIn("'playhead topics list'", done.error["message"])

    def test_names_that_no_topic_may_have(self):
        for name in ("a/b", "", "..", "a'b", "a\nb", "<script>", "\U0001f3b5", "a" * 250):
            for command in ("create", "read", "describe", "delete"):
                done = self.run_playhead("topics", command, name, status=2)
                self.assertIn("is not a topic name", done.error["message"])
        self.assertFalse(self.data.exists())


class Names(Case):
    def test_what_is_no_name_is_wrong_usage_and_cannot_write_to_the_terminal(self):
        for arguments in (("topics", "create", "a/b"), ("topics", "read", ".."), ("produce", "--topic", "a b"), ("stream", "--input-topic", "x" * 250),
                          ("stream", "--input-topic", "plays", "--job", "\x1b[31mred"), ("status", "--job", "../other"), ("jobs", "reset", "a/b")):
            with self.subTest(arguments=arguments):
                done = self.run_playhead(*arguments, status=2, json_output=False)
                self.assertIn("name: use 1 to ", done.errors)
                self.assertNotIn("\x1b", done.errors)
                self.assertFalse(self.data.exists())

    def test_a_file_in_the_place_of_the_data_folder_is_said_to_be_one(self):
        self.data.write_text("a file")
        for command in (("status",), ("topics", "list"), ("produce", "--total", "5", "--rate", "max")):
            self.assertIn("is a file", self.run_playhead(*command, status=1).error["message"])


if __name__ == "__main__":
    unittest.main()
