"""JSONTestSuite as the content of topics: whatever bytes a record has, it ends once, as an event or as a dead letter with its bytes.

Each of the 340 files is a record of its own, and once more what an event of each dialect has under a key that Playhead does not know: so what
the suite calls right has to be an event, and what it calls wrong a dead letter, however deep it stands.
"""

import unittest

import playhead

EVENTS = {  # by dialect: an event up to the value of an unknown key
    "tunetracker": b'{"user_id": "u%d", "track_id": "t1", "genre": "rock", "timestamp": "2025-08-04T16:17:36", "unknown": ',
    "eventsim": b'{"ts": 1754324256000, "userId": "%d", "page": "NextSong", "level": "free", "unknown": ',
    "music-streams": b'{"user_id": %d, "timestamp": 1754324256, "title": "A", "duration_seconds": 200, "unknown": ',
    "streaming-events": b'{"user_id": "u%d", "track_id": "t1", "event_timestamp": "2025-08-04T16:17:36", "event_type": "streaming", "unknown": ',
}
DIALECTS = ("auto", *EVENTS)
NO_JSON = {"no_value", "not_json", "too_deep"}  # what nests too deep is not read to its end
NO_EVENT = {"not_object", "unknown_shape"}


class Suite(playhead.Case):
    def setUp(self):
        folder = playhead.SHARED / "data/json_test_suite"
        if not folder.is_dir():
            self.skipTest(f"JSONTestSuite is not at {folder} (PLAYHEAD_SHARED names the folder above data/)")
        super().setUp()
        self.files = sorted(folder.glob("test_*/*.json"))
        self.assertEqual(len(self.files), 340)

    def send(self, topic, paths):
        sent = self.run_playhead("produce", "--topic", topic, "--whole-files", "--from", *paths).last
        self.assertEqual(sent["sent"], len(paths))

    def wrapped(self, dialect):
        """The files as values in events of the dialect; no two are the same event."""
        folder = self.folder / f"in-{dialect}"
        folder.mkdir()
        paths = []
        for number, file in enumerate(self.files):
            paths.append(folder / f"{number}")
            paths[-1].write_bytes(EVENTS[dialect] % number + file.read_bytes() + b"}")
        return paths

    def ends_of(self, topic):
        """What became of each offset: {offset: 'event', 'duplicate' or the reason of a dead letter}, and the bytes of dead letters."""
        lake = f"read_parquet('{self.data}/lake/{topic}/**/*.parquet')"
        rejected = self.data / "rejected" / topic
        found = [(offset, "event") for (offset,) in playhead.sql(f'SELECT "offset" FROM {lake}')] if list((self.data / "lake" / topic).rglob("*.parquet")) else []
        if list(rejected.glob("late/*.parquet")):
            found += playhead.sql(f"SELECT \"offset\", reason FROM '{rejected}/late/*.parquet' WHERE reason = 'duplicate'")
        dead = playhead.sql(f"SELECT \"offset\", reason, value FROM '{rejected}/dead_letters/*.parquet'")
        found += [(offset, reason) for offset, reason, _ in dead]
        self.assertEqual(sorted(offset for offset, _ in found), list(range(self.ends(topic)[0])), "each offset ends once")
        return dict(found), {offset: bytes(value) if value is not None else b"" for offset, _, value in dead}

    def count(self, topic, dialect):
        sums = self.stream(topic, "--job", topic, "--dialect", dialect)["records"]
        summary = self.run_playhead("reconcile", "--job", topic).last
        self.assertTrue(summary["reconciles"], summary)
        self.assertEqual(summary["total"]["records"], sums["read"])
        ends, dead = self.ends_of(topic)
        self.assertEqual(sums["dead_letter"], len(dead))
        return ends, dead

    def assert_judged(self, file, end, good, bad):
        """`y_` must be read, `n_` must not, and the others may be either."""
        kind = file.name[:2] if file.parent.name == "test_parsing" else "i_"
        allowed = {"y_": good, "n_": bad, "i_": good | bad}[kind]
        self.assertIn(end, allowed, file.name)

    def test_each_file_is_a_record(self):
        for dialect in DIALECTS:
            with self.subTest(dialect=dialect):
                topic = f"raw-{dialect}"
                self.send(topic, self.files)
                ends, dead = self.count(topic, dialect)
                for offset, file in enumerate(self.files):
                    self.assert_judged(file, ends[offset], NO_EVENT, NO_JSON)
                    self.assertEqual(dead[offset], file.read_bytes(), file.name)

    def test_each_file_is_a_value_in_an_event_of_each_dialect(self):
        for dialect in EVENTS:
            paths = self.wrapped(dialect)
            for reader in ("auto", dialect):
                with self.subTest(dialect=dialect, reader=reader):
                    topic = f"{dialect}-by-{reader}"
                    self.send(topic, paths)
                    ends, dead = self.count(topic, reader)
                    self.assertGreater(sum(end == "event" for end in ends.values()), 95)
                    self.assertGreater(len(dead), 188)
                    for offset, file in enumerate(self.files):
                        self.assert_judged(file, ends[offset], {"event"}, NO_JSON)
                        self.assertEqual(dead.get(offset, paths[offset].read_bytes()), paths[offset].read_bytes(), file.name)


class WholeFiles(playhead.Case):
    """`produce --whole-files`: a file is a record, byte for byte."""

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_any_bytes_in_the_order_given(self):
        contents = [b'{"a":\n1}\n', b"\x00\xff\r\n", b"", b"  \n\n", b"a" * 3_000_000, "é 🎵".encode()]
        paths = [self.write(f"odd '\" {number} 🎵\n<script>", content) for number, content in enumerate(contents)]
        sent = self.run_playhead("produce", "--topic", "odd", "--whole-files", "--from", *paths).last
        self.assertEqual(sent["sent"], 6)
        self.stream("odd", "--job", "odd")
        found = playhead.sql(f"SELECT value, key, reason FROM '{self.data}/rejected/odd/dead_letters/*.parquet' ORDER BY \"offset\"")
        self.assertEqual([bytes(value) for value, _, _ in found], contents)
        self.assertEqual({key for _, key, _ in found}, {None})
        self.assertEqual([reason for _, _, reason in found], ["unknown_shape", "not_json", "no_value", "not_json", "too_large", "not_json"])

    def test_what_it_refuses(self):
        one = self.write("one", b"{}")
        for arguments, words in (
            (("--whole-files",), "--from"),
            (("--whole-files", "--from", "-"), "-"),
            (("--whole-files", "--from", one, "--shuffle"), "--shuffle"),
            (("--whole-files", "--from", one, "--speed", 2), "--speed"),
            (("--whole-files", "--from", one, "--jitter", "1s"), "--jitter"),
        ):
            done = self.run_playhead("produce", "--topic", "t", *arguments, status=2)
            self.assertIn("--whole-files", done.error["message"])
            self.assertIn(words, done.error["message"])
        for path in (self.folder / "absent", self.write("large", b"a" * (17 << 20))):
            done = self.run_playhead("produce", "--topic", "t", "--whole-files", "--from", one, path, status=1)
            self.assertIn(path.name, done.error["message"])


if __name__ == "__main__":
    unittest.main()
