"""docs/kafka.md and docs/scaling.md tell the truth: their blocks below `<!-- broker -->` and `<!-- secure broker -->` run, one after the other, on a real broker."""

import os
import re
import subprocess
import unittest

import playhead
from kafka_case import KafkaCase, broker, skip_without_a_broker

BLOCK = re.compile(r"^<!-- (?:secure )?broker -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PASSWORD = "alice-secret"


def setUpModule():
    skip_without_a_broker()


class Guide(KafkaCase):
    @classmethod
    def make_broker(cls, folder):
        secure, cls.certificate = broker.make_certificate(folder.parent / "certificate")
        return broker.Broker(folder, secure=secure, scram=[f"SCRAM-SHA-512=[name=alice,password={PASSWORD}]"])

    def test_the_commands_of_kafka(self):
        script = self.script_of("kafka.md")
        for named, real in (("localhost:9092", self.broker.address), ("localhost:9094", self.broker.secure_address),
                            ("/etc/kafka/ca.pem", str(self.certificate))):
            self.assertIn(named, script)
            script = script.replace(named, real)
        self.assert_runs(script, 21_000)

    def test_the_commands_of_scaling(self):
        self.assert_runs(self.script_of("scaling.md").replace("localhost:9092", self.broker.address), 19_000)

    def script_of(self, page):
        """All marked blocks of a page of docs/."""
        text = (playhead.ROOT / "docs" / page).read_text(encoding="utf-8")
        blocks = BLOCK.findall(text)
        self.assertEqual(len(blocks), len(re.findall(r"^<!-- .*broker -->", text, re.MULTILINE)))
        self.assertGreater(len(blocks), 0)
        return "\n".join(blocks)

    def assert_runs(self, script, plays):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")}
        environment |= {"PATH": f"{playhead.BINARY.parent}:{os.environ['PATH']}", "HOME": str(self.folder), "TERM": "dumb"}
        done = subprocess.run(["bash", "-euxo", "pipefail", "-c", script], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=playhead.SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        counted = playhead.sql(f"SELECT sum(count) FROM '{self.folder}/playhead-data/windows/*/*.parquet'")[0][0]
        self.assertGreater(counted, plays, done.stdout)

    def test_what_is_refused_is_told(self):
        text = (playhead.ROOT / "docs/kafka.md").read_text(encoding="utf-8").split("These properties are refused")[1].split("Records are compressed")[0]
        names = re.findall(r"`([a-z.]+)`", text)
        self.assertEqual(len(names), 7)
        for name in names:
            path = self.folder / "kafka.properties"
            path.write_text(f"{name}=1\n", encoding="utf-8")
            self.refused("topics", "list", "--kafka-config", path, kind="invalid", says=[name, "not free"])


if __name__ == "__main__":
    unittest.main()
