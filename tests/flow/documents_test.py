"""What the documents tell a reader to type works: every ```sh block below a line `<!-- run -->` is run, and must exit 0.

The blocks of one page run in order in one empty folder, with `playhead` on the PATH; no block may take over two minutes.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- run -->\n+```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^\s*<!--\s*run\b", re.MULTILINE)
SECONDS_MAX = 120


def blocks(page, text):
    found = BLOCK.findall(text)
    if len(found) != len(MARK.findall(text)):
        raise ValueError(f"{page}: `<!-- run -->` stands alone on a line above a ```sh block")
    return found


def run(block, folder, binary):
    environment = {**os.environ, "PATH": f"{binary.parent}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb"}
    command = ["bash", "-euo", "pipefail", "-c", block]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=SECONDS_MAX, check=False)
    return done.returncode, done.stdout


class Documents(unittest.TestCase):
    def test_finds_blocks_and_sees_them_fail(self):
        text = "# A\n<!-- run -->\n```sh\necho one\nfalse | true\n```\n```sh\nnot run\n```\n"
        self.assertEqual(blocks("a.md", text), ["echo one\nfalse | true\n"])
        with self.assertRaises(ValueError):
            blocks("a.md", "<!-- run -->\ntext\n```sh\nx\n```\n")
        with tempfile.TemporaryDirectory() as folder:
            status, output = run("echo one\nfalse | true\n", pathlib.Path(folder), pathlib.Path("/bin/true"))
            self.assertEqual((status, output), (1, "one\n"))

    def test_documents(self):
        binary = pathlib.Path(os.environ["PLAYHEAD_BINARY"])
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        ran = 0
        for page in pages:
            self.assertTrue(page.is_file(), f"{page.name} is missing")
            with tempfile.TemporaryDirectory() as folder:
                for block in blocks(page.name, page.read_text(encoding="utf-8")):
                    with self.subTest(page=page.name, block=block):
                        status, output = run(block, pathlib.Path(folder), binary)
                        self.assertEqual(status, 0, output)
                        ran += 1
        self.assertGreater(ran, 0, "no document has a block that is run")


if __name__ == "__main__":
    unittest.main()
