"""Clients that are not ours: what kcat, kafka-python, confluent-kafka and Java's console producer send is read right, in every
compression; what Playhead sends is read right by each of them; keys go to the partitions to which Java sends them; and Java's tools
show Playhead's topics.
"""

import json
import shutil
import subprocess
import sys
import unittest
import warnings

import playhead
from kafka_case import KafkaCase, broker, skip_without_a_broker

sys.path.insert(0, str(playhead.ROOT / "third_party/kafka-python"))

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
USERS = ["a", "user-17", "Zoë", "日本の曲", "🎧", "Ω" * 100, "x" * 1000, " ", "0", "ñandú", "İstanbul", "a\\b"]


def setUpModule():
    skip_without_a_broker()


def play(user, number):
    value = {"user_id": user, "track_id": f"track {number}", "genre": "pop", "timestamp": f"2026-03-01T00:00:{number % 60:02}Z"}
    return json.dumps(value, ensure_ascii=False)


class Kcat:
    name = "kcat"

    @staticmethod
    def missing():
        return None if shutil.which("kcat") else "kcat"

    @staticmethod
    def send(address, topic, records, codec):
        for record in records:  # headers are of a whole run
            headers = [word for name, value in record["headers"] for word in ("-H", name if value is None else f"{name}={value}")]
            text = "" if record["key"] is None else record["key"]
            command = ["kcat", "-P", "-b", address, "-t", topic, "-z", codec, "-Z", "-K", "\t", *headers]
            subprocess.run(command, input=f"{text}\t{record['value'] or ''}\n".encode(), check=True, capture_output=True, timeout=60)

    @staticmethod
    def read(address, topic, total):
        command = ["kcat", "-C", "-b", address, "-t", topic, "-o", "beginning", "-e", "-q", "-J"]
        lines = subprocess.run(command, stdin=subprocess.DEVNULL, check=True, capture_output=True, timeout=60).stdout.decode().splitlines()
        found = []
        for line in map(json.loads, lines):
            headers = line.get("headers", [])
            found.append((line["partition"], line["offset"], line["key"], line["payload"], list(zip(headers[::2], headers[1::2]))))
        return found


class KafkaPython:
    name = "kafka-python"

    @staticmethod
    def missing():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import kafka
            import lz4
            import snappy
            import zstandard
        except ImportError as error:
            return str(error)
        return None if kafka and lz4 and snappy and zstandard else "kafka"

    @staticmethod
    def send(address, topic, records, codec):
        import kafka
        producer = kafka.KafkaProducer(bootstrap_servers=address, compression_type=None if codec == "none" else codec, linger_ms=50)
        for record in records:
            headers = [(name, None if value is None else value.encode()) for name, value in record["headers"]]
            key, value = (None if record[part] is None else record[part].encode() for part in ("key", "value"))
            producer.send(topic, key=key, value=value, headers=headers)
        producer.close()

    @staticmethod
    def read(address, topic, total):
        import kafka
        consumer = kafka.KafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest", enable_auto_commit=False, group_id=None,
                                       consumer_timeout_ms=20_000)
        found = []
        for message in consumer:
            key, value = (None if part is None else part.decode() for part in (message.key, message.value))
            found.append((message.partition, message.offset, key, value, [(name, part.decode()) for name, part in message.headers]))
            if len(found) == total:
                break
        consumer.close()
        return found


class Confluent:
    name = "confluent-kafka"

    @staticmethod
    def missing():
        try:
            import confluent_kafka
        except ImportError as error:
            return str(error)
        return None if confluent_kafka else "confluent_kafka"

    @staticmethod
    def send(address, topic, records, codec):
        import confluent_kafka
        producer = confluent_kafka.Producer({"bootstrap.servers": address, "compression.type": codec, "linger.ms": 50})
        for record in records:
            producer.produce(topic, **record)
        if producer.flush(60) != 0:
            raise TimeoutError("not all are delivered")

    @staticmethod
    def read(address, topic, total):
        import confluent_kafka
        consumer = confluent_kafka.Consumer({"bootstrap.servers": address, "group.id": f"reads-{topic}", "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        found = []
        while len(found) < total:
            message = consumer.poll(20)
            if message is None or message.error():
                raise TimeoutError(f"{len(found)} of {total} came: {message and message.error()}")
            key, value = (None if part is None else part.decode() for part in (message.key(), message.value()))
            headers = [(name, part.decode()) for name, part in message.headers() or []]
            found.append((message.partition(), message.offset(), key, value, headers))
        consumer.close()
        return found


class Java:
    """The console's tools. A record without headers or key is written as NULL."""
    name = "java"

    @staticmethod
    def missing():
        return None

    @staticmethod
    def send(address, topic, records, codec):
        lines = []
        for record in records:
            headers = ",".join(f"{name}:{value}" for name, value in record["headers"]) or "NULL"
            lines.append("\t".join("NULL" if part is None else part for part in (headers, record["key"], record["value"])))
        properties = {"parse.key": "true", "key.separator": "\t", "parse.headers": "true", "headers.delimiter": "\t", "null.marker": "NULL"}
        flags = [word for name, value in properties.items() for word in ("--property", f"{name}={value}")]
        broker.java("org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", address, "--topic", topic, "--compression-codec", codec,
                    *flags, text="\n".join(lines) + "\n")

    @staticmethod
    def read(address, topic, total):
        shown = ("partition", "offset", "headers", "key")
        flags = [word for name in shown for word in ("--property", f"print.{name}=true")]
        done = broker.java("org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", address, "--topic", topic, "--from-beginning",
                           "--max-messages", total, "--timeout-ms", 30_000, *flags, "--property", "null.literal=NULL")
        found = []
        for line in done.stdout.splitlines():
            if not line.startswith("Partition:"):
                continue
            partition, offset, headers, key, value = line.split("\t")
            pairs = [] if headers == "NO_HEADERS" else [tuple(pair.split(":", 1)) for pair in headers.split(",")]
            key, value = (None if part == "NULL" else part for part in (key, value))
            found.append((int(partition.split(":")[1]), int(offset.split(":")[1]), key, value, pairs))
        return found


CLIENTS = (Kcat, KafkaPython, Confluent, Java)


class Clients(KafkaCase):
    def clients(self):
        missing = {client.name: client.missing() for client in CLIENTS if client.missing()}
        self.assertEqual(missing, {}, "tools/setup.sh develop installs them")
        return CLIENTS

    def records(self, topic):
        """As the clients' read() tells them."""
        return [(record["partition"], record["offset"], record["key"], record["value"],
                 [(header["name"], header["value"]) for header in record["headers"]])
                for record in self.run_playhead("topics", "read", topic, "--from-beginning").objects]

    def test_what_they_send_is_read_right_in_every_compression(self):
        for client in self.clients():
            topic = f"from-{client.name}"
            self.run_playhead("topics", "create", topic, "--clock", "record")
            sent = []
            for first, codec in zip(range(0, 100, 10), CODECS):
                with self.subTest(client=client.name, codec=codec):
                    records = [{"key": user, "value": play(user, first + i), "headers": []} for i, user in enumerate(USERS[:6])]
                    records.append({"key": None, "value": play("nobody", first + 7), "headers": []})
                    records.append({"key": "tombstone", "value": None, "headers": []})
                    records.append({"key": "headers", "value": play("u", first + 8), "headers": [("a", "1"), ("b", "Grüße"), ("a", "2")]})
                    client.send(self.broker.address, topic, records, codec)
                    sent += records
            with self.subTest(client=client.name):
                expected = [(0, i, record["key"], record["value"], record["headers"]) for i, record in enumerate(sent)]
                self.assertEqual(self.records(topic), expected)
                sums = self.stream(topic, "--job", topic)
                self.assertEqual(sums["records"]["read"], len(sent))
                self.assertEqual((sums["plays_counted"], sums["records"]["dead_letter"]), (len(sent) - len(CODECS), len(CODECS)), sums)

    def test_what_playhead_sends_is_read_right_by_each(self):
        clients = self.clients()
        lines = self.folder / "plays.json"
        lines.write_text("".join(play(user, i) + "\n" for i, user in enumerate(USERS)), encoding="utf-8")
        self.run_playhead("produce", "--topic", "ours", "--partitions", 3, "--from", lines)
        self.run_playhead("simulate", "--nusers", 20, "--total", 200, "--start-time", "2026-03-01T00:00:00Z", "--end-time", "2026-03-08T00:00:00Z",
                          "--topics", "listen_events", "--topic-names", "listen_events=heard", "log")
        for topic in ("ours", "heard"):
            expected = sorted(self.records(topic))
            self.assertGreaterEqual(len(expected), len(USERS))
            if topic == "heard":
                self.assertTrue(all(record[4][0][0] == "event-id" for record in expected), expected[0])
            for client in clients:
                with self.subTest(topic=topic, client=client.name):
                    self.assertEqual(sorted(client.read(self.broker.address, topic, len(expected)), key=lambda record: record[:2]), expected)

    def test_keys_go_where_java_sends_them(self):
        partitions = 7
        lines = self.folder / "plays.json"
        lines.write_text("".join(play(user, i) + "\n" for i, user in enumerate(USERS)), encoding="utf-8")
        self.run_playhead("produce", "--topic", "murmur", "--partitions", partitions, "--from", lines)
        self.run_playhead("topics", "create", "murmur-java", "--partitions", partitions)
        Java.send(self.broker.address, "murmur-java", [{"key": user, "value": "v", "headers": []} for user in USERS], "none")
        mine = {record[2]: record[0] for record in self.records("murmur")}
        javas = {record[2]: record[0] for record in self.records("murmur-java")}
        self.assertEqual(set(mine), set(USERS))
        self.assertEqual(mine, javas)
        self.assertGreater(len(set(mine.values())), 3)

    def test_javas_tools_show_playheads_topics(self):
        self.produce("shown", 1_000, "--partitions", 3)
        tools = "org.apache.kafka.tools."
        listed = broker.java(tools + "TopicCommand", "--bootstrap-server", self.broker.address, "--list").stdout.split()
        self.assertIn("shown", listed)
        shown = broker.java(tools + "GetOffsetShell", "--bootstrap-server", self.broker.address, "--topic", "shown").stdout.split()
        self.assertEqual(sorted(shown), [f"shown:{partition}:{end}" for partition, end in enumerate(self.ends("shown"))])


if __name__ == "__main__":
    unittest.main()
