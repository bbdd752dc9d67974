#!/usr/bin/env python3
"""Removes each sync and each compare-and-swap from the code in turn, and shows that a test notices.

Works on a copy of the source in the build folder. A mutation that no test notices must be listed in docs/durability.md, under "Not noticed",
with the reason why it only saves replay; a listed one that is noticed must be taken off the list. Exit 1 otherwise.

  tools/mutate_durability.py [--only PATTERN] [--list]
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "mutants" / "source"
BUILD = ROOT / "build" / "mutants" / "build"
PAGE = ROOT / "docs" / "durability.md"
SOURCES = ["src/io/file_system.cc", "src/log/*.cc", "src/table/*.cc", "src/pipeline/*.cc"]
# The calls that a mutant does without: a sync, or a look who the owner is, is taken to have succeeded; a rename no longer spares what is there.
CALLS = {"sync": "sync of a file", "sync_folder": "sync of a folder", "confirm": "still the owner", "still_newest": "still the owner",
         "rename_if_absent": "only if absent"}
CALL = re.compile(r"(?<![:\w])((?:[A-Za-z_]\w*(?:\([^()]*\))?(?:->|\.))*)(" + "|".join(CALLS) + r")\(")
TESTS = ["log_test", "table_test", "pipeline_test"]
SETTINGS = {"PLAYHEAD_SIMULATION_SEEDS": "4", "PLAYHEAD_SIMULATION_STRIDE": "1", "GTEST_FAIL_FAST": "1"}
MINUTES_PER_TEST = 10


def end_of_call(line, start):
    """The place after the parenthesis that closes the one before `start`; None where that is on a later line."""
    depth = 1
    for place in range(start, len(line)):
        depth += {"(": 1, ")": -1}.get(line[place], 0)
        if depth == 0:
            return place + 1
    return None


def mutations_of(path):
    seen = {}
    for number, line in enumerate(path.read_text().splitlines()):
        if line.lstrip().startswith("//"):
            continue
        for call in CALL.finditer(line):
            end = end_of_call(line, call.end())
            if end is None:
                continue
            renames = call.group(2) == "rename_if_absent"
            text = line[:call.start(2)] + "rename" + line[call.end(2):] if renames else line[:call.start()] + "Status{}" + line[end:]
            seen[line.strip()] = seen.get(line.strip(), 0) + 1
            again = f" ({seen[line.strip()]})" if seen[line.strip()] > 1 else ""
            yield {"path": path.relative_to(ROOT), "line": number, "kind": CALLS[call.group(2)], "text": text,
                   "name": f"{path.relative_to(ROOT)}: `{line.strip()}`{again}"}


def mutations():
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            yield from mutations_of(path)


def build(targets):
    command = ["ninja", "-C", str(BUILD), *targets]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def prepare():
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for entry in ("CMakeLists.txt", "cmake", "src", "tests"):
        source = ROOT / entry
        # With new times: an object that was built from a mutant must not pass for one of the source.
        if source.is_dir():
            shutil.copytree(source, COPY / entry, copy_function=shutil.copy)
        else:
            shutil.copy(source, COPY / entry)
    flags = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1", f"-DPLAYHEAD_THIRD_PARTY={ROOT}/third_party",
             "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "-DCMAKE_CXX_FLAGS=-w"]
    subprocess.run(["cmake", "-S", str(COPY), "-B", str(BUILD), "-G", "Ninja", *flags], check=True, stdout=subprocess.DEVNULL)


def first_failure(path=""):
    """The test that fails, or None when all pass. The tests of the room of `path` come first."""
    for program in sorted(TESTS, key=lambda test: test.removesuffix("_test") not in str(path)):
        try:
            run = subprocess.run([str(BUILD / program)], env={**os.environ, **SETTINGS}, cwd=BUILD, timeout=MINUTES_PER_TEST * 60,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        except subprocess.TimeoutExpired:
            return f"{program} (no end)"
        if run.returncode != 0:
            failed = re.search(r"\[  FAILED  \] (\S+)", run.stdout)
            return failed.group(1).rstrip(",") if failed else program
    return None


def try_mutation(mutation):
    target = COPY / mutation["path"]
    original = target.read_text()
    lines = original.splitlines(keepends=True)
    lines[mutation["line"]] = mutation["text"] + "\n"
    target.write_text("".join(lines))
    try:
        built = build(TESTS)
        if built.returncode != 0:
            raise SystemExit("the mutant does not compile, which shows nothing: " + mutation["name"] + "\n" + built.stdout[-2000:])
        return first_failure(mutation["path"])
    finally:
        target.write_text(original)


def listed_as_unnoticed():
    if not PAGE.exists():
        return set()
    section = PAGE.read_text().split("## Not noticed")
    return set(re.findall(r"^- (src/.*?): ?<!-- -->", section[1], re.M)) if len(section) > 1 else set()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only mutations whose name contains this")
    parser.add_argument("--list", action="store_true", help="say what would be mutated, and stop")
    arguments = parser.parse_args()
    chosen = [mutation for mutation in mutations() if arguments.only in mutation["name"]]
    if arguments.list:
        print("\n".join(f'{mutation["kind"]}: {mutation["name"]}' for mutation in chosen))
        return 0
    prepare()
    whole = build(TESTS)
    if whole.returncode != 0 or first_failure() is not None:
        print("the tests fail without any mutation:\n" + whole.stdout[-2000:])
        return 1
    unnoticed = []
    for mutation in chosen:
        start = time.monotonic()
        noticed_by = try_mutation(mutation)
        print(f'{"NOTICED" if noticed_by else "UNNOTICED"} {mutation["kind"]}: {mutation["name"]} -> {noticed_by} ({time.monotonic() - start:.0f} s)', flush=True)
        if noticed_by is None:
            unnoticed.append(mutation["name"])
    listed = {name for name in listed_as_unnoticed() if arguments.only in name}
    wrong = [f"not listed in {PAGE.name}: {name}" for name in unnoticed if name not in listed]
    wrong += [f"listed in {PAGE.name}, but noticed or gone: {name}" for name in sorted(listed - set(unnoticed))]
    print("\n".join(wrong))
    print(f"{len(chosen)} mutations, {len(chosen) - len(unnoticed)} noticed, {len(unnoticed)} not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
