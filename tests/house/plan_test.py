"""The build refuses a house out of order: each of the mistakes that cmake/rooms.cmake names is made in a tiny project, and seen."""

import pathlib
import subprocess
import tempfile
import unittest

import tree

PLAN = """
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 23)
set(PLAYHEAD_DEVELOPER ON)
add_library(playhead_flags INTERFACE)
add_library(dep_gtest INTERFACE)
include({rooms})
room(low)
{high}
finish_rooms()
"""
HIGH = "room(high USES low)"
HOUSE = {
    "src/low/stone.h": "#pragma once\n#include <string>\ninline std::string stone() { return {}; }\n",
    "src/low/brick.h": "#pragma once\nint brick();\n",
    "src/low/brick.cc": '#include "low/brick.h"\nint brick() { return 1; }\n',
    "src/high/roof.h": '#pragma once\n#include "low/stone.h"\n',
    "src/high/roof.cc": '#include "high/roof.h"\n',
}


class Plan(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def configure(self, changed=None, high=HIGH):
        """Writes the house with some files changed, and configures it."""
        plan = PLAN.format(rooms=tree.ROOT / "cmake" / "rooms.cmake", high=high)
        for name, text in {**HOUSE, "CMakeLists.txt": plan, **(changed or {})}.items():
            if text is None:
                continue
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        command = ["cmake", "-S", self.folder, "-B", self.folder / "build", "-G", "Ninja", "-DCMAKE_CXX_COMPILER_WORKS=1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def build(self):
        done = subprocess.run(["cmake", "--build", self.folder / "build"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_refused(self, words, **mistake):
        status, output = self.configure(**mistake)
        self.assertNotEqual(status, 0, "the mistake was let through")
        self.assertIn(words, output)

    def test_a_house_in_order_is_built(self):
        status, output = self.configure()
        self.assertEqual(status, 0, output)
        status, output = self.build()
        self.assertEqual(status, 0, output)

    def test_a_room_that_uses_a_later_one(self):
        self.assert_refused("room high uses attic, which is not above it in the plan", high="room(high USES low attic)\nroom(attic USES low)")

    def test_a_room_that_uses_itself(self):
        self.assert_refused("room high uses high, which is not above it in the plan", high="room(high USES high)")

    def test_an_include_against_the_plan(self):
        self.assert_refused("room low may include, in quotes, only: low", changed={"src/low/brick.cc": '#include "high/roof.h"\n'})

    def test_an_include_that_hides_in_brackets(self):
        self.assert_refused("room low may include, in quotes, only: low", changed={"src/low/brick.cc": "  #  include <high/roof.h>\n"})

    def test_an_include_without_its_room(self):
        self.assert_refused("room low may include, in quotes, only: low", changed={"src/low/brick.cc": '#include "brick.h"\n'})

    def test_a_folder_outside_the_plan(self):
        self.assert_refused("src/shed is not in the plan", changed={"src/shed/rake.h": ""})

    def test_a_file_outside_the_rooms(self):
        self.assert_refused("src/rake.h is not in the plan", changed={"src/rake.h": ""})

    def test_a_test_folder_outside_the_plan(self):
        self.assert_refused("tests/shed is not in the plan", changed={"tests/shed/rake_test.cc": ""})

    def test_a_test_without_its_header(self):
        self.assert_refused("a test is named after its header", changed={"tests/low/rake_test.cc": ""})

    def test_a_test_with_another_name(self):
        self.assert_refused("a test is named after its header", changed={"tests/low/brick.cc": ""})

    def test_a_planned_room_without_a_folder(self):
        _, output = self.configure(high="room(attic USES low)\n" + HIGH)
        self.assertIn("room attic is in the plan but src/attic has no header", output)

    def test_a_header_that_does_not_compile_alone(self):
        status, output = self.configure({"src/low/stone.h": "#pragma once\ninline std::string stone() { return {}; }\n", "src/high/roof.h": "#pragma once\n"})
        self.assertEqual(status, 0, output)
        status, output = self.build()
        self.assertNotEqual(status, 0, "the header was let through")
        self.assertIn("src/low/stone.h", output)

    def test_a_header_that_leans_on_its_source(self):
        status, output = self.configure({"src/low/brick.h": "#pragma once\nstd::size_t brick();\n", "src/low/brick.cc": '#include <cstddef>\n#include "low/brick.h"\n'})
        self.assertEqual(status, 0, output)
        status, output = self.build()
        self.assertNotEqual(status, 0, "the header was let through")
        self.assertIn("headers/low/brick.cc", output)


if __name__ == "__main__":
    unittest.main()
