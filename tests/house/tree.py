"""The files of the project, as the house tests look at them: a Tree is a mapping from path to text.

A check is a function from a Tree to a list of complaints, so that each test can show it a bad sample first: a check that has never
been seen to fail proves nothing.
"""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEFT_OUT = {"build", "third_party", "playhead-data", ".git", "__pycache__"}
ROOM = re.compile(r"^room\((\w+)\s*(?:USES ([\w ]+?))?\s*(?:LIBRARIES ([\w ]+?))?\s*\)", re.MULTILINE)


def paths():
    """What git holds or would add; in a folder without git, every file that is not built or fetched."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.splitlines()
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not LEFT_OUT & set(path.relative_to(ROOT).parts)]
    return sorted(name for name in set(names) if (ROOT / name).is_file())


def load(*suffixes, under=("",)):
    """The text files with one of these endings, below one of these folders."""
    return {
        name: (ROOT / name).read_text(encoding="utf-8", errors="replace")
        for name in paths()
        if name.endswith(suffixes) and name.startswith(tuple(under))
    }


def plan(text=None):
    """The rooms of CMakeLists.txt in order, each with the rooms it uses."""
    if text is None:
        text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return {name: (uses or "").split() for name, uses, _ in ROOM.findall(text)}


def blank_out(text):
    """C++ without comments, literals and preprocessor lines, every character else where it was, so that line numbers hold."""
    out = []
    at = 0
    while at < len(text):
        end = end_of_noise(text, at)
        if end == at:
            out.append(text[at])
            at += 1
        else:
            out.append("".join("\n" if character == "\n" else " " for character in text[at:end]))
            at = end
    return "".join(out)


def end_of_noise(text, at):
    """Where the comment, literal or preprocessor line that starts at `at` ends; `at` itself if none does."""
    two = text[at:at + 2]
    if two == "//":
        return line_end(text, at)
    if two == "/*":
        end = text.find("*/", at + 2)
        return len(text) if end < 0 else end + 2
    if two == 'R"' and not text[at - 1:at].isalnum():
        delimiter = text[at + 2:text.index("(", at)]
        closing = f'){delimiter}"'
        return text.index(closing, at) + len(closing)
    if text[at] == '"' or (text[at] == "'" and not text[at - 1:at].isalnum()):
        return literal_end(text, at)
    if text[at] == "#" and not text[text.rfind("\n", 0, at) + 1:at].strip():
        end = line_end(text, at)
        while text[end - 1:end] == "\\" and end < len(text):
            end = line_end(text, end + 1)
        return end
    return at


def line_end(text, at):
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def literal_end(text, at):
    end = at + 1
    while end < len(text) and text[end] != text[at] and text[end] != "\n":
        end += 2 if text[end] == "\\" else 1
    return min(end + 1, len(text))
