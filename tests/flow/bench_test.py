"""The benchmarks measure what they say: the arithmetic of latencies by known answers, and a quick run of all that `make bench` runs."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import latency
import page
import process


class Latency(unittest.TestCase):
    def test_each_record_waits_for_the_first_version_that_counts_it(self):
        versions = [(11.0, 0), (12.0, 2), (12.5, 1), (13.0, 3)]  # 12.5: two files were caught between their renames
        self.assertEqual(latency.latencies([10.0, 11.5, 12.75], versions), [0.25, 0.5, 2.0])

    def test_refuses_records_that_never_became_visible(self):
        with self.assertRaises(process.Failed):
            latency.latencies([1.0, 2.0], [(3.0, 1)])
        with self.assertRaises(process.Failed):
            latency.latencies([1.0], [])

    def test_percentiles(self):
        self.assertEqual([latency.percentile(list(range(1, 101)), share) for share in (0.0, 0.5, 0.99, 1.0)], [1, 50, 99, 100])


class Process(unittest.TestCase):
    def test_books_the_cost_of_a_process(self):
        cost = process.run([sys.executable, "-c", "x = bytearray(64 << 20); sum(range(3_000_000)); print('done')"])
        self.assertEqual(cost.output, "done\n")
        self.assertGreater(cost.peak_mb, 64)
        self.assertGreater(cost.cpu, 0.02)
        self.assertGreaterEqual(cost.wall, cost.cpu * 0.9)
        self.assertTrue(0 <= cost.others <= 1, cost.others)

    def test_refuses_a_process_that_fails(self):
        with self.assertRaisesRegex(process.Failed, "exited with 3:\nwhy"):
            process.run([sys.executable, "-c", "print('why'); raise SystemExit(3)"])


class Page(unittest.TestCase):
    def test_says_what_was_missed(self):
        rows = [page.Row("speed", "1.00 M", ">= 2.00 M", False), page.Row("size", "3 MB", "< 4 MB", True), page.Row("age", "5 s")]
        cost = process.Cost(cpu=1, wall=1, peak_mb=1, others=0.5, output="")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "page.md"
            page.write(path, [page.Section("Things", ["go"], ["A note."], rows)], [cost], [("program", "p")], 5)
            text = path.read_text(encoding="utf-8")
        self.assertIn("1 of 2 goals are met. **Missed**: speed (1.00 M).", text)
        self.assertIn("| speed | 1.00 M | >= 2.00 M | **missed** |", text)
        self.assertIn("other processes used 50% of the machine", text)
        self.assertIn("not quiet", text)


class QuickRun(unittest.TestCase):
    def test_measures_the_program(self):
        command = [sys.executable, str(ROOT / "bench" / "run.py"), "--quick", "--program", os.environ["PLAYHEAD_BINARY"]]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        for figure in ("stream plays-4 100000: ", "start to first published window: ", "append to visible row, p99: "):
            self.assertIn(figure, done.stdout)


if __name__ == "__main__":
    unittest.main()
