"""Headers open with their essay, pages have one title and no dead link, the changelog keeps its form, and no blob slips in."""

import re
import unittest

import tree

FILE_BYTES_MAX = 256 * 1024
ESSAY_LINES_MIN = 3
SMALL_HEADER_LINES_MAX = 20  # one that fits a glance may do with one line of essay
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
RELEASE = re.compile(r"^## (?:Unreleased|\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2})$")
# The reader's concerns, in the order in which they stand under a release.
CONCERNS = ["### Running it", "### Files and formats", "### Inside"]


def essay_complaints(files):
    complaints = []
    for path, text in files.items():
        name = "/".join(path.split("/")[1:])
        lines = text.split("\n")
        essay = next((index for index, line in enumerate(lines) if not line.startswith("//")), len(lines))
        if not lines[0].startswith(f"// {name}: "):
            complaints.append(f"{path}: opens with `// {name}: what it is`")
        elif essay < ESSAY_LINES_MIN and text.count("\n") > SMALL_HEADER_LINES_MAX:
            complaints.append(f"{path}: its essay says what it is, its limits, threads, memory and failures: {essay} lines can't")
        elif lines[essay] != "#pragma once":
            complaints.append(f"{path}: `#pragma once` follows the essay")
    return complaints


def title_complaints(files):
    complaints = []
    for path, text in files.items():
        titles = re.findall(r"^# .+", FENCE.sub("", text), re.MULTILINE)
        if len(titles) != 1 or not text.startswith("# "):
            complaints.append(f"{path}: {len(titles)} titles; one, on the first line")
    return complaints


def link_complaints(files, paths):
    known = set(paths) | {folder for path in paths for folder in folders_of(path)}
    complaints = []
    for path, text in files.items():
        for target in LINK.findall(FENCE.sub("", text)):
            if re.match(r"[a-z]+:", target):
                continue
            if resolve(path, target) not in known:
                complaints.append(f"{path}: links to {target}, which is not there")
    return complaints


def folders_of(path):
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def resolve(page, target):
    parts = page.split("/")[:-1]
    for part in target.rstrip("/").split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ".."):
            parts.append(part)
    return "/".join(parts)


def changelog_complaints(text):
    complaints = []
    concern = None
    release = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("## "):
            release, concern = line, None
            if not RELEASE.match(line):
                complaints.append(f"CHANGELOG.md:{number}: a release is `## Unreleased` or `## 1.2.3 - 2026-12-31`")
        elif line.startswith("### "):
            after = CONCERNS[CONCERNS.index(concern) + 1:] if concern in CONCERNS else CONCERNS
            concern = line
            if release is None or line not in after:
                complaints.append(f"CHANGELOG.md:{number}: under a release, in this order: {', '.join(CONCERNS)}")
        elif line.startswith("- ") and (concern is None or not re.match(r"- [A-Z`].*", line)):
            complaints.append(f"CHANGELOG.md:{number}: a change is a full sentence under a concern")
    return complaints if release else complaints + ["CHANGELOG.md: no release"]


def size_complaints(sizes):
    return [f"{path}: {size} bytes; at most {FILE_BYTES_MAX}: make it where it is needed, or fetch it pinned" for path, size in sizes.items() if size > FILE_BYTES_MAX]


class Pages(unittest.TestCase):
    def test_refuses_bad_samples(self):
        good = "// log/a.h: a thing.\n//\n// Threads: any.\n#pragma once\n"
        self.assertEqual(essay_complaints({"src/log/a.h": good}), [])
        long = good.replace("//\n// Threads: any.\n", "") + "int x;\n" * 20
        for bad in (good.replace("log/a.h", "a.h"), long, good.replace("#pragma", "\n#pragma")):
            self.assertEqual(len(essay_complaints({"src/log/a.h": bad})), 1, bad)
        self.assertEqual(title_complaints({"a.md": "# One\n```sh\n# not a title\n```\n## Two\n"}), [])
        self.assertEqual(len(title_complaints({"a.md": "# One\n# Two\n", "b.md": "text\n# One\n", "c.md": ""})), 3)
        pages = {"docs/a.md": "[a](b.md#part) [b](../README.md) [c](https://x.y) [d](../src/log) [e](gone.md)"}
        self.assertEqual(link_complaints(pages, ["docs/b.md", "README.md", "src/log/a.h"]), ["docs/a.md: links to gone.md, which is not there"])
        self.assertEqual(len(size_complaints({"a": FILE_BYTES_MAX + 1, "b": FILE_BYTES_MAX})), 1)

    def test_refuses_bad_changelogs(self):
        good = "# Changelog\n\n## Unreleased\n\n### Running it\n\n- New: x.\n\n### Inside\n\n- `a` is b.\n\n## 0.1.0 - 2026-11-21\n\n### Inside\n\n- X.\n"
        self.assertEqual(changelog_complaints(good), [])
        for bad in (good.replace("Unreleased", "Next"), good.replace("### Running it", "### Added"), good.replace("- New", "- new"),
                    good.replace("### Running it\n", ""), good.replace("### Running it", "### Inside"), "# Changelog\n"):
            self.assertNotEqual(changelog_complaints(bad), [], bad)

    def test_headers(self):
        files = tree.load(".h", under=("src/",))
        self.assertGreater(len(files), 5)
        self.assertEqual(essay_complaints(files), [])

    def test_documents(self):
        files = tree.load(".md")
        self.assertIn("CONTRIBUTING.md", files)
        self.assertEqual(title_complaints(files), [])
        self.assertEqual(link_complaints(files, tree.paths()), [])

    def test_changelog(self):
        self.assertEqual(changelog_complaints((tree.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")), [])

    def test_sizes(self):
        self.assertEqual(size_complaints({path: (tree.ROOT / path).stat().st_size for path in tree.paths()}), [])


if __name__ == "__main__":
    unittest.main()
