#!/usr/bin/env python3
"""tools/tidy.py [--jobs N] BUILD: runs clang-tidy over src/, as the compile commands of the folder BUILD say.

A file that passed leaves a stamp in build/tidy, named by the hash of all that its verdict hangs on: .clang-tidy, the compile
command, the pinned packages, the file and the headers of ours that it includes. It isn't looked at again until one of these changes.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
STAMPS = ROOT / "build" / "tidy"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


@functools.cache
def headers_of(path):
    """The headers under src/ that this file includes, directly or through others."""
    found = set()
    waiting = [path]
    while waiting:
        for name in INCLUDE.findall(waiting.pop().read_text(encoding="utf-8")):
            header = ROOT / "src" / name
            if header.is_file() and header not in found:
                found.add(header)
                waiting.append(header)
    return sorted(found)


def stamp_of(entry, path):
    seen = hashlib.sha256(entry["command"].replace(str(ROOT), "").encode())
    for part in [ROOT / ".clang-tidy", ROOT / "tools" / "packages.txt", path, *headers_of(path)]:
        seen.update(hashlib.sha256(part.read_bytes()).digest())
    return STAMPS / seen.hexdigest()


def check(build, entry, path):
    stamp = stamp_of(entry, path)
    if stamp.exists():
        return None
    # clang reads the command line of g++: it does not know a few of its warnings, nor its precompiled headers.
    command = ["clang-tidy-19", "-p", build, "--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-gch", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        stamp.touch()
        return ""
    return done.stdout or done.stderr


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("build")
    options = arguments.parse_args()
    STAMPS.mkdir(parents=True, exist_ok=True)
    with open(ROOT / options.build / "compile_commands.json", encoding="utf-8") as commands:
        entries = {pathlib.Path(entry["file"]): entry for entry in json.load(commands)}
    ours = {path: entry for path, entry in entries.items() if path.is_relative_to(ROOT / "src")}
    if not ours:
        sys.exit(f"tidy: {options.build} compiles nothing of src/")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as workers:
        verdicts = list(workers.map(lambda item: check(options.build, item[1], item[0]), ours.items()))
    failures = [verdict for verdict in verdicts if verdict]
    print("\n".join(failures), end="")
    print(f"tidy: {len(ours)} files, {verdicts.count(None)} unchanged since they passed, {len(failures)} refused")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
