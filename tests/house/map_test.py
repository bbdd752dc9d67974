"""The plan in CMakeLists.txt, the folders, the includes and ARCHITECTURE.md tell one story.

CMake refuses a wrong include too (cmake/rooms.cmake), but only when it configures; this looks at the tree as it is now.
"""

import re
import unittest

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^/">]+)/', re.MULTILINE)
LIBRARY_ROOM = "base"  # its vocabulary is in `playhead` itself
# What may lie at the root besides folders: a newcomer reads this list top to bottom.
AT_ROOT = {
    "README.md", "ARCHITECTURE.md", "STYLE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", "CMakeLists.txt",
    "CMakePresets.json", ".clang-format", ".clang-tidy", ".gitignore",
}
FOLDERS = {"src", "tests", "bench", "fuzz", "docs", "cmake", "tools", ".ci"}


def order_complaints(rooms):
    complaints = []
    above = []
    for name, uses in rooms.items():
        complaints += [f"room {name} uses {used}, which is not above it" for used in uses if used not in above]
        above.append(name)
    return complaints


def include_complaints(rooms, files):
    complaints = []
    for path, text in files.items():
        room = path.split("/")[1]
        if room not in rooms:
            complaints.append(f"{path}: not in a room of the plan")
            continue
        for bracket, target in INCLUDE.findall(text):
            if target in rooms and (bracket == "<" or target not in [room, *rooms[room]]):
                complaints.append(f"{path}: includes {target}, which room {room} does not use")
    return complaints


def namespace_complaints(files):
    complaints = []
    for path, text in files.items():
        room = path.split("/")[1]
        wanted = "playhead" if room == LIBRARY_ROOM else f"playhead::{room}"
        if not path.endswith("/main.cc") and not re.search(rf"^namespace {wanted}(?:::\w+)? \{{", text, re.MULTILINE):
            complaints.append(f"{path}: has no `namespace {wanted} {{`")
    return complaints


def map_complaints(rooms, architecture):
    return [f"ARCHITECTURE.md does not name src/{room}" for room in rooms if not re.search(rf"`(?:src/)?{room}/?`|\bsrc/{room}\b", architecture)]


def root_complaints(paths):
    found = {path.split("/")[0] if "/" in path else path for path in paths}
    return [f"{name}: not expected at the root" for name in sorted(found - AT_ROOT - FOLDERS)]


class Map(unittest.TestCase):
    def setUp(self):
        self.rooms = tree.plan()

    def test_refuses_bad_samples(self):
        rooms = tree.plan("room(base LIBRARIES x) # first\nroom(io       USES base)\nroom(log USES base io LIBRARIES zstd lz4)\n")
        self.assertEqual(rooms, {"base": [], "io": ["base"], "log": ["base", "io"]})
        self.assertEqual(order_complaints(rooms), [])
        self.assertEqual(order_complaints({"io": ["base"], "base": []}), ["room io uses base, which is not above it"])
        self.assertEqual(len(include_complaints(rooms, {"src/io/a.h": '#include "log/log.h"\n', "src/log/b.h": '#include "io/a.h"\n'})), 1)
        self.assertEqual(len(include_complaints(rooms, {"src/log/a.h": "#include <io/a.h>\n", "src/shed/a.h": ""})), 2)
        self.assertEqual(len(namespace_complaints({"src/log/a.h": "namespace playhead {\n", "src/base/a.h": "namespace playhead {\n"})), 1)
        self.assertEqual(map_complaints(rooms, "`base`, then src/io"), ["ARCHITECTURE.md does not name src/log"])
        self.assertEqual(root_complaints(["README.md", "src/a.h", "notes.txt", "scratch/a"]), ["notes.txt: not expected at the root", "scratch: not expected at the root"])

    def test_order(self):
        self.assertGreater(len(self.rooms), 5)
        self.assertEqual(order_complaints(self.rooms), [])

    def test_includes_and_namespaces(self):
        files = tree.load(".h", ".cc", under=("src/",))
        self.assertGreater(len(files), 10)
        self.assertEqual(include_complaints(self.rooms, files), [])
        self.assertEqual(namespace_complaints(files), [])

    def test_architecture_names_every_room(self):
        path = tree.ROOT / "ARCHITECTURE.md"
        self.assertTrue(path.is_file(), "ARCHITECTURE.md is missing: it is the map of the rooms")
        self.assertEqual(map_complaints(self.rooms, path.read_text(encoding="utf-8")), [])

    def test_root(self):
        self.assertEqual(root_complaints(tree.paths()), [])


if __name__ == "__main__":
    unittest.main()
