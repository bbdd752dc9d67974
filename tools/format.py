#!/usr/bin/env python3
"""tools/format.py [--check]: lays the C++ files out as .clang-format says, or names those that are not, and fails."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "bench", "fuzz")


def main():
    files = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cc"))
    if not files:
        sys.exit("format: found no C++ file")
    how = ["--dry-run", "-Werror", "-ferror-limit=1"] if "--check" in sys.argv[1:] else ["-i"]
    done = subprocess.run(["clang-format-19", "--style=file", *how, *files], cwd=ROOT, check=False)
    if done.returncode != 0:
        sys.exit("format: `make format` corrects the files named above")
    print(f"format: {len(files)} files are in order")


if __name__ == "__main__":
    main()
