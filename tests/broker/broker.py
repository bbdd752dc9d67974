#!/usr/bin/env python3
"""A real Kafka broker for tests: one process on free ports, in a folder of its own, without Docker.

As a module: `Broker(folder).start()`, and stop() or kill() it in the end; started again it has its records and its address still.
From a shell:  tests/broker/broker.py FOLDER [PORT]   runs one in the foreground until Ctrl-C, and prints where it listens.

Needs java; its jars are pinned in pom.xml and fetched once, with Maven, into third_party/broker. missing() says what is not there.
"""

import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
THIRD_PARTY = HERE.parents[1] / "third_party"
JARS = THIRD_PARTY / "broker"
READY_SECONDS_MAX = 120
QUICK = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # of java: soon there, and small
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners={listeners},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listeners}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs={folder}/records
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=500
log.cleaner.backoff.ms=500
file.delete.delay.ms=500
"""


def missing():
    """Why there can be no broker on this machine; None: there can."""
    if not shutil.which("java"):
        return "there is no java"
    if not _jars_are_there() and not shutil.which("mvn"):
        return f"{JARS} has no jars, and there is no mvn to fetch them"
    return None


def _stamp():
    return (HERE / "pom.xml").read_text(encoding="utf-8")


def _jars_are_there():
    stamp = JARS / "pom.xml"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp()


def fetch_jars():
    """Those of pom.xml, swapped in whole; two tests at once take turns."""
    with open(THIRD_PARTY / ".broker-lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _jars_are_there():
            return
        fresh = THIRD_PARTY / "broker.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        shutil.copy(HERE / "pom.xml", fresh)
        subprocess.run(["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=."], cwd=fresh,
                       stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)
        shutil.rmtree(JARS, ignore_errors=True)
        fresh.rename(JARS)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def java(main, *arguments, heap="128m", text=""):
    """Runs a class of the jars to its end, with `text` as its input."""
    command = ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8",
               "-cp", f"{JARS}/*", main, *map(str, arguments)]
    return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True, timeout=READY_SECONDS_MAX)


STORE_PASSWORD = "for-the-store-only"
SECURE = """
listener.name.sasl_ssl.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PKCS12
ssl.keystore.location={store}
ssl.keystore.password={password}
ssl.key.password={password}
"""


def make_certificate(folder):
    """A key for 127.0.0.1 and its self-signed certificate, made by keytool: (lines for Broker's `secure`, the certificate's file)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    store, certificate = folder / "broker.p12", folder / "broker.pem"
    common = ["keytool", "-keystore", store, "-storepass", STORE_PASSWORD, "-alias", "broker"]
    for arguments in (["-genkeypair", "-keyalg", "RSA", "-storetype", "PKCS12", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1"],
                      ["-exportcert", "-rfc", "-file", certificate]):
        subprocess.run([*map(str, common), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return SECURE.format(store=store, password=STORE_PASSWORD), certificate


class Broker:
    """`properties` are added to the server's; `secure` are lines for a second listener, SASL_SSL, at secure_address; `scram` its users; `options` are
    java's."""

    def __init__(self, folder, properties="", secure="", scram=(), port=None, options=QUICK):
        self.folder = pathlib.Path(folder)
        self.options = options
        self.port, self.secure_port = port or free_port(), free_port()
        self.process = None
        fetch_jars()
        self.folder.mkdir(parents=True, exist_ok=True)
        listeners = f"PLAINTEXT://127.0.0.1:{self.port}" + (f",SASL_SSL://127.0.0.1:{self.secure_port}" if secure else "")
        self.settings = self.folder / "server.properties"
        text = PROPERTIES.format(folder=self.folder, listeners=listeners, controller=free_port())
        self.settings.write_text(f"{text}{properties}\n{secure}\n", encoding="utf-8")
        cluster = java("kafka.tools.StorageTool", "random-uuid").stdout.strip()
        users = [word for user in scram for word in ("--add-scram", user)]
        java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self.settings, *users)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def secure_address(self):
        return f"127.0.0.1:{self.secure_port}"

    def start(self):
        """Returns when it answers."""
        command = ["java", *self.options, "-cp", f"{JARS}/*", "kafka.Kafka", str(self.settings)]
        with open(self.folder / "server.out", "ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, close_fds=True, start_new_session=True)
        end = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the broker did not start: {(self.folder / 'server.out').read_text(encoding='utf-8')[-2000:]}") from None
                time.sleep(0.1)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    why = missing()
    if why:
        sys.exit(f"no broker: {why}")
    broker = Broker(os.path.abspath(sys.argv[1]), port=int(sys.argv[2]) if len(sys.argv) == 3 else None).start()
    print(broker.address, flush=True)
    try:
        broker.process.wait()
    except KeyboardInterrupt:
        broker.stop()


if __name__ == "__main__":
    main()
