"""`demo` keeps its time, ends with 0, its sums hold, and the SQL that it prints runs."""

import re
import signal
import time
import unittest

import playhead

SECONDS = 5
SECONDS_OVER_MAX = 3


class Demo(playhead.Case):
    def test_json(self):
        began = time.monotonic()
        done = self.run_playhead("demo", "--duration", f"{SECONDS}s", "--rate", 500)
        took = time.monotonic() - began
        self.assertGreaterEqual(took, SECONDS)
        self.assertLess(took, SECONDS + SECONDS_OVER_MAX)
        sums = done.last
        self.assert_reconciled(sums)
        self.assertTrue(sums["reconciles"])
        self.assertEqual((sums["plays_open"], sums["lag"]), (0, 0))
        sent = sum(self.ends(sums["topic"]))
        self.assertAlmostEqual(sent, SECONDS * 500, delta=250)
        self.assertEqual((sums["records"]["read"], sums["plays_published"]), (sent, sent))
        self.assertEqual(sum(self.rows("demo").values()), sent)
        self.assert_counted("demo", sums["topic"])

    def test_plain_lines_and_the_sql_in_them(self):
        began = time.monotonic()
        done = self.run_playhead("demo", "--duration", "2s", "--rate", 500, json_output=False)
        self.assertLess(time.monotonic() - began, 2 + SECONDS_OVER_MAX)
        self.assertNotIn("\x1b", done.output, "no terminal, no escape sequences")
        sent = int(re.search(r"The service sent ([\d,]+) plays\.", done.output).group(1).replace(",", ""))
        self.assertRegex(done.output, rf"{sent:,} records read = ")
        queries = re.findall(r"^\s*(SELECT .*;)$", done.output, re.MULTILINE)
        self.assertEqual(len(queries), 4, done.output)
        by_genre, by_minute, top, by_track = (query.rstrip(";") for query in queries)
        self.assertEqual(sum(plays for _, plays in playhead.sql(by_genre)), sent)
        plays = [count for count, in playhead.sql(f"SELECT plays FROM ({by_minute})")]
        self.assertEqual(sum(plays), sent)
        self.assertEqual(len(playhead.sql(f"SELECT top_genre FROM ({top})")), len(plays))
        self.assertEqual(len(playhead.sql(by_track)), 5)

    def test_ended_early_and_run_again(self):
        running = self.start("demo", "--duration", "1h", "--rate", 200)
        self.wait_for(lambda: list(self.data.glob("checkpoints/demo/output")), "the demo is up")
        time.sleep(1)
        first = self.end_with(running, signal.SIGINT)
        self.assertTrue(first["reconciles"])
        self.assertGreater(first["records"]["read"], 0)
        again = self.run_playhead("demo", "--duration", "1s", "--rate", 200).last
        self.assertGreater(again["plays_published"], first["plays_published"], "it goes on counting")
        self.assertEqual(again["replayed_epochs"], 0)
        self.assert_counted("demo", first["topic"])


if __name__ == "__main__":
    unittest.main()
