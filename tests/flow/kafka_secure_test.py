"""Kafka behind SASL_SSL with SCRAM, in one process with Parquet: a stream with its lake. What is refused says why, once, and no secret."""

import os
import sys
import time
import unittest

import playhead
from kafka_case import KafkaCase, skip_without_a_broker

sys.path.insert(0, str(playhead.ROOT / "tests/broker"))
import broker  # pylint: disable=wrong-import-position

PASSWORD = "Yellow-Submarine-66"
WRONG = "Blue-Meanie-67"
PLAYS = 20_000


def setUpModule():
    skip_without_a_broker()


class Secure(KafkaCase):
    @classmethod
    def make_broker(cls, folder):
        secure, cls.certificate = broker.make_certificate(folder.parent / "certificate")
        return broker.Broker(folder, secure=secure, scram=[f"SCRAM-SHA-512=[name=alice,password={PASSWORD}]"])

    def settings(self, mode=0o600, **changes):
        properties = {
            "bootstrap.servers": self.broker.secure_address, "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "alice", "sasl.password": PASSWORD, "ssl.ca.location": str(self.certificate),
            **{name.replace("_", "."): value for name, value in changes.items()}}
        path = self.folder / "kafka.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in properties.items() if value), encoding="utf-8")
        path.chmod(mode)
        return ("--kafka-config", path)

    def start(self, *arguments, **options):
        return super().start(*arguments, servers="", **options)

    def assert_no_secret(self, done):
        for secret in (PASSWORD, WRONG, broker.STORE_PASSWORD):
            self.assertNotIn(secret, done.output + done.errors)

    def refused_at_once(self, *settings, says):
        began = time.monotonic()
        done = self.refused("topics", "list", *settings, kind="invalid", says=says)
        self.assertLess(time.monotonic() - began, 20, "a login that is refused is not tried for half a minute")
        self.assertEqual(len(done.errors.splitlines()), 1, str(done))
        self.assert_no_secret(done)
        return done

    def test_a_stream_writes_windows_and_a_lake_of_what_it_reads_over_tls(self):
        settings = self.settings()
        self.produce("music-plays", PLAYS, "--partitions", 2, *settings)
        done = self.run_playhead("stream", "--input-topic", "music-plays", "--job", "secure", "--window", "1s", "--lake", "on", "--until-idle",
                                 *settings, "--log-level", "debug")
        self.assertEqual(done.last["records"]["read"], PLAYS)
        self.assert_no_secret(done)
        counted = playhead.sql(f"SELECT sum(count) FROM read_parquet('{self.data}/windows/secure/*.parquet')")
        self.assertEqual(counted, [(PLAYS,)])
        raw = playhead.sql(f"SELECT count(DISTINCT (\"partition\", \"offset\")) FROM read_parquet('{self.data}/lake/music-plays/**/*.parquet')")
        self.assertEqual(raw, [(PLAYS,)])
        for path in self.data.rglob("*"):
            if path.is_file():
                self.assertNotIn(PASSWORD.encode(), path.read_bytes(), path)

    def test_a_wrong_password_is_refused_once(self):
        self.refused_at_once(*self.settings(sasl_password=WRONG), says=["refuses the login", self.broker.secure_address])
        done = self.refused("stream", "--input-topic", "music-plays", *self.settings(sasl_password=WRONG), kind="invalid", says=["login"])
        self.assert_no_secret(done)

    def test_a_certificate_that_nobody_vouches_for_is_refused_once(self):
        self.refused_at_once(*self.settings(ssl_ca_location=""), says=["certificate"])

    def test_a_client_without_tls_is_told_what_may_be_wrong(self):
        done = self.refused("topics", "list", *self.settings(security_protocol="PLAINTEXT"), kind="io", says=["security.protocol"])
        self.assert_no_secret(done)

    def test_the_password_may_stand_in_the_environment(self):
        settings = self.settings(sasl_password="${env:KAFKA_PASSWORD}")
        self.run_playhead("topics", "list", *settings, environment={"KAFKA_PASSWORD": PASSWORD})
        self.refused("topics", "list", *settings, kind="invalid", says=["line 5", "KAFKA_PASSWORD"], status=2)

    def test_a_file_that_everybody_may_read_is_warned_of_once(self):
        done = self.run_playhead("topics", "list", *self.settings(mode=0o644))
        self.assertEqual(done.errors.count("chmod 600"), 1, done.errors)
        self.assert_no_secret(done)
        self.assertEqual(self.run_playhead("topics", "list", *self.settings(mode=0o640)).errors, "")
        self.assertEqual(self.run_playhead("topics", "list", *self.settings(mode=0o644, sasl_password="", sasl_username="",
                                           security_protocol="PLAINTEXT", bootstrap_servers=self.broker.address)).errors, "")

    def test_the_command_line_has_no_place_for_a_password(self):
        text = self.run_playhead("--help", json_output=False).output + self.run_playhead("stream", "--help", json_output=False).output
        self.assertNotRegex(text.lower(), r"--\S*(password|secret)")
        self.assertIn("--kafka-config", text)

    def test_a_java_file_is_refused_with_the_words_that_help(self):
        done = self.refused("topics", "list", *self.settings(sasl_jaas_config=f'X required username="a" password="{PASSWORD}";'),
                            kind="invalid", says=["sasl.jaas.config", "sasl.password"])
        self.assert_no_secret(done)

    def test_the_process_shows_no_secret_either(self):
        running = self.start("topics", "read", "nothing", "--follow", *self.settings())
        with open(f"/proc/{running.pid}/cmdline", "rb") as line:
            self.assertNotIn(PASSWORD.encode(), line.read())
        self.assertNotIn(PASSWORD, " ".join(os.environ.values()))
        running.kill()


if __name__ == "__main__":
    unittest.main()
