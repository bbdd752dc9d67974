"""Every commit says which room it changes and what: `room: what changed`, at most 72 characters, and a blank line before its body."""

import re
import subprocess
import unittest

import tree

SUBJECT_LENGTH_MAX = 72
OTHER_PLACES = {"house", "tools", "docs", "tests", "bench", "fuzz"}


def git_log(*arguments):
    return subprocess.run(["git", "-C", str(tree.ROOT), "log", *arguments], capture_output=True, text=True, check=True).stdout


def commit_complaints(messages, places):
    complaints = []
    for message in messages:
        lines = message.strip("\n").split("\n")
        subject = lines[0]
        match = re.match(r"^([a-z]+(?:, [a-z]+)*): \S", subject)
        if not match or not set(match.group(1).split(", ")) <= places:
            complaints.append(f"{subject!r}: begins with a room of the plan, or one of {', '.join(sorted(OTHER_PLACES))}, and `: `")
        elif len(subject) > SUBJECT_LENGTH_MAX:
            complaints.append(f"{subject!r}: {len(subject)} characters; at most {SUBJECT_LENGTH_MAX}")
        elif subject.endswith("."):
            complaints.append(f"{subject!r}: a title has no full stop")
        elif len(lines) > 1 and lines[1]:
            complaints.append(f"{subject!r}: a blank line parts subject and body")
    return complaints


class Commits(unittest.TestCase):
    def test_refuses_bad_samples(self):
        places = {"log", "io", *OTHER_PLACES}
        good = ["log: roll segments by size\n\nWhy.\n", "log, io: one door for locks", "house: x"]
        self.assertEqual(commit_complaints(good, places), [])
        for bad in ("Roll segments", "shed: x", "log:x", "log: " + "x" * 68, "log: roll segments.", "log: roll\nWhy."):
            self.assertEqual(len(commit_complaints([bad], places)), 1, bad)

    def test_history(self):
        if not (tree.ROOT / ".git").exists():
            self.skipTest("this copy has no history")
        messages = [message for message in git_log("--format=%B%x00", "--no-merges").split("\0") if message.strip()]
        self.assertGreater(len(messages), 0)
        # Rooms come and go; a commit is judged by the rooms that there have been.
        rooms = {path.split("/")[1] for path in git_log("--format=", "--name-only", "--", "src").splitlines() if path.count("/") > 1}
        self.assertEqual(commit_complaints(messages, {*rooms, *tree.plan(), *OTHER_PLACES}), [])


if __name__ == "__main__":
    unittest.main()
