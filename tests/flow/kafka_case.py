"""For tests of the real program on a real Kafka broker (tests/broker/broker.py): a case whose commands speak to one of its own.

`skip_without_a_broker` is a module's setUpModule: without java its tests are skipped, visibly.
"""

import pathlib
import shutil
import sys
import unittest

import playhead

sys.path.insert(0, str(playhead.ROOT / "tests/broker"))
import broker  # pylint: disable=wrong-import-position

START = "2026-03-01T00:00:00Z"
PLAYS = 100_000


def skip_without_a_broker():
    why = broker.missing()
    if why:
        raise unittest.SkipTest(f"no broker for tests: {why}")


class KafkaCase(playhead.Case):
    """One broker for all tests of the class."""

    @classmethod
    def make_broker(cls, folder):
        return broker.Broker(folder)

    @classmethod
    def setUpClass(cls):
        cls.broker_folder = pathlib.Path(playhead.new_folder())
        cls.addClassCleanup(shutil.rmtree, cls.broker_folder, ignore_errors=True)
        cls.broker = cls.make_broker(cls.broker_folder / "broker")
        cls.addClassCleanup(cls.broker.kill)
        cls.broker.start()

    def start(self, *arguments, servers=None, environment=None, **options):
        """On Kafka; servers="": on the embedded log."""
        own = {"PLAYHEAD_BOOTSTRAP_SERVERS": self.broker.address if servers is None else servers, **(environment or {})}
        return super().start(*arguments, environment=own, **options)

    def produce(self, topic, total=PLAYS, *arguments, **options):
        done = self.run_playhead("produce", "--topic", topic, "--rate", "max", "--total", total, "--start-time", START, *arguments, **options)
        self.assertEqual(done.last["sent"], total)

    def refused(self, *arguments, kind, says=(), status=1, **options):
        done = self.run_playhead(*arguments, status=status, **options)
        self.assertEqual(done.error.get("kind"), kind, str(done))
        for words in says:
            self.assertIn(words, done.error["message"])
        return done

    def read_by(self, job):
        """How many records the job has read; 0 while there is no such job yet."""
        done = self.start("status", "--job", job).finish()
        return done.last["records"]["read"] if done.status == 0 else 0
