"""docs/TROUBLESHOOTING.md quotes what the program says: each quoted message is provoked here, and has the documented words.

The commands of the guides are run by documents_test.py. A message in the guide may leave out with "..." what differs from case to case.
"""

import os
import re
import shutil
import unittest

from playhead import ROOT, Case

PAGE = ROOT / "docs/TROUBLESHOOTING.md"
# tests/pipeline/diagnosis_test.cc writes newer formats; and nothing is forbidden to root.
NOT_PROVOKED = ["was written by a newer Playhead"] + (["this user may not"] if os.geteuid() == 0 else [])


def quoted():
    """The messages of the page, as expressions."""
    text = PAGE.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    return {line: re.compile(".*".join(re.escape(part) for part in line.split("...")), re.DOTALL) for line in lines}


class Guides(Case):
    def setUp(self):
        super().setUp()
        self.messages = quoted()
        self.assertGreater(len(self.messages), 8)

    def says(self, *arguments, status=1, **options):
        """Runs a command that fails; the quoted message that it says."""
        done = self.run_playhead(*arguments, status=status, json_output=False, **options)
        matching = [line for line, pattern in self.messages.items() if pattern.search(done.errors)]
        self.assertEqual(len(matching), 1, f"{matching}\n{done}")
        return matching[0]

    def test_every_quoted_message_is_what_the_program_says(self):
        said = {self.says(*arguments, **options) for arguments, options in self.failures()}
        said.add(self.busy())
        left = {line for line in self.messages if line not in said and not any(words in line for words in NOT_PROVOKED)}
        self.assertEqual(left, set(), "quoted, but not provoked")

    def failures(self):
        stream = ("stream", "--until-idle", "--input-topic")
        yield (*stream, "nothing"), {}
        yield (*stream, "music-plays", "--bootstrap-servers", "127.0.0.1:1", "--kafka-timeout", "1s"), {}
        self.run_playhead("produce", "--rate", "max", "--total", 2000)
        self.stream("music-plays")
        yield (*stream, "music-plays", "--job", "other", "--output-path", self.output_of("plays")), {}
        (self.folder / "theirs").mkdir()
        (self.folder / "theirs/a.parquet").write_bytes(b"PAR1")
        yield (*stream, "music-plays", "--job", "third", "--output-path", self.folder / "theirs"), {}
        yield (*stream, "music-plays", "--key", "artist"), {}
        yield ("produce", "--total", 1, "--rate", "max"), {"faults": "write *.segment 1 no-space"}
        (self.data / "lake").rename(self.folder / "lake")
        yield (*stream, "music-plays"), {}
        (self.folder / "lake").rename(self.data / "lake")
        older = self.folder / "older"
        shutil.copytree(self.data / "log", older)
        self.run_playhead("produce", "--rate", "max", "--total", 10)
        self.stream("music-plays")
        shutil.rmtree(self.data / "log")
        shutil.copytree(older, self.data / "log")
        yield (*stream, "music-plays"), {}
        self.run_playhead("produce", "--rate", "max", "--total", 10, "--seed", 7)
        yield (*stream, "music-plays"), {}
        self.run_playhead("topics", "delete", "music-plays")
        self.run_playhead("produce", "--rate", "max", "--total", 10)
        yield (*stream, "music-plays"), {}
        if os.geteuid() != 0:
            closed = self.folder / "closed"
            closed.mkdir(mode=0o555)
            yield ("topics", "create", "x"), {"data": closed / "data"}

    def busy(self):
        running = self.start("stream", "--input-topic", "music-plays", "--job", "busy")
        self.wait_for(lambda: self.start("status", "--job", "busy").finish().last.get("running"), "the stream runs")
        message = self.says("stream", "--input-topic", "music-plays", "--job", "busy", "--until-idle")
        self.end_with(running)
        return message


if __name__ == "__main__":
    unittest.main()
