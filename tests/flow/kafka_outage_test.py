"""A Kafka broker that is down, killed, paused, or that refuses: each command waits or fails as its user would want, says so once, and
goes on by itself when the broker does. What `produce` says was sent is in the topic, whatever happened.
"""

import json
import random
import signal
import time
import unittest

import playhead
from kafka_case import KafkaCase, skip_without_a_broker

LISTENERS_STREAM = ("--window", "1s", "--trigger", "50ms")


def setUpModule():
    skip_without_a_broker()


def waits_told(done):
    return sum("waiting for it" in line for line in done.errors.splitlines())


def returns_told(done):
    return sum("answers again" in line for line in done.errors.splitlines())


class Outages(KafkaCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.broker_is_up)

    def broker_is_up(self):
        if self.broker.process.poll() is not None:
            self.broker.start()

    def start_stream(self, topic):
        return self.start("stream", "--input-topic", topic, "--job", topic, *LISTENERS_STREAM)

    def start_producer(self, topic, total, rate=2_000, **options):
        """Of now: a broker that was killed forgets producers whose records are of more than a day ago (producer.id.expiration.ms)."""
        return self.start("produce", "--topic", topic, "--rate", rate, "--total", total, **options)

    def plays(self, topic, **options):
        """Without their times, which depend on the rate."""
        read = self.run_playhead("topics", "read", topic, "--from-beginning", **options).objects
        plays = [json.loads(record["value"]) for record in read]
        return [tuple(value for name, value in play.items() if name != "timestamp") for play in plays]

    def assert_all_there_once(self, topic, total):
        """As the same command sends them to the embedded log: nothing is lost, nothing is there twice, order is kept."""
        embedded = {"servers": "", "data": self.folder / f"{topic}-embedded"}
        self.start_producer(topic, total, rate="max", **embedded).finish()
        expected, found = self.plays(topic, **embedded), self.plays(topic)
        self.assertEqual(len(found), total)
        self.assertEqual([(a, b) for a, b in zip(found, expected) if a != b][:3], [])

    def end(self, running, status=0):
        running.signal(signal.SIGINT)
        done = running.finish()
        self.assertEqual(done.status, status, str(done))
        return done

    def test_down_at_the_start(self):
        self.produce("early", 1_000)
        self.broker.kill()
        stream = self.start_stream("early")
        self.assertFalse(stream.ended_within(5), "it waits")
        self.broker.start()
        self.wait_for(lambda: self.read_by("early") == 1_000, "the stream begins by itself")
        done = self.end(stream)
        self.assertEqual((waits_told(done), returns_told(done), len(done.errors.splitlines())), (1, 1, 2), done.errors)

    def test_down_for_ever(self):
        began = time.monotonic()
        done = self.refused("stream", "--input-topic", "plays", "--kafka-timeout", "4s", kind="io", says=["does not answer"], servers="127.0.0.1:1")
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(len(done.errors.splitlines()), 2, done.errors)
        running = self.start("topics", "list", "--kafka-timeout", "0s", servers="127.0.0.1:1")
        self.assertFalse(running.ended_within(5), "it waits for ever")
        running.signal(signal.SIGINT)
        self.assertTrue(running.ended_within(10), "but not when it is asked to end")
        running.finish()

    def killed_and_back(self, topic, seconds, stop):
        stream = None
        producer = self.start_producer(topic, 30_000)
        self.wait_for(lambda: topic in self.run_playhead("topics", "list").output, "the topic is made")
        stream = self.start_stream(topic)
        self.wait_for(lambda: self.read_by(topic) > 0, "the stream reads")
        stop(seconds)
        sent = producer.finish()
        self.assertEqual(sent.status, 0, str(sent))
        self.assertEqual(sent.last["sent"], 30_000)
        self.wait_for(lambda: self.read_by(topic) == 30_000, "the stream reads all, and no record twice")
        done = self.end(stream)
        self.assert_all_there_once(topic, 30_000)
        for each in (sent, done):
            self.assertEqual((waits_told(each), returns_told(each)), (1, 1), each.errors)
            self.assertLessEqual(len(each.errors.splitlines()), 3, each.errors)

    def test_killed_for_a_while_and_back(self):
        def stop(seconds):
            self.broker.kill()
            time.sleep(seconds)
            self.broker.start()
        self.killed_and_back("killed", 6, stop)

    def test_paused_for_a_while(self):
        def stop(seconds):
            self.broker.signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.broker.signal(signal.SIGCONT)
        self.killed_and_back("paused", 6, stop)

    def test_stopped_in_good_order_and_started_anew(self):
        def stop(seconds):
            self.broker.stop()
            time.sleep(seconds)
            self.broker.start()
        self.killed_and_back("restarted", 4, stop)

    def test_a_producer_claims_no_record_that_was_not_delivered(self):
        producer = self.start_producer("claims", 1_000_000, rate=5_000)
        self.wait_for(lambda: "claims" in self.run_playhead("topics", "list").output, "the topic is made")
        self.wait_for(lambda: sum(self.ends("claims")) > 5_000, "some are sent")
        self.broker.kill()
        time.sleep(3)
        producer.signal(signal.SIGINT)
        self.assertTrue(producer.ended_within(20), "it ends though the broker does not come back")
        done = producer.finish()
        self.assertEqual(done.status, 1, str(done))
        message = done.error["message"]
        claimed = int(message.rsplit("(after ", 1)[1].split(" were sent")[0].replace(",", ""))
        self.broker.start()
        values = [record["value"] for record in self.run_playhead("topics", "read", "claims", "--from-beginning").objects]
        self.assertLessEqual(claimed, len(values), message)
        self.assertGreater(claimed, 5_000, message)
        self.assertEqual(len(values), len(set(values)), "a record is there twice")

    def test_a_producer_that_is_ended_claims_all_that_it_sent(self):
        producer = self.start_producer("ended", 1_000_000, rate=20_000)
        self.wait_for(lambda: "ended" in self.run_playhead("topics", "list").output and sum(self.ends("ended")) > 5_000, "some are sent")
        done = self.end(producer)
        self.assertTrue(done.last["interrupted"])
        self.assertEqual(done.last["sent"], sum(self.ends("ended")))


class Refusals(KafkaCase):
    def limited(self, topic, bytes_max):
        import confluent_kafka.admin
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.broker.address})
        made = admin.create_topics([confluent_kafka.admin.NewTopic(topic, 1, 1, config={"max.message.bytes": str(bytes_max), "retention.ms": "-1"})])
        made[topic].result(30)

    def test_a_topic_that_takes_only_small_batches_gets_small_batches(self):
        self.limited("small", 5_000)
        self.produce("small", 20_000)
        self.assertEqual(sum(self.ends("small")), 20_000)
        self.assertEqual(self.stream("small", "--job", "small")["records"]["read"], 20_000)

    def test_a_record_that_is_too_large_is_named(self):
        self.limited("little", 5_000)
        line = self.folder / "large.json"
        line.write_text(random.Random(1).randbytes(20_000).hex() + "\n", encoding="utf-8")
        done = self.refused("produce", "--topic", "little", "--from", line, kind="limit", says=["little/0", "max.message.bytes", "after 0 were sent"])
        self.assertEqual(len(done.errors.splitlines()), 1, done.errors)
        self.produce("little", 100)
        self.assertEqual(sum(self.ends("little")), 100)

    def test_a_topic_that_goes_away_while_it_is_read(self):
        self.produce("gone", 1_000)
        running = self.start("stream", "--input-topic", "gone", "--job", "gone", *LISTENERS_STREAM)
        self.wait_for(lambda: self.read_by("gone") == 1_000, "the stream reads")
        self.run_playhead("topics", "delete", "gone")
        self.assertTrue(running.ended_within(30), "it does not wait for a topic that is deleted")
        done = running.finish()
        self.assertEqual(done.status, 1, str(done))
        self.assertIn("gone", done.error["message"])
        self.assertLessEqual(len(done.errors.splitlines()), 2, done.errors)

    def test_unknown_topics(self):
        for arguments in (("topics", "describe", "nowhere"), ("topics", "read", "nowhere"), ("topics", "delete", "nowhere"),
                          ("stream", "--input-topic", "nowhere"), ("stream", "--input-topic", "nowhere", "--until-idle")):
            began = time.monotonic()
            done = self.refused(*arguments, kind="not_found", says=["nowhere"])
            self.assertLess(time.monotonic() - began, 10)
            self.assertEqual(len(done.errors.splitlines()), 1, done.errors)


if __name__ == "__main__":
    unittest.main()
