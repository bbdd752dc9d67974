"""The release program uses its own simdjson, and Arrow its own: neither is bound to the other's.

libarrow and libparquet export a simdjson of another version. Were the program to take a function from there (or to lend one), it
would work in a sanitizer build and crash in the release build; hence this test looks at the release build.
"""

import os
import pathlib
import re
import subprocess
import unittest

BINDING = re.compile(r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: normal symbol `(\w+)'")
SIMDJSON = re.compile(r"8simdjson")  # its namespace, mangled
FOREIGN = re.compile(r"/lib(?:arrow|parquet)\w*\.so")


def dynamic_symbols(binary):
    listing = subprocess.run(["nm", "--dynamic", "--without-symbol-versions", str(binary)], capture_output=True, text=True, check=True).stdout
    return [line.split()[-1] for line in listing.splitlines()]


def bindings(binary):
    """Every symbol that the loader binds when the program starts: (who needs it, who has it, name)."""
    environment = {**os.environ, "LD_DEBUG": "bindings", "LD_BIND_NOW": "1"}
    trace = subprocess.run([str(binary), "--version"], env=environment, capture_output=True, text=True, check=True).stderr
    return BINDING.findall(trace)


def crossings(found, binary):
    """The bindings of simdjson between the program and Arrow's libraries, in either direction."""
    own = pathlib.Path(binary).name
    return [
        f"{name}: {user} takes it from {owner}" for user, owner, name in found
        if SIMDJSON.search(name) and {bool(FOREIGN.search(user)), bool(FOREIGN.search(owner))} == {True, False}
        and own in (pathlib.Path(user).name, pathlib.Path(owner).name)
    ]


class Symbols(unittest.TestCase):
    def setUp(self):
        self.binary = pathlib.Path(os.environ["PLAYHEAD_RELEASE_BINARY"])
        self.assertTrue(self.binary.is_file(), f"{self.binary} is missing: `make build` first")

    def test_sees_a_crossing(self):
        trace = """
  7: binding file build/playhead [0] to /x/libparquet.so.2600 [0]: normal symbol `_ZN8simdjson14implementationE'
  7: binding file /x/libarrow.so.2600 [0] to build/playhead [0]: normal symbol `_ZN8simdjson8fallbackE'
  7: binding file /x/libparquet.so.2600 [0] to /x/libarrow.so.2600 [0]: normal symbol `_ZN8simdjson8fallbackE'
  7: binding file build/playhead [0] to /x/libarrow.so.2600 [0]: normal symbol `_ZN5arrow6StatusD1Ev' [GLIBC_2.2.5]
"""
        self.assertEqual(len(crossings(BINDING.findall(trace), "build/playhead")), 2)

    def test_the_program_neither_imports_nor_exports_simdjson(self):
        names = dynamic_symbols(self.binary)
        self.assertTrue(any("5arrow" in name for name in names), "the program does not use Arrow: this test looks at nothing")
        self.assertEqual([name for name in names if SIMDJSON.search(name)], [])

    def test_the_program_has_a_simdjson_of_its_own(self):
        listing = subprocess.run(["nm", str(self.binary)], capture_output=True, text=True, check=True).stdout
        self.assertRegex(listing, r" [bBdDrRtTvVwW] _Z\w*8simdjson")

    def test_the_loader_binds_none_across(self):
        found = bindings(self.binary)
        self.assertTrue(any(FOREIGN.search(owner) and self.binary.name == pathlib.Path(user).name for user, owner, _ in found), "no binding to Arrow was seen")
        self.assertEqual(crossings(found, self.binary), [])

    def test_librdkafka_keeps_its_openssl_to_itself(self):
        """libparquet exports OpenSSL's functions: a librdkafka that looked for its own outside would take those, and crash at a login."""
        libraries = subprocess.run(["ldd", str(self.binary)], capture_output=True, text=True, check=True).stdout
        path = re.search(r"librdkafka\S* => (\S+)", libraries).group(1)
        names = dynamic_symbols(path)
        self.assertIn("rd_kafka_new", names)
        self.assertEqual([name for name in names if re.match(r"(?:EVP|SSL|CRYPTO|ERR|X509|BIO)_", name)], [])


if __name__ == "__main__":
    unittest.main()
